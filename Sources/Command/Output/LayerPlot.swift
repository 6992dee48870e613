import Foundation

/// A plot of values by layer, as SVG: lines with a point for each layer, from 0 up to a round number above the largest.
struct LayerPlot {
    struct Line {
        let name: String
        /// One for each layer; `nil` where there is none.
        let values: [Double?]
    }

    let title: String
    let lines: [Line]

    private let left = 56.0
    private let top = 12.0
    private let width = 720.0
    private let height = 260.0

    /// The plot as a figure; colours come from the page's classes `line0`, `line1`, ….
    var svg: String {
        let marks = lines.enumerated().map { drawn($1, number: $0) }.joined(separator: "\n")
        return """
            <figure><figcaption>\(LayerPlot.escaped(title))</figcaption>
            <svg viewBox="0 0 \(Int(left + width + 16)) \(Int(top + height + 40))" role="img">
            \(grid)
            \(marks)
            </svg>
            <p class="legend">\(legend)</p></figure>
            """
    }

    // MARK: Axes

    private var count: Int { lines.map(\.values.count).max() ?? 0 }

    /// The end of the axis: 1, 2 or 5 times a power of ten.
    private var limit: Double {
        let largest = lines.flatMap(\.values).compactMap(\.self).max() ?? 0
        guard largest > 0, largest.isFinite else { return 1 }
        let power = pow(10, floor(log10(largest)))
        return ([1, 2, 5, 10].first { $0 * power >= largest } ?? 10) * power
    }

    private func x(_ layer: Int) -> Double {
        left + (count > 1 ? width * Double(layer) / Double(count - 1) : width / 2)
    }

    private func y(_ value: Double) -> Double { top + height * (1 - value / limit) }

    private var grid: String {
        let levels = (0...4).map { Double($0) / 4 * limit }.map { level in
            let place = number(y(level))
            return """
                <line class="grid" x1="\(number(left))" x2="\(number(left + width))" y1="\(place)" y2="\(place)"/>
                <text x="\(number(left - 8))" y="\(number(y(level) + 4))" text-anchor="end">\(tick(level))</text>
                """
        }
        let step = max(1, (count + 15) / 16)
        let layers = stride(from: 0, to: count, by: step).map { layer in
            """
            <text x="\(number(x(layer)))" y="\(number(top + height + 18))" text-anchor="middle">\(layer)</text>
            """
        }
        let name = """
            <text x="\(number(left + width / 2))" y="\(number(top + height + 36))" text-anchor="middle">layer</text>
            """
        return (levels + layers + [name]).joined(separator: "\n")
    }

    private func tick(_ level: Double) -> String { String(format: "%.3g", level) }

    // MARK: Lines

    private func drawn(_ line: Line, number index: Int) -> String {
        let points = line.values.enumerated().compactMap { layer, value in value.map { (layer, $0) } }
        let path = points.map { "\(number(x($0))),\(number(y($1)))" }.joined(separator: " ")
        let dots = points.map { layer, value in
            """
            <circle cx="\(number(x(layer)))" cy="\(number(y(value)))" r="3">\
            <title>\(LayerPlot.escaped(line.name)), layer \(layer): \(String(format: "%.4g", value))</title></circle>
            """
        }
        return "<g class=\"line\(index)\"><polyline points=\"\(path)\"/>\n" + dots.joined(separator: "\n") + "</g>"
    }

    private var legend: String {
        lines.enumerated().map { "<span class=\"line\($0)\">●</span> \(LayerPlot.escaped($1.name))" }
            .joined(separator: " &nbsp; ")
    }

    private func number(_ value: Double) -> String { String(format: "%.1f", value) }

    /// `text` as HTML shows it.
    static func escaped(_ text: String) -> String {
        text.replacingOccurrences(of: "&", with: "&amp;").replacingOccurrences(of: "<", with: "&lt;")
            .replacingOccurrences(of: ">", with: "&gt;").replacingOccurrences(of: "\"", with: "&quot;")
    }
}

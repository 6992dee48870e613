import Foundation

extension Plot {
    /// The plot as SVG, in the colours of the page around it.
    package func svg(width: Double = 860, height: Double = 460) -> String {
        PlotDrawing(self, width: width, height: height).svg
    }
}

/// Where everything of a plot lies.
private struct PlotDrawing {
    private static let colours = ["#2f6fb3", "#c4572e", "#3d8b5f", "#8a5fb0", "#b08a1e", "#4a5a6a"]

    private static let mostDots = 80

    private let plot: Plot
    private let width: Double
    private let height: Double
    private let left = 70.0
    private let right = 20.0
    private let top = 44.0
    private let bottom = 52.0
    private let xTicks: [Double]
    private let xRange: ClosedRange<Double>
    private let yTicks: [Double]
    private let yRange: ClosedRange<Double>

    init(_ plot: Plot, width: Double, height: Double) {
        (self.plot, self.width, self.height) = (plot, width, height)
        let points = plot.series.flatMap(\.points)
        (xTicks, xRange) = plot.x.ticks(around: PlotDrawing.range(points.map(\.x), plot.x), about: 8)
        let bounds = points.flatMap { [$0.y - $0.error, $0.y + $0.error, $0.y] }.filter(plot.y.shows)
        (yTicks, yRange) = plot.y.ticks(around: PlotDrawing.range(bounds, plot.y), about: 6)
    }

    private static func range(_ values: [Double], _ axis: Plot.Axis) -> ClosedRange<Double> {
        guard let low = values.min(), let high = values.max() else { return axis.scale == .linear ? 0...1 : 1...10 }
        return low...high
    }

    var svg: String {
        let parts = [frame, grid] + plot.series.indices.map(series) + [labels, legend]
        return """
            <svg viewBox="0 0 \(text(width)) \(text(height))" role="img" aria-label="\(plot.title.escapedForHTML)" \
            font-family="system-ui, sans-serif" font-size="12" fill="currentColor">
            \(parts.filter { !$0.isEmpty }.joined(separator: "\n"))
            </svg>
            """
    }

    // MARK: Places

    private func x(_ value: Double) -> Double {
        left + plot.x.place(of: value, in: xRange) * (width - left - right)
    }

    private func y(_ value: Double) -> Double {
        height - bottom - plot.y.place(of: value, in: yRange) * (height - top - bottom)
    }

    private func text(_ value: Double) -> String {
        let tenths = (value * 10).rounded() / 10
        return tenths == tenths.rounded() ? String(Int(tenths)) : String(tenths)
    }

    // MARK: Around the points

    private var frame: String {
        let middle = (left + width - right) / 2
        return """
            <text x="\(text(left))" y="18" font-size="14" font-weight="600">\(plot.title.escapedForHTML)</text>
            <text x="\(text(middle))" y="\(text(height - 10))" text-anchor="middle">\(plot.x.title.escapedForHTML)</text>
            <text transform="translate(16 \(text((top + height - bottom) / 2))) rotate(-90)" \
            text-anchor="middle">\(plot.y.title.escapedForHTML)</text>
            """
    }

    private var grid: String {
        let (low, high) = (text(height - bottom), text(top))
        let across = xTicks.map { tick in
            let place = text(x(tick))
            return """
                <line x1="\(place)" x2="\(place)" y1="\(low)" y2="\(high)" stroke="currentColor" opacity=".12"/>\
                <text x="\(place)" y="\(text(height - bottom + 18))" text-anchor="middle">\(number(tick))</text>
                """
        }
        let up = yTicks.map { tick in
            let place = text(y(tick))
            return """
                <line x1="\(text(left))" x2="\(text(width - right))" y1="\(place)" y2="\(place)" \
                stroke="currentColor" opacity=".12"/>\
                <text x="\(text(left - 8))" y="\(place)" dy=".35em" text-anchor="end">\(number(tick))</text>
                """
        }
        return (across + up).joined(separator: "\n")
    }

    /// As few digits as tell it from its neighbours.
    private func number(_ value: Double) -> String {
        let size = abs(value)
        if size >= 1e6 || (size > 0 && size < 1e-4) { return String(format: "%.0e", value) }
        return String(format: "%.6g", (value * 1e9).rounded() / 1e9)
    }

    private var legend: String {
        let named = plot.series.enumerated().filter { !$1.name.isEmpty }
        guard named.count > 1 else { return "" }
        var place = left
        return named.map { index, series in
            defer { place += 26 + 7.2 * Double(series.name.count) }
            return """
                <circle cx="\(text(place + 5))" cy="32" r="4" fill="\(colour(index))"/>\
                <text x="\(text(place + 13))" y="32" dy=".35em">\(series.name.escapedForHTML)</text>
                """
        }.joined(separator: "\n")
    }

    // MARK: Points

    private func colour(_ index: Int) -> String { PlotDrawing.colours[index % PlotDrawing.colours.count] }

    private func series(_ index: Int) -> String {
        let (series, colour) = (plot.series[index], colour(index))
        var parts = series.points.filter { $0.error > 0 }.map { bar($0, colour) }
        if series.isLine, series.points.count > 1 {
            let path = series.points.map { "\(text(x($0.x))),\(text(y($0.y)))" }.joined(separator: " ")
            parts.append("<polyline points=\"\(path)\" fill=\"none\" stroke=\"\(colour)\" stroke-width=\"1.6\"/>")
        }
        // Of many points on a line none can be told from its neighbours.
        if series.isLine, series.points.count > Self.mostDots { return parts.joined(separator: "\n") }
        parts += series.points.map { point in
            let (px, py) = (text(x(point.x)), text(y(point.y)))
            let what = [series.name, point.label ?? ""].filter { !$0.isEmpty }.joined(separator: ", ")
            let values = "\(plot.x.title) \(number(point.x)), \(plot.y.title) \(number(point.y))"
            return """
                <circle cx="\(px)" cy="\(py)" r="\(series.isLine ? 2.5 : 4.5)" fill="\(colour)">\
                <title>\("\(what): \(values)".escapedForHTML)</title></circle>
                """
        }
        return parts.joined(separator: "\n")
    }

    private func bar(_ point: Plot.Point, _ colour: String) -> String {
        let low = max(point.y - point.error, yRange.lowerBound)
        let place = text(x(point.x))
        return """
            <line x1="\(place)" x2="\(place)" y1="\(text(y(low)))" y2="\(text(y(point.y + point.error)))" \
            stroke="\(colour)" opacity=".6"/>
            """
    }

    /// Beside each point, where nothing else is written: to its right, to its left, above or below.
    private var labels: String {
        let points = plot.series.flatMap(\.points)
        var taken = points.map { Box(x: x($0.x) - 5, y: y($0.y) - 5, width: 10, height: 10) }
        return points.compactMap { point in
            guard let label = point.label else { return nil }
            let size = (width: 6.8 * Double(label.count), height: 14.0)
            let (px, py) = (x(point.x), y(point.y))
            let places = [
                (px + 8, py - 7), (px - 8 - size.width, py - 7), (px - size.width / 2, py - 21),
                (px - size.width / 2, py + 7), (px + 6, py - 20), (px + 6, py + 6),
            ].map { Box(x: $0.0, y: $0.1, width: size.width, height: size.height) }
            let inside = places.filter { $0.x >= left && $0.x + $0.width <= width && $0.y >= top - 10 }
            guard let box = inside.first(where: { box in !taken.contains { $0.meets(box) } }) ?? inside.first
            else { return nil }
            taken.append(box)
            return "<text x=\"\(text(box.x))\" y=\"\(text(box.y + 11))\">\(label.escapedForHTML)</text>"
        }.joined(separator: "\n")
    }

    private struct Box {
        let x, y, width, height: Double

        func meets(_ other: Box) -> Bool {
            x < other.x + other.width && other.x < x + width && y < other.y + other.height && other.y < y + height
        }
    }
}

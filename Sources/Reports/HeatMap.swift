import Foundation

/// How much more or less than its share each of many things had, over time: rows in groups, colours for numbers.
package struct HeatMap: Sendable {
    /// Rows that belong together, under a name.
    package struct Group: Sendable {
        package let name: String
        /// The numbers of each row, as many as there are columns, as multiples of a fair share; no number where nothing is known.
        package let rows: [[Double]]

        package init(_ name: String, _ rows: [[Double]]) { (self.name, self.rows) = (name, rows) }
    }

    package let title: String
    /// What columns are, and which number each stands for.
    package let columnTitle: String
    package let columns: [Double]
    package let groups: [Group]

    /// - Precondition: every row has a number for each column.
    package init(title: String, columnTitle: String, columns: [Double], groups: [Group]) {
        precondition(groups.allSatisfy { $0.rows.allSatisfy { $0.count == columns.count } }, "a number for each column")
        (self.title, self.columnTitle, self.columns, self.groups) = (title, columnTitle, columns, groups)
    }
}

extension HeatMap {
    /// The map as SVG: one path for each colour, so that a page of many cells stays small.
    package func svg(width: Double = 860) -> String { HeatMapDrawing(self, width: width).svg }

    /// Bounds between colours: a cell's colour is the number of bounds that are not above it.
    static let bounds = [0.25, 0.4, 0.63, 0.8, 1.25, 1.6, 2.5, 4]
    /// From less than a quarter of the fair share to more than four times it.
    static let colours = [
        "#1f4e8c", "#3f78b8", "#7fa9d4", "#b5cde4", "#d3d6da", "#f0c9a8", "#e49a68", "#cf6434", "#9c3512",
    ]

    /// The colour of a number; `nil` for none.
    static func level(_ value: Double) -> Int? { value.isFinite ? bounds.count { $0 <= value } : nil }
}

private struct HeatMapDrawing {
    private let map: HeatMap
    private let width: Double
    private let left = 90.0
    private let right = 20.0
    private let top = 60.0
    private let rowHeight: Double
    private let gap = 8.0

    init(_ map: HeatMap, width: Double) {
        (self.map, self.width) = (map, width)
        let rows = map.groups.reduce(0) { $0 + $1.rows.count }
        rowHeight = min(max(420 / Double(max(rows, 1)), 2), 12)
    }

    private var height: Double { bottom + 46 }

    private var bottom: Double {
        map.groups.reduce(top) { $0 + Double($1.rows.count) * rowHeight + gap } - (map.groups.isEmpty ? 0 : gap)
    }

    var svg: String {
        let parts = [heading, legend] + cells + [names, marks]
        return """
            <svg viewBox="0 0 \(text(width)) \(text(height))" role="img" aria-label="\(map.title.escapedForHTML)" \
            font-family="system-ui, sans-serif" font-size="12" fill="currentColor">
            \(parts.filter { !$0.isEmpty }.joined(separator: "\n"))
            </svg>
            """
    }

    private func text(_ value: Double) -> String {
        let tenths = (value * 10).rounded() / 10
        return tenths == tenths.rounded() ? String(Int(tenths)) : String(tenths)
    }

    /// Where a column begins.
    private func x(_ column: Int) -> Double {
        left + Double(column) / Double(max(map.columns.count, 1)) * (width - left - right)
    }

    private func tops() -> [Double] {
        var place = top
        return map.groups.map { group in
            defer { place += Double(group.rows.count) * rowHeight + gap }
            return place
        }
    }

    // MARK: Parts

    private var heading: String {
        """
        <text x="\(text(left))" y="18" font-size="14" font-weight="600">\(map.title.escapedForHTML)</text>
        <text x="\(text((left + width - right) / 2))" y="\(text(height - 8))" \
        text-anchor="middle">\(map.columnTitle.escapedForHTML)</text>
        """
    }

    private var legend: String {
        let labels = ["< ¼", "", "", "", "fair share", "", "", "", "≥ 4 ×"]
        return HeatMap.colours.enumerated().map { index, colour in
            let place = left + 60 * Double(index)
            let label = labels[index].isEmpty ? HeatMap.range(index) : labels[index]
            return """
                <rect x="\(text(place))" y="30" width="58" height="10" fill="\(colour)"/>\
                <text x="\(text(place + 29))" y="52" font-size="10" text-anchor="middle">\(label.escapedForHTML)</text>
                """
        }.joined(separator: "\n")
    }

    /// One path for each colour; equal neighbours in a row are one rectangle.
    private var cells: [String] {
        var paths = Array(repeating: "", count: HeatMap.colours.count)
        for (group, top) in zip(map.groups, tops()) {
            for (index, row) in group.rows.enumerated() {
                let y = text(top + Double(index) * rowHeight)
                for (level, columns) in runs(row) {
                    let (from, to) = (x(columns.lowerBound), x(columns.upperBound))
                    paths[level] += "M\(text(from)) \(y)h\(text(to - from))v\(text(rowHeight))h\(text(from - to))z"
                }
            }
        }
        return zip(paths, HeatMap.colours).map { path, colour in
            path.isEmpty ? "" : "<path d=\"\(path)\" fill=\"\(colour)\" shape-rendering=\"crispEdges\"/>"
        }
    }

    private func runs(_ row: [Double]) -> [(level: Int, columns: Range<Int>)] {
        var runs: [(level: Int, columns: Range<Int>)] = []
        for (column, value) in row.enumerated() {
            guard let level = HeatMap.level(value) else { continue }
            if let last = runs.last, last.level == level, last.columns.upperBound == column {
                runs[runs.count - 1].columns = last.columns.lowerBound..<column + 1
            } else {
                runs.append((level, column..<column + 1))
            }
        }
        return runs
    }

    private var names: String {
        zip(map.groups, tops()).map { group, top in
            let middle = top + Double(group.rows.count) * rowHeight / 2
            return """
                <text x="\(text(left - 8))" y="\(text(middle))" dy=".35em" \
                text-anchor="end">\(group.name.escapedForHTML)</text>
                """
        }.joined(separator: "\n")
    }

    /// The numbers of about six columns.
    private var marks: String {
        let step = max(map.columns.count / 6, 1)
        return stride(from: 0, to: map.columns.count, by: step).map { column in
            let place = (x(column) + x(column + 1)) / 2
            return """
                <text x="\(text(place))" y="\(text(bottom + 16))" \
                text-anchor="middle">\(String(format: "%.6g", map.columns[column]))</text>
                """
        }.joined(separator: "\n")
    }
}

extension HeatMap {
    /// What a colour in the middle stands for: "0.4–0.63".
    fileprivate static func range(_ level: Int) -> String {
        func short(_ value: Double) -> String { String(format: "%.3g", value) }
        return "\(short(bounds[level - 1]))–\(short(bounds[level]))"
    }
}

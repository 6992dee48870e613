import Foundation

extension Plot {
    /// The plot in plain characters, for a terminal: one mark for each series, later ones over earlier ones.
    /// - Parameters:
    ///   - width: columns of the field between the axes.
    ///   - height: rows of it.
    package func text(width: Int = 64, height: Int = 16) -> String {
        let (width, height) = (max(width, 8), max(height, 3))
        let points = series.flatMap(\.points)
        guard !points.isEmpty else { return title + "\n(nothing to draw)" }
        let (across, up) = (Self.range(points.map(\.x)), Self.range(points.map(\.y)))
        var field = Array(repeating: Array(repeating: Character(" "), count: width), count: height)
        for (index, series) in series.enumerated() {
            for point in series.points {
                let column = Int((x.place(of: point.x, in: across) * Double(width - 1)).rounded())
                let row = height - 1 - Int((y.place(of: point.y, in: up) * Double(height - 1)).rounded())
                field[min(max(row, 0), height - 1)][min(max(column, 0), width - 1)] = Self.mark(index)
            }
        }
        return ([title] + rows(field, up) + [foot(across, width)] + legend).joined(separator: "\n")
    }

    private static func mark(_ index: Int) -> Character {
        let marks: [Character] = ["*", "o", "+", "x", "#", "@"]
        return marks[index % marks.count]
    }

    /// A single number gets some room on both sides.
    private static func range(_ values: [Double]) -> ClosedRange<Double> {
        guard let low = values.min(), let high = values.max() else { return 0...1 }
        guard low == high else { return low...high }
        return low > 0 ? low / 2...low * 2 : low - 1...low + 1
    }

    private static func number(_ value: Double) -> String { String(format: "%.4g", value) }

    private func rows(_ field: [[Character]], _ up: ClosedRange<Double>) -> [String] {
        let labels = field.indices.map { row -> String in
            guard row == 0 || row == field.count - 1 else { return "" }
            return Self.number(row == 0 ? up.upperBound : up.lowerBound)
        }
        let width = labels.map(\.count).max() ?? 0
        return zip(labels, field).map { label, row in
            let line = String(repeating: " ", count: width - label.count) + label + " |" + String(row)
            return String(line.reversed().drop { $0 == " " }.reversed())
        }
    }

    private func foot(_ across: ClosedRange<Double>, _ width: Int) -> String {
        let (low, high) = (Self.number(across.lowerBound), Self.number(across.upperBound))
        let space = String(repeating: " ", count: max(width - low.count - high.count, 1))
        return "\(x.title): \(low)\(space)\(high)"
    }

    private var legend: [String] {
        guard series.count > 1 else { return [] }
        return [series.enumerated().map { "\(Self.mark($0)) \($1.name)" }.joined(separator: "   ")]
    }
}

import Foundation

/// Numbers as people read them.
package enum Format {
    /// "15.7 B", "1.5 M", "671".
    package static func count(_ value: Int) -> String {
        let units = [(1e12, "T"), (1e9, "B"), (1e6, "M"), (1e3, "K")]
        for (size, unit) in units where Double(value) >= size { return "\(decimal(Double(value) / size)) \(unit)" }
        return String(value)
    }

    /// "10.4 GB", in powers of ten.
    package static func bytes(_ value: Int) -> String {
        let units = [(1e12, "TB"), (1e9, "GB"), (1e6, "MB"), (1e3, "kB")]
        for (size, unit) in units where Double(value) >= size { return "\(decimal(Double(value) / size)) \(unit)" }
        return "\(value) B"
    }

    /// Three significant digits, at most two of them after the point.
    package static func decimal(_ value: Double) -> String {
        String(format: value < 10 ? "%.2f" : value < 100 ? "%.1f" : "%.0f", value)
    }

    /// "97.5 %", of a share.
    package static func percent(_ share: Double) -> String { String(format: "%.1f %%", 100 * share) }

    /// Three significant digits, however small: "0.00123", "4.56e-07".
    package static func significant(_ value: Double) -> String { String(format: "%.3g", value) }

    /// Minutes and seconds: "3:05".
    package static func time(_ seconds: Double) -> String {
        let whole = Int(min(max(seconds, 0), 1e9))
        return "\(whole / 60):\(String(format: "%02d", whole % 60))"
    }

    /// Rows of equal columns, the first line underlined by nothing: plain text that pastes well.
    package static func table(_ rows: [[String]], rightAligned: Set<Int> = []) -> String {
        let columns = rows.map(\.count).max() ?? 0
        let widths = (0..<columns).map { column in
            rows.map { column < $0.count ? $0[column].count : 0 }.max() ?? 0
        }
        return rows.map { row in
            let cells = row.enumerated().map { column, text in
                let padding = String(repeating: " ", count: widths[column] - text.count)
                return rightAligned.contains(column) ? padding + text : text + padding
            }
            return cells.joined(separator: "  ").trimmingCharacters(in: CharacterSet(charactersIn: " "))
        }.joined(separator: "\n")
    }
}

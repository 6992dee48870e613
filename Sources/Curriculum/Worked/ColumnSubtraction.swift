/// A difference as on paper. First the numbers are compared; the smaller is taken from the larger, and the sign put in front.
///
///     347-586
///     35<
///     586-347
///     6-7+10=9 9
///     8-4-1=3 39
///     5-3=2 239
///     -239
struct ColumnSubtraction {
    let lines: [String]
    let result: Int

    /// - Precondition: neither is negative.
    init(_ a: Int, _ b: Int) {
        let comparison = DigitComparison(a, b, separator: "-")
        let start = [comparison.header, comparison.line]
        switch comparison.order {
        case .equal: (lines, result) = (start + ["0"], 0)
        case .greater:
            let (columns, value) = Self.columns(DigitColumns(a, b))
            (lines, result) = (start + columns, value)
        case .less:
            let swapped = DigitColumns(b, a)
            let (columns, value) = Self.columns(swapped)
            (lines, result) = (start + [swapped.text("-")] + columns + ["\(-value)"], -value)
        }
    }

    private static func columns(_ columns: DigitColumns) -> ([String], Int) {
        var lines: [String] = []
        var (borrowed, written) = (0, "")
        for (upper, lower) in zip(columns.upper, columns.lower) {
            let isShort = upper - lower - borrowed < 0
            let digit = upper - lower - borrowed + (isShort ? 10 : 0)
            written = "\(digit)" + written
            lines.append("\(upper)-\(lower)\(borrowed > 0 ? "-1" : "")\(isShort ? "+10" : "")=\(digit) \(written)")
            borrowed = isShort ? 1 : 0
        }
        let value = Int(written) ?? 0
        if written.count > 1, written.first == "0" { lines.append("\(written)=\(value)") }
        return (lines, value)
    }
}

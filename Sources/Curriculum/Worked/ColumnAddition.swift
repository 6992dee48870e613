/// A sum as on paper: 347+586 in columns from the right, each with its carry, and behind it what has been written so far.
///
///     347+586
///     7+6=13 3
///     4+8+1=13 33
///     3+5+1=9 933
///
/// Each line needs two digits, the carry in the line above, and a copy of its end; the last line ends in the sum.
struct ColumnAddition {
    let lines: [String]
    let result: Int

    /// - Precondition: neither is negative.
    init(_ a: Int, _ b: Int) {
        let columns = DigitColumns(a, b)
        var lines = [columns.text("+")]
        var (carry, written) = (0, "")
        for place in 0..<columns.width {
            let (upper, lower) = (columns.upper[place], columns.lower[place])
            let sum = upper + lower + carry
            let isLast = place == columns.width - 1
            written = "\(isLast ? sum : sum % 10)" + written
            lines.append("\(upper)+\(lower)\(carry > 0 ? "+1" : "")=\(sum) \(written)")
            carry = sum / 10
        }
        self.lines = lines
        result = Int(written) ?? 0
    }
}

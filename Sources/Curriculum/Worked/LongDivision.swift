/// A quotient as on paper: digits are taken down from the left; each line says what there is, how often the divisor goes into it, what
/// remains, and the quotient so far.
///
///     850/7
///     8=7*1+1 1
///     15=7*2+1 12
///     10=7*1+3 121
struct LongDivision {
    let lines: [String]
    let quotient: Int
    let remainder: Int

    /// - Precondition: `dividend` is not negative and `divisor` is positive.
    init(_ dividend: Int, _ divisor: Int) {
        var lines = ["\(dividend)/\(divisor)"]
        var (rest, written) = (0, "")
        let digits = dividend.digits
        for (place, digit) in digits.enumerated().reversed() {
            rest = 10 * rest + digit
            // Digits are taken down until the divisor goes into them.
            if written.isEmpty, rest < divisor, place > 0 { continue }
            let times = rest / divisor
            written += "\(times)"
            lines.append("\(rest)=\(divisor)*\(times)+\(rest % divisor) \(written)")
            rest %= divisor
        }
        self.lines = lines
        (quotient, remainder) = (Int(written) ?? 0, rest)
    }
}

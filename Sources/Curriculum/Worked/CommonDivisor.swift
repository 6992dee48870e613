/// Euclid's algorithm on a line: each number is what the one before the last leaves when it is divided by the last. The number before 0
/// divides both.
///
///     12 9 3 0
struct CommonDivisor {
    let line: String
    let value: Int

    /// - Precondition: both are positive.
    init(_ a: Int, _ b: Int) {
        var sequence = [max(a, b), min(a, b)]
        while let last = sequence.last, last > 0 { sequence.append(sequence[sequence.count - 2] % last) }
        line = sequence.map(String.init).joined(separator: " ")
        value = sequence[sequence.count - 2]
    }
}

/// A fraction in lowest terms, with the steps to it.
struct ReducedFraction {
    let lines: [String]
    /// "3/4", or a whole number.
    let text: String
    let numerator: Int
    let denominator: Int

    /// - Precondition: `numerator` is not negative and `denominator` is positive.
    init(_ numerator: Int, _ denominator: Int) {
        guard numerator > 0 else {
            (lines, text, self.numerator, self.denominator) = (["0"], "0", 0, 1)
            return
        }
        let divisor = CommonDivisor(numerator, denominator)
        let (upper, lower) = (numerator / divisor.value, denominator / divisor.value)
        let written = lower == 1 ? "\(upper)" : "\(upper)/\(lower)"
        var lines = [divisor.line]
        if divisor.value > 1 {
            lines.append("\(numerator)/\(divisor.value)=\(upper) \(denominator)/\(divisor.value)=\(lower)")
        }
        lines.append(written)
        (self.lines, text, self.numerator, self.denominator) = (lines, written, upper, lower)
    }
}

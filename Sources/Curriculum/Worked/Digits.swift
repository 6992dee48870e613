extension Int {
    /// Decimal digits, the lowest first.
    /// - Precondition: not negative.
    var digits: [Int] {
        precondition(self >= 0)
        var (digits, rest) = ([self % 10], self / 10)
        while rest > 0 {
            digits.append(rest % 10)
            rest /= 10
        }
        return digits
    }

    /// With zeros in front, `width` digits.
    func padded(_ width: Int) -> String {
        let text = String(self)
        return String(repeating: "0", count: Swift.max(width - text.count, 0)) + text
    }
}

/// Two numbers digit by digit, of equal width.
struct DigitColumns {
    /// The lowest digits first.
    let upper: [Int]
    let lower: [Int]
    var width: Int { upper.count }

    init(_ a: Int, _ b: Int) {
        let (upper, lower) = (a.digits, b.digits)
        let width = max(upper.count, lower.count)
        self.upper = upper + Array(repeating: 0, count: width - upper.count)
        self.lower = lower + Array(repeating: 0, count: width - lower.count)
    }

    /// The numbers with zeros in front, and a sign between.
    func text(_ sign: String) -> String { Self.text(upper) + sign + Self.text(lower) }

    private static func text(_ digits: [Int]) -> String { digits.reversed().map(String.init).joined() }
}

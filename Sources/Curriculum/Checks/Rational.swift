/// A quotient of whole numbers, exact; arithmetic that leaves 64 bits gives `nil`.
struct Rational: Equatable {
    let numerator: Int
    /// Positive, without a divisor in common with the numerator.
    let denominator: Int

    init?(_ numerator: Int, _ denominator: Int = 1) {
        guard denominator != 0, numerator != .min, denominator != .min else { return nil }
        var (a, b) = (abs(numerator), abs(denominator))
        while b > 0 { (a, b) = (b, a % b) }
        let sign = denominator < 0 ? -1 : 1
        self.numerator = sign * numerator / max(a, 1)
        self.denominator = sign * denominator / max(a, 1)
    }

    var whole: Int? { denominator == 1 ? numerator : nil }

    static func + (left: Rational, right: Rational) -> Rational? {
        guard let a = product(left.numerator, right.denominator), let b = product(right.numerator, left.denominator),
            let lower = product(left.denominator, right.denominator)
        else { return nil }
        let (sum, overflow) = a.addingReportingOverflow(b)
        return overflow ? nil : Rational(sum, lower)
    }

    static func * (left: Rational, right: Rational) -> Rational? {
        guard let upper = product(left.numerator, right.numerator),
            let lower = product(left.denominator, right.denominator)
        else { return nil }
        return Rational(upper, lower)
    }

    static func / (left: Rational, right: Rational) -> Rational? {
        Rational(right.denominator, right.numerator).flatMap { left * $0 }
    }

    var negated: Rational? { Rational(-numerator, denominator) }

    private static func product(_ a: Int, _ b: Int) -> Int? {
        let (product, overflow) = a.multipliedReportingOverflow(by: b)
        return overflow ? nil : product
    }
}

/// A product as on paper: the upper number times each digit of the lower one, then the sum of these.
///
///     47*83
///     47*3
///     7*3=21 1
///     4*3+2=14 141
///     47*80
///     7*8=56 60
///     4*8+5=37 3760
///     0141+3760
///     …
struct ColumnMultiplication {
    let lines: [String]
    let result: Int

    /// - Precondition: neither is negative.
    init(_ a: Int, _ b: Int) {
        // The one with more digits above, so that there are few rows.
        let (upper, lower) = a.digits.count >= b.digits.count ? (a, b) : (b, a)
        var lines = lower > 9 ? ["\(upper)*\(lower)"] : []
        var total: Int?
        for (place, digit) in lower.digits.enumerated() {
            let (row, value) = Self.row(upper, digit, zeros: place)
            lines += row
            guard digit > 0 || lower == 0 else { continue }
            if let sum = total {
                let addition = ColumnAddition(sum, value)
                lines += addition.lines
                total = addition.result
            } else {
                total = value
            }
        }
        self.lines = lines
        result = total ?? 0
    }

    /// `upper` times a digit that stands before some zeros.
    private static func row(_ upper: Int, _ digit: Int, zeros: Int) -> (lines: [String], value: Int) {
        let written = String(repeating: "0", count: zeros)
        guard digit > 0 else { return (["\(upper)*0=0"], 0) }
        var lines = ["\(upper)*\(digit)\(written)"]
        var (carry, text) = (0, written)
        let digits = upper.digits
        for (place, upperDigit) in digits.enumerated() {
            let product = upperDigit * digit + carry
            text = "\(place == digits.count - 1 ? product : product % 10)" + text
            lines.append("\(upperDigit)*\(digit)\(carry > 0 ? "+\(carry)" : "")=\(product) \(text)")
            carry = product / 10
        }
        return (lines, Int(text) ?? 0)
    }
}

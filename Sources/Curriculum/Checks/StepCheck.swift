/// Says whether the steps of a thought are true, by reading them: an arithmetic of its own that shares nothing with what wrote them.
///
/// Checked is each part between spaces that is an equation (4*8+5=37), a pair of digits with their sign (55=, 28<), a choice (45,12:12),
/// or a run of equal expressions; what is none of these says nothing that could be checked here.
package enum StepCheck {
    /// How many parts of `thought` are true, and those that are not.
    package static func check(_ thought: String) -> (verified: Int, wrong: [String]) {
        var (verified, wrong) = (0, [String]())
        for part in thought.split(whereSeparator: { $0 == " " || $0 == "\n" }) {
            guard let isTrue = digitPair(part) ?? choice(part) ?? equation(part) else { continue }
            if isTrue { verified += 1 } else { wrong.append(String(part)) }
        }
        return (verified, wrong)
    }

    /// "28<": the sign belongs between the two digits.
    private static func digitPair(_ part: Substring) -> Bool? {
        let parts = Array(part)
        guard parts.count == 3, let a = parts[0].wholeNumberValue, let b = parts[1].wholeNumberValue else { return nil }
        switch parts[2] {
        case "<": return a < b
        case ">": return a > b
        case "=": return a == b
        default: return nil
        }
    }

    /// "45,12:12": the result is one of the two.
    private static func choice(_ part: Substring) -> Bool? {
        let sides = part.split(separator: ":", omittingEmptySubsequences: false)
        guard sides.count == 2, let result = Int(sides[1]) else { return nil }
        let numbers = sides[0].split(separator: ",", omittingEmptySubsequences: false).map { Int($0) }
        guard numbers.count == 2, let a = numbers[0], let b = numbers[1] else { return nil }
        return result == a || result == b
    }

    /// "4*8+5=37": all sides of = < > have values, and they stand so to each other.
    private static func equation(_ part: Substring) -> Bool? {
        let signs = part.filter { "=<>".contains($0) }
        let sides = part.split(omittingEmptySubsequences: false, whereSeparator: { "=<>".contains($0) })
        let values = sides.map { Arithmetic.value($0) }
        guard sides.count > 1, values.allSatisfy({ $0 != nil }) else { return nil }
        let known = values.compactMap(\.self)
        return zip(signs, zip(known, known.dropFirst())).allSatisfy { sign, pair in
            let difference = pair.1.negated.flatMap { pair.0 + $0 }?.numerator ?? 0
            return sign == "=" ? difference == 0 : sign == "<" ? difference < 0 : difference > 0
        }
    }
}

/// Values of written arithmetic: whole numbers, + - * / and brackets, signs in front.
enum Arithmetic {
    /// `nil` if the text is anything else, or a value does not fit into 64 bits.
    static func value(_ text: some StringProtocol) -> Rational? {
        var reader = Reader(rest: Array(text.utf8)[...])
        guard let value = reader.sum(depth: 0), reader.rest.isEmpty else { return nil }
        return value
    }

    private struct Reader {
        var rest: ArraySlice<UInt8>

        mutating func sum(depth: Int) -> Rational? {
            var total = product(depth: depth)
            while let sign = take("+-"), let sum = total {
                let next = product(depth: depth)
                total = (sign == "-" ? next?.negated : next).flatMap { sum + $0 }
            }
            return total
        }

        private mutating func product(depth: Int) -> Rational? {
            var total = factor(depth: depth)
            while let sign = take("*/"), let product = total {
                let next = factor(depth: depth)
                total = next.flatMap { sign == "*" ? product * $0 : product / $0 }
            }
            return total
        }

        private mutating func factor(depth: Int) -> Rational? {
            guard depth < 50 else { return nil }
            if take("-") != nil { return factor(depth: depth + 1)?.negated }
            if take("(") != nil {
                let inner = sum(depth: depth + 1)
                return take(")") == nil ? nil : inner
            }
            let digits = rest.prefix { UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 }
            rest = rest.dropFirst(digits.count)
            return Int(String(decoding: digits, as: UTF8.self)).flatMap { Rational($0) }
        }

        private mutating func take(_ signs: String) -> Character? {
            guard let next = rest.first, signs.utf8.contains(next) else { return nil }
            rest.removeFirst()
            return Character(UnicodeScalar(next))
        }
    }
}

/// A number of any size as its decimal digits, none leading that is 0; no digits are zero.
struct Natural: Comparable, Sendable {
    var digits: [UInt8]

    init(_ digits: some Sequence<UInt8>) { self.digits = Array(digits.drop { $0 == 0 }) }

    init(_ value: UInt) { self.init(String(value).utf8.map { $0 - 48 }) }

    var isZero: Bool { digits.isEmpty }

    /// How it is written.
    var written: [UInt8] { digits.isEmpty ? [0] : digits }

    var successor: Natural {
        var digits = digits
        guard let place = digits.lastIndex(where: { $0 < 9 }) else {
            return Natural([1] + digits.map { _ in 0 })
        }
        digits[place] += 1
        for rest in digits.indices where rest > place { digits[rest] = 0 }
        return Natural(digits)
    }

    /// The number before; zero's is zero.
    var predecessor: Natural {
        var digits = digits
        guard let place = digits.lastIndex(where: { $0 > 0 }) else { return self }
        digits[place] -= 1
        for rest in digits.indices where rest > place { digits[rest] = 9 }
        return Natural(digits)
    }

    static func < (left: Natural, right: Natural) -> Bool {
        left.digits.count != right.digits.count
            ? left.digits.count < right.digits.count : left.digits.lexicographicallyPrecedes(right.digits)
    }
}

/// A decimal number, exact.
struct DecimalNumber: Sendable, Equatable {
    var isNegative: Bool
    var whole: Natural
    /// Digits behind the point; the last is not 0.
    var fraction: [UInt8]

    /// The most digits on either side of the point.
    static let digitLimit = 40

    /// The number that JSON text stands for; `nil` if it has more than `digitLimit` digits.
    init?(_ text: String) {
        var rest = Substring(text)
        isNegative = rest.first == "-"
        if isNegative { rest.removeFirst() }
        let parts = rest.split(whereSeparator: { $0 == "e" || $0 == "E" })
        guard let mantissa = parts.first, mantissa.utf8.count <= 4 * DecimalNumber.digitLimit else { return nil }
        let exponent = parts.count > 1 ? Int(parts[1]) : 0
        guard let exponent, abs(exponent) <= 2 * DecimalNumber.digitLimit else { return nil }
        let sides = mantissa.split(separator: ".").map { $0.utf8.map { $0 &- 48 } }
        guard let before = sides.first, sides.allSatisfy({ $0.allSatisfy { $0 < 10 } }) else { return nil }
        var digits = before + (sides.count > 1 ? sides[1] : [])
        var point = before.count + exponent
        if point < 0 {
            digits = [UInt8](repeating: 0, count: -point) + digits
            point = 0
        }
        if point > digits.count { digits += [UInt8](repeating: 0, count: point - digits.count) }
        whole = Natural(digits[..<point])
        fraction = Array(digits[point...].reversed().drop { $0 == 0 }.reversed())
        guard max(whole.digits.count, fraction.count) <= DecimalNumber.digitLimit else { return nil }
        if whole.isZero, fraction.isEmpty { isNegative = false }
    }

    init(isNegative: Bool = false, whole: Natural, fraction: [UInt8] = []) {
        (self.isNegative, self.whole, self.fraction) = (isNegative, whole, fraction)
    }

    var isWhole: Bool { fraction.isEmpty }

    var magnitude: DecimalNumber { DecimalNumber(whole: whole, fraction: fraction) }

    static prefix func - (number: DecimalNumber) -> DecimalNumber {
        let isZero = number.whole.isZero && number.fraction.isEmpty
        return DecimalNumber(isNegative: !isZero && !number.isNegative, whole: number.whole, fraction: number.fraction)
    }
}

extension DecimalNumber: Comparable {
    static func < (left: DecimalNumber, right: DecimalNumber) -> Bool {
        guard left.isNegative == right.isNegative else { return left.isNegative }
        if left.isNegative { return right.magnitude < left.magnitude }
        if left.whole != right.whole { return left.whole < right.whole }
        return left.fraction.lexicographicallyPrecedes(right.fraction)
    }
}

/// An end of a range of numbers.
struct DecimalBound: Sendable, Equatable {
    var number: DecimalNumber
    /// Whether the number itself lies outside.
    var isExclusive = false
}

/// The decimal numbers of a range as an expression over their digits, exact.
enum DecimalRanges {
    /// A number without bound has at most as many digits, so that every reader of JSON holds it exactly.
    private static let digitLimit = 15

    // MARK: Whole numbers

    /// The whole numbers from `lower` through `upper`, without `-0`.
    static func integers(from lower: DecimalBound?, through upper: DecimalBound?) -> GrammarExpression {
        var ways: [GrammarExpression] = []
        let least = lower.map(smallestInteger)
        let greatest = upper.map { -smallestInteger(DecimalBound(number: -$0.number, isExclusive: $0.isExclusive)) }
        if greatest?.isNegative != true {
            let start = least.map { $0.isNegative ? Natural(0) : $0.whole } ?? Natural(0)
            ways.append(wholeNumbers(from: start, through: greatest?.whole))
        }
        if least?.isNegative != false {
            let start = greatest.map { $0.isNegative ? $0.whole : Natural(1) } ?? Natural(1)
            ways.append(.sequence([.text("-"), wholeNumbers(from: start, through: least?.whole)]))
        }
        return .either(ways)
    }

    private static func smallestInteger(_ bound: DecimalBound) -> DecimalNumber {
        let (number, isWhole) = (bound.number, bound.number.isWhole)
        if number.isNegative {
            let whole = isWhole && bound.isExclusive ? number.whole.predecessor : number.whole
            return DecimalNumber(isNegative: !whole.isZero, whole: whole)
        }
        return DecimalNumber(whole: isWhole && !bound.isExclusive ? number.whole : number.whole.successor)
    }

    /// The numbers from `lower` through `upper`, or of at most `digitLimit` digits, or one more than `lower` has.
    static func wholeNumbers(from lower: Natural, through upper: Natural?) -> GrammarExpression {
        let longest = max(digitLimit, lower.digits.count + (lower.digits.count < digitLimit ? 0 : 1))
        let upper = upper ?? Natural([UInt8](repeating: 9, count: longest))
        guard lower <= upper else { return .never }
        let (first, last) = (lower.written, upper.written)
        if first.count == last.count { return digits(from: first[...], through: last[...]) }
        let nines = [UInt8](repeating: 9, count: first.count)
        let power = [1] + [UInt8](repeating: 0, count: last.count - 1)
        var ways = [digits(from: first[...], through: nines[...]), digits(from: power[...], through: last[...])]
        if last.count - first.count > 1 {
            ways.append(
                .sequence([digit(1, 9), .repetition(digit(0, 9), minimum: first.count, maximum: last.count - 2)]))
        }
        return .choice(ways)
    }

    /// As many digits as both ends have, the number being between them.
    private static func digits(from lower: ArraySlice<UInt8>, through upper: ArraySlice<UInt8>) -> GrammarExpression {
        guard let low = lower.first, let high = upper.first else { return .empty }
        let (lowRest, highRest) = (lower.dropFirst(), upper.dropFirst())
        if low == high { return .joined([digit(low, low), digits(from: lowRest, through: highRest)]) }
        let free = GrammarExpression.repetition(digit(0, 9), minimum: lowRest.count, maximum: lowRest.count)
        if lowRest.allSatisfy({ $0 == 0 }), highRest.allSatisfy({ $0 == 9 }) {
            return .joined([digit(low, high), free])
        }
        let (nines, zeros) = (lowRest.map { _ in UInt8(9) }, lowRest.map { _ in UInt8(0) })
        var ways: [GrammarExpression] = [
            .joined([digit(low, low), digits(from: lowRest, through: nines[...])]),
            .joined([digit(high, high), digits(from: zeros[...], through: highRest)]),
        ]
        if low + 1 < high { ways.append(.joined([digit(low + 1, high - 1), free])) }
        return .choice(ways)
    }

    static func digit(_ low: UInt8, _ high: UInt8) -> GrammarExpression {
        if low == high { return .literal([low + 48]) }
        return .characters(CharacterRanges([UInt32(low + 48)...UInt32(high + 48)]))
    }

    // MARK: Numbers with a point

    /// The numbers from `lower` to `upper`, without exponents and negative zeros.
    static func numbers(from lower: DecimalBound?, to upper: DecimalBound?) -> GrammarExpression {
        let zero = DecimalNumber(whole: Natural(0))
        var ways: [GrammarExpression] = []
        if upper.map({ $0.number < zero || $0.number == zero && $0.isExclusive }) != true {
            let start = lower.flatMap { $0.number.isNegative ? nil : $0 } ?? DecimalBound(number: zero)
            ways.append(magnitudes(from: start, to: upper))
        }
        if lower.map({ $0.number.isNegative }) != false {
            let start = upper.flatMap { $0.number.isNegative ? negated($0) : nil }
            let above = start ?? DecimalBound(number: zero, isExclusive: true)
            ways.append(.sequence([.text("-"), magnitudes(from: above, to: lower.map(negated))]))
        }
        return .either(ways)
    }

    private static func negated(_ bound: DecimalBound) -> DecimalBound {
        DecimalBound(number: -bound.number, isExclusive: bound.isExclusive)
    }

    /// Numbers have as many digits as a reader that rounds to 64 bits tells apart, or as many as the ends.
    /// - Precondition: neither end is negative.
    private static func magnitudes(from lower: DecimalBound, to upper: DecimalBound?) -> GrammarExpression {
        let (low, high) = (lower.number.whole, upper?.number.whole)
        let (lowEnd, highEnd) = (FractionEnd(lower), upper.map { FractionEnd($0) })
        if let high, high < low { return .never }
        if low == high { return .joined([whole(low), fraction(lowEnd, highEnd, behind: low)]) }
        var ways: [GrammarExpression] = [.joined([whole(low), fraction(lowEnd, nil, behind: low)])]
        if let high { ways.append(.joined([whole(high), fraction(nil, highEnd, behind: high)])) }
        if high.map({ low.successor < $0 }) != false {
            let (first, last) = (low.successor, high?.predecessor)
            let between = wholeNumbers(from: first, through: last)
            ways.append(.sequence([between, fraction(nil, nil, behind: last ?? first)]))
        }
        return .choice(ways)
    }

    private static func whole(_ number: Natural) -> GrammarExpression { .literal(number.written.map { $0 + 48 }) }

    /// What is left of a bound's digits behind the point, once those before were equal to a text's.
    private struct FractionEnd {
        var digits: ArraySlice<UInt8>
        let isExclusive: Bool

        init(_ bound: DecimalBound) { (digits, isExclusive) = (bound.number.fraction[...], bound.isExclusive) }

        /// What is left after its next digit.
        var rest: FractionEnd {
            var rest = self
            rest.digits = digits.dropFirst()
            return rest
        }
    }

    /// The point and digits behind `whole` such that they lie between both ends; `nil` is no end.
    private static func fraction(
        _ lower: FractionEnd?, _ upper: FractionEnd?, behind whole: Natural
    ) -> GrammarExpression {
        let ends = max(lower?.digits.count ?? 0, upper?.digits.count ?? 0)
        let digits = nextDigit(lower, upper, max(ends, digitLimit - whole.digits.count))
        let written = GrammarExpression.joined([.text("."), digits])
        return canEnd(lower, upper) ? .choice([.empty, written]) : written
    }

    private static func canEnd(_ lower: FractionEnd?, _ upper: FractionEnd?) -> Bool {
        let isAbove = lower.map { $0.digits.isEmpty && !$0.isExclusive } ?? true
        let isBelow = upper.map { !$0.digits.isEmpty || !$0.isExclusive } ?? true
        return isAbove && isBelow
    }

    /// One digit or more.
    private static func nextDigit(_ lower: FractionEnd?, _ upper: FractionEnd?, _ room: Int) -> GrammarExpression {
        guard room > 0 else { return .never }
        // All that follows a number makes it no smaller.
        let lower = lower.flatMap { $0.digits.isEmpty && !$0.isExclusive ? nil : $0 }
        if lower == nil, upper == nil { return .repetition(digit(0, 9), minimum: 1, maximum: room) }
        let (low, high) = (lower.map { $0.digits.first ?? 0 } ?? 0, upper.map { $0.digits.first ?? 0 } ?? 9)
        guard low <= high else { return .never }
        if low == high { return then(low...low, lower?.rest, upper?.rest, room) }
        var ways: [GrammarExpression] = []
        if lower != nil { ways.append(then(low...low, lower?.rest, nil, room)) }
        if upper != nil { ways.append(then(high...high, nil, upper?.rest, room)) }
        let (first, last) = (lower == nil ? low : low + 1, upper == nil ? high : high - 1)
        if first <= last { ways.append(then(first...last, nil, nil, room)) }
        return .either(ways)
    }

    private static func then(
        _ digits: ClosedRange<UInt8>, _ lower: FractionEnd?, _ upper: FractionEnd?, _ room: Int
    ) -> GrammarExpression {
        let digit = digit(digits.lowerBound, digits.upperBound)
        let more = nextDigit(lower, upper, room - 1)
        return .joined([digit, canEnd(lower, upper) ? .optional(more) : more])
    }
}

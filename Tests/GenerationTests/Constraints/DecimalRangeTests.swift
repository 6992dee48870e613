import Testing

@testable import Generation

/// Ranges of numbers, against comparing them.
@Suite struct DecimalRangeTests {
    private func grammar(_ expression: GrammarExpression) throws -> Grammar {
        var rules = GrammarRules(source: "numbers", limits: GrammarLimits())
        // Nothing may be in range, and such a grammar is refused.
        rules.root = try rules.add("root", .choice([expression, .text("none")]))
        return try Grammar(rules)
    }

    private func bound(_ text: String, _ isExclusive: Bool) throws -> DecimalBound {
        DecimalBound(number: try #require(DecimalNumber(text)), isExclusive: isExclusive)
    }

    @Test func wholeNumbersAreExact() throws {
        var random = RandomSource(seed: 5)
        for round in 0..<60 {
            let reach = [12, 120, 700][round % 3]
            let ends = [Int.random(in: -reach...reach, using: &random), Int.random(in: -reach...reach, using: &random)]
                .sorted()
            let (open, closed) = (round % 4 == 1, round % 5 == 2)
            let lower = round % 11 == 3 ? nil : try bound("\(ends[0])", open)
            let upper = round % 13 == 4 ? nil : try bound("\(ends[1])", closed)
            let grammar = try grammar(DecimalRanges.integers(from: lower, through: upper))
            for value in -(reach + 30)...(reach + 30) {
                let isAbove = lower == nil || value > ends[0] || (value == ends[0] && !open)
                let isBelow = upper == nil || value < ends[1] || (value == ends[1] && !closed)
                #expect(try grammar.accepts("\(value)") == (isAbove && isBelow), "\(value) in \(ends)")
            }
            #expect(try !grammar.accepts("-0") && !grammar.accepts("00") && !grammar.accepts("01"))
        }
    }

    @Test func endsBetweenWholeNumbers() throws {
        let grammar = try grammar(DecimalRanges.integers(from: bound("-2.5", false), through: bound("3.0001", true)))
        for value in -10...10 { #expect(try grammar.accepts("\(value)") == (-2...3).contains(value)) }
    }

    @Test(arguments: ["9223372036854775807", "-9223372036854775808", "12345678901234567890123456789", "1e20"])
    func largeEndsAreExact(_ text: String) throws {
        let number = try #require(DecimalNumber(text))
        let digits = String(decoding: number.whole.written.map { $0 + 48 }, as: UTF8.self)
        let sign = number.isNegative ? "-" : ""
        let upward = String(decoding: number.whole.successor.written.map { $0 + 48 }, as: UTF8.self)
        let grammar = try grammar(
            number.isNegative
                ? DecimalRanges.integers(from: bound(text, false), through: nil)
                : DecimalRanges.integers(from: nil, through: bound(text, false)))
        #expect(try grammar.accepts(sign + digits) && !grammar.accepts(sign + upward))
        #expect(try grammar.accepts("0"))
    }

    @Test func numbersWithAPointAreExact() throws {
        var random = RandomSource(seed: 6)
        func number() -> String {
            let whole = Int.random(in: -30...30, using: &random)
            let places = Int.random(in: 0..<4, using: &random)
            let fraction = (0..<places).map { _ in "\(Int.random(in: 0...9, using: &random))" }.joined()
            return (whole == 0 && Bool.random(using: &random) ? "-0" : "\(whole)") + (places == 0 ? "" : "." + fraction)
        }
        for round in 0..<150 {
            let ends = try [number(), number()].map { try #require(DecimalNumber($0)) }.sorted()
            let lower = round % 9 == 0 ? nil : DecimalBound(number: ends[0], isExclusive: round % 2 == 0)
            let upper = round % 7 == 0 ? nil : DecimalBound(number: ends[1], isExclusive: round % 3 == 0)
            let grammar = try grammar(DecimalRanges.numbers(from: lower, to: upper))
            for _ in 0..<300 {
                let text = number()
                let value = try #require(DecimalNumber(text))
                let isAbove = lower.map { $0.number < value || $0.number == value && !$0.isExclusive } ?? true
                let isBelow = upper.map { value < $0.number || $0.number == value && !$0.isExclusive } ?? true
                // Zero is written without a sign.
                let isZero = value.whole.isZero && value.fraction.isEmpty
                let isExpected = isAbove && isBelow && !(isZero && text.hasPrefix("-"))
                #expect(try grammar.accepts(text) == isExpected, "\(text) in \(ends)")
            }
        }
    }

    @Test func numbersAreReadExactly() throws {
        #expect(DecimalNumber("-0.0")?.isNegative == false && DecimalNumber("-0.50")?.fraction == [5])
        #expect(DecimalNumber("1.5e3")?.whole == Natural(1500) && DecimalNumber("15e-1") == DecimalNumber("1.50"))
        #expect(DecimalNumber("1e-41") == nil && DecimalNumber("1e41") == nil && DecimalNumber("1e400") == nil)
        #expect(DecimalNumber(String(repeating: "9", count: 41)) == nil)
        let (small, large) = (try #require(DecimalNumber("-10.25")), try #require(DecimalNumber("-9.5")))
        #expect(small < large && -large < -small)
        #expect(Natural(999).successor == Natural(1000) && Natural(1000).predecessor == Natural(999))
        #expect(Natural(0).predecessor == Natural(0) && Natural(0).successor == Natural(1))
    }
}

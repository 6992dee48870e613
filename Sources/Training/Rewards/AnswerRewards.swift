import Foundation

/// 1 if the reply's answer is the expected one, letter by letter but for white space around it and, if wanted, case.
package struct ExactAnswer: Reward {
    package var place = AnswerText.whole
    package var ignoresCase = false

    package init(place: AnswerText = .whole, ignoresCase: Bool = false) {
        (self.place, self.ignoresCase) = (place, ignoresCase)
    }

    init(_ section: RecipeSection) throws {
        place = try section.choice("place", default: place)
        ignoresCase = try section.boolean("ignoresCase", default: ignoresCase)
    }

    package func score(_ reply: Reply) -> Double {
        guard let found = place.find(in: reply.text) else { return 0 }
        let expected = String(decoding: Array(reply.question.answer.utf8)[...].trimmed, as: UTF8.self)
        // As code points: an é of two is not one of one, and no comparison depends on tables of the system.
        let isEqual =
            ignoresCase
            ? found.lowercased().utf8.elementsEqual(expected.lowercased().utf8)
            : found.utf8.elementsEqual(expected.utf8)
        return isEqual ? 1 : 0
    }
}

/// 1 if the reply's answer is the expected number, however either is written: 0.5, 1/2, \frac{1}{2}, $1,250.00.
package struct NumericAnswer: Reward {
    package var place = AnswerText.lastNumber
    /// How far off the answer may be, as a part of the expected number, or of 1 if that is smaller; 0 for not at all.
    package var tolerance = 0.0

    package init(place: AnswerText = .lastNumber, tolerance: Double = 0) {
        (self.place, self.tolerance) = (place, tolerance)
    }

    init(_ section: RecipeSection) throws {
        place = try section.choice("place", default: place)
        tolerance = try section.number("tolerance", in: 0...1, default: tolerance)
    }

    package func score(_ reply: Reply) -> Double {
        guard let found = place.find(in: reply.text).flatMap(WrittenNumber.init),
            let expected = WrittenNumber(reply.question.answer)
        else { return 0 }
        return found.isEqual(to: expected, tolerance: tolerance) ? 1 : 0
    }
}

/// A number as people and models write it: a quotient of two decimal numbers of at most 30 digits each.
struct WrittenNumber {
    private let numerator: Decimal
    private let denominator: Decimal

    /// `nil` if the text is anything else than one number.
    init?(_ text: String) {
        guard text.utf8.count <= 200 else { return nil }
        var text = text.filter { !",$ ".contains($0) && !$0.isWhitespace }
        if text.hasPrefix("\\("), text.hasSuffix("\\)") { text = String(text.dropFirst(2).dropLast(2)) }
        let isNegative = text.hasPrefix("-")
        if isNegative || text.hasPrefix("+") { text.removeFirst() }
        let parts: [Substring]
        if let match = text.wholeMatch(of: #/\\[dt]?frac\{([^{}]*)\}\{([^{}]*)\}/#) {
            parts = [match.output.1, match.output.2]
        } else {
            parts = text.split(separator: "/", omittingEmptySubsequences: false)
        }
        let numbers = parts.compactMap(WrittenNumber.decimal)
        guard numbers.count == parts.count, (1...2).contains(parts.count), let first = numbers.first else { return nil }
        let second = numbers.count == 2 ? numbers[1] : 1
        guard second != 0 else { return nil }
        (numerator, denominator) = (isNegative ? -first : first, second)
    }

    /// "12.50", ".5", "7.": digits and one point.
    private static func decimal(_ text: Substring) -> Decimal? {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        let digits = parts.joined()
        guard (1...2).contains(parts.count), (1...30).contains(digits.utf8.count), digits.utf8.allSatisfy(\.isDigit)
        else { return nil }
        let places = parts.count == 2 ? parts[1].utf8.count : 0
        return Decimal(string: digits).map { $0 / pow(Decimal(10), places) }
    }

    func isEqual(to other: WrittenNumber, tolerance: Double) -> Bool {
        if tolerance == 0 || isExactly(other) { return isExactly(other) }
        return abs(value - other.value) <= tolerance * max(abs(other.value), 1)
    }

    private func isExactly(_ other: WrittenNumber) -> Bool {
        // Products of up to 30 digits each need more than a Decimal has: then quotients of double precision decide.
        let (left, right) = (numerator * other.denominator, other.numerator * denominator)
        return left == right
    }

    private var value: Double {
        NSDecimalNumber(decimal: numerator).doubleValue / NSDecimalNumber(decimal: denominator).doubleValue
    }
}

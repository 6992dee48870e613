import Foundation

/// Says whether a reply gives the expected answer.
///
/// A number counts wherever it is the last one of the reply, however it is written: 1,250.0 is 1250. Other answers have to be
/// the reply, or its last line, but for case, spaces, and marks around them.
package struct AnswerJudge: Sendable {
    private let expected: String
    private let number: Decimal?

    package init(expecting expected: String) {
        self.expected = AnswerJudge.plain(expected)
        number = AnswerJudge.number(expected[...])
    }

    package func accepts(_ reply: String) -> Bool {
        if let number { return AnswerJudge.lastNumber(reply) == number }
        let lines = reply.split(separator: "\n").map { AnswerJudge.plain(String($0)) }.filter { !$0.isEmpty }
        return AnswerJudge.plain(reply) == expected || lines.last == expected
    }

    /// Lower case, single spaces, without the marks that answers are wrapped into.
    private static func plain(_ text: String) -> String {
        let words = text.lowercased().split(whereSeparator: \.isWhitespace).joined(separator: " ")
        return words.trimmingCharacters(in: CharacterSet(charactersIn: " .,:;!?*`'\"$()[]{}"))
    }

    /// All of `text` as a number; `nil` if it is something else.
    private static func number(_ text: Substring) -> Decimal? {
        let digits = text.filter { $0 != "," }
        guard digits.wholeMatch(of: #/\s*-?[0-9]+(\.[0-9]+)?\s*/#) != nil else { return nil }
        return Decimal(string: digits.trimmingCharacters(in: .whitespaces), locale: Locale(identifier: "en_US_POSIX"))
    }

    private static func lastNumber(_ reply: String) -> Decimal? {
        reply.matches(of: #/-?[0-9][0-9,]*(\.[0-9]+)?/#).last.flatMap { match in
            // A comma at the end belongs to the sentence.
            number(match.output.0.last == "," ? match.output.0.dropLast() : match.output.0)
        }
    }
}

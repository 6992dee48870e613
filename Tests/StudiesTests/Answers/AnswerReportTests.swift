import Evaluation
import Files
import Testing

@testable import Studies

@Suite struct AnswerReportTests {
    static func score(_ task: String, _ right: Int, of count: Int, _ change: (inout TaskReply) -> Void = { _ in })
        -> TaskScore
    {
        TaskScore(
            task,
            (0..<count).map { index in
                var reply = TaskReply(isRight: index < right)
                (reply.tokens, reply.seconds) = (11, 0.5)
                change(&reply)
                return reply
            })
    }

    @Test func repliesAreCounted() {
        let score = Self.score("sums", 3, of: 4) { reply in
            (reply.drafted, reply.accepted, reply.isWellFormed) = (10, 8, reply.isRight)
        }
        #expect(score.right == Proportion(3, of: 4) && score.wellFormed == Proportion(3, of: 4))
        #expect(score.tokens == 44 && score.seconds == 2 && score.drafted == 40 && score.accepted == 32)
    }

    /// Only what was below the limit before, and was asked before, counts in the gain.
    @Test func gainIsOfTheTasksThatHadRoom() throws {
        let scores = [Self.score("a", 9, of: 10), Self.score("b", 10, of: 10), Self.score("c", 4, of: 10)]
        let before = ["a": Proportion(5, of: 10), "b": Proportion(95, of: 100), "d": Proportion(0, of: 10)]
        let report = AnswerReport(model: "m", scores: scores, earlier: [.init(name: "once", right: before)])
        let gain = try #require(report.gain)
        #expect(gain.tasks == 1 && gain.means == [0.5, 0.9])
        #expect(abs(report.meanAccuracy - 2.3 / 3) < 1e-12 && report.right == Proportion(23, of: 30))
        #expect(AnswerReport(model: "m", scores: scores).gain == nil)
        let text = report.document.markdown
        #expect(text.contains("| a | 10 | 50.0 % (23.7–76.3) | 90.0 % (59.6–98.2) | 11.0 |"))
        #expect(text.contains("| c | 10 | – |") && text.contains("from 50.0 % to 90.0 %"))
        #expect(text.contains("20.0 tokens a second."))
    }

    @Test func severalStandBeside() throws {
        let earlier = [(3, "one"), (6, "two")].map { right, name in
            AnswerReport.Earlier(name: name, right: ["a": Proportion(right, of: 10)])
        }
        let report = AnswerReport(
            model: "m", scores: [Self.score("a", 9, of: 10), Self.score("b", 1, of: 10)], earlier: earlier)
        #expect(try #require(report.gain).means == [0.3, 0.6, 0.9])
        let text = report.document.markdown
        #expect(text.contains("| task | questions | one | two | right |"))
        #expect(text.contains("in one, the mean went from 30.0 % to 60.0 % to 90.0 %."))
    }

    @Test func guessesAreTold() {
        let score = Self.score("a", 1, of: 2) { reply in (reply.drafted, reply.accepted) = (50, 40) }
        let text = AnswerReport(model: "m", scores: [score]).document.markdown
        #expect(text.contains("Of 100 tokens guessed ahead, 80.0 % (71.1–86.7) were right."))
    }

    // MARK: Earlier reports

    @Test func earlierReportsAreRead() throws {
        let json = #"{"tasks": [{"task": "a", "right": {"successes": 1, "count": 2}, "more": 1}]}"#
        let found = try AnswerReport.proportions(in: try JSONParser.parse(Array(json.utf8), source: "j"), source: "j")
        #expect(found == ["a": Proportion(1, of: 2)])
    }

    static let wrong: [String] = [
        "{}", "[]", #"{"tasks": [1]}"#, #"{"tasks": [{"task": "a"}]}"#,
        #"{"tasks": [{"task": "a", "right": {"successes": 3, "count": 2}}]}"#,
        #"{"tasks": [{"task": "a", "right": {"successes": -1, "count": -1}}]}"#,
        #"{"tasks": [{"right": {"successes": 1, "count": 2}}]}"#,
    ]

    @Test(arguments: wrong) func otherFilesAreRefused(_ json: String) throws {
        let value = try JSONParser.parse(Array(json.utf8), source: "j")
        #expect(throws: InputError.self) { try AnswerReport.proportions(in: value, source: "j") }
    }
}

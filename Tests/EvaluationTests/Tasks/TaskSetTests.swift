import Files
import Foundation
import Generation
import Hub
import TestSupport
import Testing

@testable import Evaluation

@Suite final class TaskSetTests {
    private let folder: String

    init() throws { folder = try Fixture.temporaryFolder() }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    private func tasks(_ text: String) throws -> TaskSet {
        let path = folder + "/sums.jsonl"
        try Data(text.utf8).write(to: URL(filePath: path))
        return try TaskSet(path: path)
    }

    @Test func bothKindsOfQuestionAreRead() throws {
        let found = try tasks(
            """
            {"prompt": "1 + 1?", "answer": "2"}

            {"prompt": "Water is", "choices": ["wet", "dry"], "answer": 0, "id": "w"}
            """)
        #expect(found.name == "sums")
        #expect(
            found.items == [
                .init(prompt: "1 + 1?", expectation: .answer("2")),
                .init(prompt: "Water is", expectation: .choice(["wet", "dry"], correct: 0)),
            ])
    }

    @Test(arguments: [
        "", "\n \n", "{", "[]", #"{"prompt": "", "answer": "2"}"#, #"{"answer": "2"}"#, #"{"prompt": "p"}"#,
        #"{"prompt": "p", "answer": 2}"#, #"{"prompt": "p", "answer": ""}"#,
        #"{"prompt": "p", "choices": ["a"], "answer": 0}"#, #"{"prompt": "p", "choices": ["a", 1], "answer": 0}"#,
        #"{"prompt": "p", "choices": ["a", "b"], "answer": 2}"#,
        #"{"prompt": "p", "choices": ["a", "b"], "answer": "a"}"#,
        #"{"prompt": "p", "choices": "ab", "answer": 0}"#, #"{"prompt": "p", "choices": ["a", ""], "answer": 0}"#,
    ])
    func brokenFilesAreRefused(_ text: String) {
        #expect(throws: InputError.self) { try tasks(text) }
        #expect(throws: InputError.self) { try tasks(#"{"prompt": "p", "answer": "a"}"# + "\n" + text + "x") }
    }

    @Test func theModelThatComesAlongAnswers() async throws {
        let model = try LanguageModel(path: ShippedModel.firstLight.path())
        let run = try TaskRun(model)
        let items: [TaskSet.Item] = [
            .init(prompt: "What is 23 + 45?", expectation: .answer("68")),
            .init(prompt: "What is 23 + 45?", expectation: .answer("69")),
            .init(prompt: "12", expectation: .choice(["3", "3"], correct: 1)),
        ]
        var seen: [Int] = []
        let results = try await run.results(of: TaskSet(name: "t", items: items)) { seen.append($0) }
        #expect(results.prefix(2) == [true, false])
        #expect(seen == [1, 2, 3])
        #expect(try await run.results(of: TaskSet(name: "t", items: items)) == results)
    }

    /// More questions than are computed together: each is answered as it is alone.
    @Test func repliesAreThoseGivenAlone() async throws {
        let model = try LanguageModel(path: ShippedModel.firstLight.path())
        let items = (0..<40).map { number in
            TaskSet.Item(prompt: "What is \(7 * number) + 45?", expectation: .answer("\(7 * number + 45)"))
        }
        let run = try TaskRun(model)
        let replies = try await run.replies(to: TaskSet(name: "t", items: items))
        #expect(replies.count == items.count && replies.filter(\.isRight).count > 30)
        for (item, reply) in zip(items, replies) {
            let alone = try #require(try await run.replies(to: TaskSet(name: "t", items: [item])).first)
            #expect(alone.thought == reply.thought && alone.answer == reply.answer && alone.tokens == reply.tokens)
        }
    }

    /// What is asked last may end the work, and a question without room is refused.
    @Test func workEndsWhereItIsToldTo() async throws {
        let model = try LanguageModel(path: ShippedModel.firstLight.path())
        let item = TaskSet.Item(prompt: "What is 23 + 45?", expectation: .answer("68"))
        let tasks = TaskSet(name: "t", items: Array(repeating: item, count: 40))
        await #expect(throws: CancellationError.self) {
            try await TaskRun(model).replies(to: tasks) { done in if done == 3 { throw CancellationError() } }
        }
        let long = TaskSet.Item(prompt: String(repeating: "7 + 1 ", count: 2000), expectation: .answer("1"))
        await #expect(throws: InputError.self) {
            try await TaskRun(model).replies(to: TaskSet(name: "t", items: [item, long]))
        }
    }

    /// A reply that was cut off has no end, and one that ended has tokens and an answer.
    @Test func repliesSayHowTheyEnded() async throws {
        let model = try LanguageModel(path: ShippedModel.firstLight.path())
        let tasks = TaskSet(
            name: "t", items: [.init(prompt: "What is 23 + 45?", expectation: .answer("68"))])
        let whole = try #require(try await TaskRun(model).replies(to: tasks).first)
        #expect(whole.isRight && whole.isWellFormed && whole.tokens > 10 && whole.drafted == 0)
        let cut = try #require(try await TaskRun(model, replyLimit: 5).replies(to: tasks).first)
        #expect(!cut.isRight && !cut.isWellFormed && cut.tokens == 5)
    }

    /// A choice's likelihood is that of its tokens, one after another.
    @Test func theLikeliestChoiceIsChosen() async throws {
        let model = try LanguageModel(path: ShippedModel.firstLight.path())
        let tokenizer = try model.requiredTokenizer()
        let (prompt, choices) = ("1 + 2 =", ["3", "77", "q q", "3333"])
        let scores = try choices.map { choice in
            let start = tokenizer.addingSequenceMarks(to: tokenizer.encode(prompt))
            let ids = tokenizer.encode(" " + choice)
            let logs = try model.score(start + ids).suffix(ids.count).compactMap(\.logProbability)
            return logs.reduce(0, +) / Double(choice.count + 1)
        }
        let best = try #require(scores.indices.max { scores[$0] < scores[$1] })
        let run = try TaskRun(model)
        for correct in choices.indices {
            let item = TaskSet.Item(prompt: prompt, expectation: .choice(choices, correct: correct))
            let results = try await run.results(of: TaskSet(name: "t", items: [item]))
            #expect(results == [correct == best])
        }
    }
}

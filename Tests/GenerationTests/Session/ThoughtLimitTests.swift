import Files
import Testing
import Tokenizers

@testable import Generation

/// Thoughts that are ended for the model.
@Suite struct ThoughtLimitTests {
    private func answer(_ budget: Int?, _ constraint: Grammar? = nil) async throws -> GenerationSummary {
        let model = try TestModels.firstLight()
        let messages = [ChatMessage(role: .user, content: "What is 347 + 586?")]
        var request = try model.reply(to: messages, template: try model.requiredTemplate())
        request.sampling = .greedy
        request.thinkingBudget = budget
        request.maximumTokens = 200
        request.constraint = try constraint.map { try model.constraint($0) }
        var last: GenerationSummary?
        for try await event in Session(model).generate(request) {
            if case .finished(let summary) = event { last = summary }
        }
        return try #require(last)
    }

    @Test(arguments: [0, 1, 7]) func endsAThought(_ budget: Int) async throws {
        let free = try await answer(nil)
        let bounded = try await answer(budget)
        let tokenizer = try #require(try TestModels.firstLight().tokenizer)
        let mark = tokenizer.encode(ThinkingSplitter.closingMark, parsingSpecialTokens: true)
        #expect(!free.thinking.isEmpty && free.thinking.hasPrefix(bounded.thinking))
        let place = try #require(bounded.tokens.indices.first { bounded.tokens[$0...].starts(with: mark) })
        #expect(place <= max(budget, 1))
        #expect(bounded.thinking.utf8.count < free.thinking.utf8.count)
        #expect(!bounded.answer.isEmpty)
    }

    /// A thought within its limit is not touched.
    @Test func leavesShortThoughts() async throws {
        let (free, bounded) = (try await answer(nil), try await answer(1000))
        #expect(free.tokens == bounded.tokens)
    }

    /// What the answer must follow begins behind the mark, whoever wrote it.
    @Test func constrainsWhatFollows() async throws {
        let bounded = try await answer(3, try Grammar(regularExpression: "[0-9]{3}"))
        #expect(bounded.answer.count == 3 && bounded.answer.allSatisfy(\.isNumber))
    }
}

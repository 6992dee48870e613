import Files
import Generation
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(5))) struct SessionGoldenTests {
    @Test(arguments: TestModels.names) func continuationsEqualTheRecordedOnes(_ name: String) async throws {
        let model = try TestModels.fixture(name)
        for prompt in try RecordedPrompt.all(of: name) {
            let summary = try await Session(model).answer(.greedy(prompt.tokens, count: prompt.greedy.count))
            #expect(summary.tokens == prompt.greedy, "\(prompt.name)")
            #expect(summary.finishReason == .length && summary.promptTokens == prompt.tokens.count)
            #expect(summary.text.isEmpty && summary.answer.isEmpty && summary.thinking.isEmpty)
        }
    }

    @Test func firstLightContinuesRecordedPrompts() async throws {
        let model = try TestModels.firstLight()
        for example in try RecordedAnswer.all() {
            let request = GenerationRequest(prompt: example.prompt, sampling: .greedy)
            let summary = try await Session(model).answer(request)
            #expect(summary.tokens == example.tokens, "\(example.question)")
            #expect(summary.finishReason == .stop)
        }
    }

    /// Through the chat template, with the settings that the checkpoint itself recommends.
    @Test func firstLightAnswersQuestions() async throws {
        let model = try TestModels.firstLight()
        #expect(model.recommendedSampling.isGreedy)
        for example in try RecordedAnswer.all() {
            let messages = Conversation().messages(asking: example.question)
            let request = try model.reply(to: messages, template: try model.requiredTemplate())
            #expect(request.prompt == example.prompt)
            let summary = try await Session(model).answer(request)
            #expect(summary.tokens == example.tokens, "\(example.question)")
            #expect(summary.text + "<｜end▁of▁sentence｜>" == example.text)
            #expect(summary.thinking + "</think>\n\n" + summary.answer == summary.text)
            #expect(summary.answer == example.expected)
        }
    }

    @Test func streamedTextIsTheSummarysText() async throws {
        let model = try TestModels.firstLight()
        let example = try #require(try RecordedAnswer.all().first)
        let messages = Conversation().messages(asking: example.question)
        let request = try model.reply(to: messages, template: try model.requiredTemplate())
        var (thinking, answer, tokens) = ("", "", [Int32]())
        var summary = GenerationSummary()
        for try await event in Session(model).generate(request) {
            switch event {
            case .text(.thinking(let text)): thinking += text
            case .text(.answer(let text)): answer += text
            case .token(let token): tokens.append(token)
            case .finished(let last): summary = last
            case .prompt(let done, let total): #expect(done == total && total == example.prompt.count)
            case .score, .promptScores: Issue.record("nobody asked for scores")
            }
        }
        #expect(thinking == summary.thinking && answer == summary.answer && tokens == summary.tokens)
        #expect(!thinking.isEmpty && !answer.isEmpty)
    }
}

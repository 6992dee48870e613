import Files
import Generation
import Tokenizers

/// A chat model against recorded greedy answers: `golden.json` has `examples`, each with a question, the prompt's token
/// ids, the answer's token ids and its text.
struct AnswersCheck: VerificationCheck {
    let area = VerificationArea.answers
    let name: String
    let folder: String

    func compare(engines: [EngineSettings.Engine]) async throws -> Tally {
        let examples = try RecordedFields(path: folder + "/golden.json").member("examples").elements()
        var tally = Tally()
        for engine in engines {
            var settings = EngineSettings()
            settings.engine = engine
            let model = try LanguageModel(path: folder, settings: settings)
            for (index, fields) in examples.enumerated() {
                let example = try Example(fields, "example \(index + 1) (\(model.operations.name))")
                try compareText(example, model, &tally)
                try await compareAnswer(example, model, &tally)
            }
        }
        return tally
    }

    private struct Example {
        let place: String
        let question: String
        let prompt: [Int32]
        let answer: [Int32]
        let text: String

        init(_ fields: RecordedFields, _ place: String) throws {
            self.place = place
            question = try fields.member("question").string()
            prompt = try fields.member("prompt_ids").someTokens()
            answer = try fields.member("greedy_ids").someTokens()
            text = try fields.member("text").string()
        }
    }

    /// Chat template and tokenizer, to and fro.
    private func compareText(_ example: Example, _ model: LanguageModel, _ tally: inout Tally) throws {
        let message = ChatMessage(role: .user, content: example.question)
        let request = try model.reply(to: [message], template: try model.requiredTemplate())
        tally.count("questions")
        tally.expect(
            request.prompt == example.prompt,
            "\(example.place): the rendered question is \(request.prompt), where \(example.prompt) was recorded.")
        let text = try model.requiredTokenizer().decode(example.answer)
        tally.expect(
            Array(text.utf8) == Array(example.text.utf8),
            "\(example.place): the recorded answer reads \(text.debugDescription), where "
                + "\(example.text.debugDescription) was recorded.")
    }

    private func compareAnswer(_ example: Example, _ model: LanguageModel, _ tally: inout Tally) async throws {
        var sampling = SamplingSettings()
        sampling.temperature = 0
        var request = GenerationRequest(prompt: example.prompt, sampling: sampling)
        request.maximumTokens = example.answer.count
        var found: [Int32] = []
        for try await event in Session(model).generate(request) {
            if case .finished(let summary) = event { found = summary.tokens }
        }
        tally.count("answers")
        tally.compare(greedy: found, example.answer, sure: example.answer.count, example.place)
    }
}

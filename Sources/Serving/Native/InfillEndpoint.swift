import Files
import Generation

extension Endpoint {
    /// `/infill`, as llama.cpp's server has it.
    static let infill = Endpoint.post(
        "/infill", .native, "Fill the gap between two texts",
        .named(
            "InfillRequest",
            .object(
                [
                    .optional("model", .model),
                    .required("input_prefix", .text, "What stands before the gap."),
                    .required("input_suffix", .text, "What stands behind it."),
                    .optional("prompt", .text, "The beginning of what is to fill it."),
                    .optional("n_predict", .integer(-2...Int(Int32.max)), "The most tokens."),
                    .optional("stop", ChatShapes.stop), .optional("stream", .boolean),
                ] + SamplingChanges.fields)),
        .jsonOrStream(
            .named(
                "InfillAnswer",
                .object([
                    .required("content", .text), .required("stop", .boolean), .optional("tokens_predicted", .count),
                    .optional("tokens_evaluated", .count), .optional("stop_type", .text),
                ])), .serverSentEvents)
    ) { call in
        var options = try AnswerOptions(openAI: call.body)
        options.samples = 1
        options.maximumTokens = call.body.given("n_predict")?.integer.flatMap { $0 < 0 ? nil : $0 }
        let prefix = (call.body["input_prefix"]?.string ?? "") + (call.body.given("prompt")?.string ?? "")
        let question = CompletionQuestion(text: prefix, suffix: call.body["input_suffix"]?.string ?? "", options)
        let model = try call.service.model(named: options.model)
        let answers = try call.continuations(of: try model.prompts(of: question), question, model)
        guard call.body.given("stream")?.boolean == true else {
            return .json(infilled(try await answers.whole().first ?? WholeAnswer()))
        }
        return .stream(.serverSentEvents) { sink in
            for try await (_, event) in answers.events {
                if case .text(let piece) = event { try await sink.send(["content": .string(piece), "stop": false]) }
                if case .finished(let end) = event { try await sink.send(infilled(WholeAnswer(end: end))) }
            }
        }
    }

    private static func infilled(_ answer: WholeAnswer) -> JSONValue {
        let kind = answer.end.reason == .length ? "limit" : answer.end.stop == nil ? "eos" : "word"
        return [
            "content": .string(answer.text), "stop": true, "stop_type": .string(kind),
            "stopping_word": .string(answer.end.stop ?? ""), "tokens_predicted": .integer(answer.end.answerTokens),
            "tokens_evaluated": .integer(answer.end.promptTokens),
        ]
    }
}

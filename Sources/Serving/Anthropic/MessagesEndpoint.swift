import Files
import Generation

extension Endpoint {
    /// `/v1/messages`.
    static let messages = Endpoint.post(
        "/v1/messages", .anthropic, "Answer a conversation", MessageShapes.request,
        .jsonOrStream(MessageShapes.answer, .serverSentEvents)
    ) { call in
        let answers = try call.answers(to: try ChatQuestion(messages: call.body))
        let encoding = MessageEncoding(
            head: AnswerHead("msg_", model: answers.model.id), promptTokens: answers.promptTokens)
        guard call.body.given("stream")?.boolean == true else {
            return .json(encoding.whole(try await answers.whole().first ?? WholeAnswer()))
        }
        return .stream(.serverSentEvents) { sink in
            var stream = MessageStream(encoding)
            try await sink.send(stream.beginning.value, event: stream.beginning.name)
            for try await (_, event) in answers.events {
                for (name, value) in stream.events(event) { try await sink.send(value, event: name) }
            }
        }
    }

    /// `/v1/messages/count_tokens`.
    static let messageCount = Endpoint.post(
        "/v1/messages/count_tokens", .anthropic, "Count the tokens of a conversation", MessageShapes.count,
        .json(MessageShapes.counted)
    ) { call in
        let question = try ChatQuestion(messages: call.body)
        let model = try call.service.model(named: question.options.model)
        return .json(["input_tokens": .integer(try model.prepare(question).prompt.count)])
    }
}

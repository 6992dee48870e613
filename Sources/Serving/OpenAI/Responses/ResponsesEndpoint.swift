import Files
import Generation

extension Endpoint {
    /// `/v1/responses`.
    static let responses = Endpoint.post(
        "/v1/responses", .openAI, "Answer a conversation, as a list of items", ResponseShapes.request,
        .jsonOrStream(ResponseShapes.answer, .serverSentEvents)
    ) { call in
        let answers = try call.answers(to: try ChatQuestion(response: call.body))
        let encoding = ResponseEncoding(head: AnswerHead("resp_", model: answers.model.id))
        guard call.body.given("stream")?.boolean == true else {
            let answer = try await answers.whole().first ?? WholeAnswer()
            return .json(encoding.response(encoding.items(answer), answer.end))
        }
        return .stream(.serverSentEvents) { sink in
            var stream = ResponseStream(encoding)
            for value in stream.beginning() { try await sink.send(event: value) }
            for try await (_, event) in answers.events {
                for value in stream.events(event) { try await sink.send(event: value) }
            }
        }
    }
}

extension EventSink {
    /// Sends an event under the name that its `type` gives.
    fileprivate mutating func send(event value: JSONValue) async throws {
        try await send(value, event: value["type"]?.string)
    }
}

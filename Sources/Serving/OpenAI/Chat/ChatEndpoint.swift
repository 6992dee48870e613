import Files
import Generation

extension Endpoint {
    /// `/v1/chat/completions`.
    static let chat = Endpoint.post(
        "/v1/chat/completions", .openAI, "Answer a conversation", ChatShapes.request,
        .jsonOrStream(ChatShapes.answer, .serverSentEvents)
    ) { call in
        let question = try ChatQuestion(chat: call.body)
        let answers = try call.answers(to: question)
        let encoding = ChatEncoding(
            AnswerHead("chatcmpl-", model: answers.model.id), answers.model.model.tokenizer,
            reportsTokens: question.options.alternatives != nil)
        guard call.body.given("stream")?.boolean == true else {
            return .json(encoding.whole(try await answers.whole()))
        }
        let tellsUsage = call.body.given("stream_options")?["include_usage"]?.boolean == true
        return .stream(.serverSentEvents) { sink in
            try await encoding.send(answers, to: &sink, tellsUsage: tellsUsage)
        }
    }
}

extension ChatEncoding {
    /// Sends the answers as they are made.
    fileprivate func send(_ answers: Answers, to sink: inout EventSink, tellsUsage: Bool) async throws {
        for sample in 0..<answers.count {
            try await sink.send(part(sample, ["role": "assistant", "content": ""]))
        }
        var waiting = [[TokenReport]](repeating: [], count: answers.count)
        var ends: [AnswerEnd] = []
        for try await (sample, event) in answers.events {
            switch event {
            case .token(let report): waiting[sample].append(report)
            case .finished(let end):
                ends.append(end)
                try await sink.send(part(sample, [:], waiting[sample], reason: end.reason.openAIName))
            default:
                guard let delta = delta(event, sample: sample) else { continue }
                try await sink.send(part(sample, delta, waiting[sample]))
                waiting[sample] = []
            }
        }
        if tellsUsage { try await sink.send(usage(ends)) }
        try await sink.sendDone()
    }
}

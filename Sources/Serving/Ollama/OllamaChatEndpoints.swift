import Files
import Generation

extension Endpoint {
    /// `/api/chat`.
    static let ollamaChat = Endpoint.post(
        "/api/chat", .ollama, "Answer a conversation", OllamaShapes.chat,
        .jsonOrStream(OllamaShapes.chatAnswer, .lines)
    ) { call in
        let question = try ChatQuestion(ollamaChat: call.body)
        let model = try call.service.model(named: question.options.model)
        let encoding = OllamaEncoding(form: .chat, model: model.id)
        if question.messages.isEmpty { return .json(encoding.loaded) }
        return try await call.reply(try call.answers(to: question), encoding)
    }

    /// `/api/generate`.
    static let ollamaGenerate = Endpoint.post(
        "/api/generate", .ollama, "Answer a prompt, continue a text, or fill a gap in one", OllamaShapes.generate,
        .jsonOrStream(OllamaShapes.generateAnswer, .lines)
    ) { call in
        let options = try AnswerOptions(ollama: call.body)
        let model = try call.service.model(named: options.model)
        let encoding = OllamaEncoding(form: .generate, model: model.id)
        let prompt = call.body.given("prompt")?.string ?? ""
        let suffix = call.body.given("suffix")?.string ?? ""
        if prompt.isEmpty, suffix.isEmpty { return .json(encoding.loaded) }
        guard call.body.given("raw")?.boolean == true || !suffix.isEmpty else {
            return try await call.reply(
                try call.answers(to: try ChatQuestion(ollamaGenerate: call.body)), encoding)
        }
        var question = CompletionQuestion(text: prompt, suffix: suffix.isEmpty ? nil : suffix, options)
        question.format = OutputFormat(ollama: call.body.given("format"))
        let prompts = try model.prompts(of: question)
        return try await call.reply(try call.continuations(of: prompts, question, model), encoding)
    }
}

extension Call {
    /// The answer, whole or as lines.
    fileprivate func reply(_ answers: Answers, _ encoding: OllamaEncoding) async throws -> Reply {
        guard body.given("stream")?.boolean ?? true else {
            return .json(encoding.whole(try await answers.whole().first ?? WholeAnswer()))
        }
        return .stream(.lines) { sink in
            var whole = WholeAnswer()
            for try await (_, event) in answers.events {
                whole.add(event)
                if let part = encoding.part(event) { try await sink.send(part) }
            }
            for line in encoding.last(whole) { try await sink.send(line) }
        }
    }
}

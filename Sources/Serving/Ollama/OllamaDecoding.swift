import Files
import Generation
import Tokenizers

extension ChatQuestion {
    /// The question in a body of `OllamaShapes.chat`.
    init(ollamaChat body: JSONObject) throws {
        messages = (body.given("messages")?.array ?? []).map { ChatMessage(ollama: $0) }
        tools = (body.given("tools")?.array ?? []).map { ChatTool(function: $0["function"] ?? .null) }
        try setShared(body)
    }

    /// The question in a body of `OllamaShapes.generate` that is not raw.
    init(ollamaGenerate body: JSONObject) throws {
        messages = Conversation(system: body.given("system")?.string)
            .messages(asking: body.given("prompt")?.string ?? "")
        try setShared(body)
    }

    private mutating func setShared(_ body: JSONObject) throws {
        format = OutputFormat(ollama: body.given("format"))
        let think = body.given("think")
        thinking.isOn = think?.boolean ?? think?.string.map { _ in true }
        options = try AnswerOptions(ollama: body)
    }
}

extension OutputFormat {
    init(ollama value: JSONValue?) {
        switch value {
        case .string(let text): self = text.isEmpty ? .free : .jsonObject
        case .some(let schema) where schema.object != nil: self = .schema(schema)
        default: self = .free
        }
    }
}

extension AnswerOptions {
    init(ollama body: JSONObject) throws {
        let options = body.given("options")?.object ?? JSONObject()
        model = body.given("model")?.string
        sampling.temperature = options.given("temperature")?.double
        sampling.topK = options.given("top_k")?.integer
        sampling.topP = options.given("top_p")?.double.map { max($0, 0.000_001) }
        sampling.minP = options.given("min_p")?.double
        sampling.repetitionPenalty = options.given("repeat_penalty")?.double.flatMap { $0 > 0 ? $0 : nil }
        sampling.presencePenalty = options.given("presence_penalty")?.double
        sampling.frequencyPenalty = options.given("frequency_penalty")?.double
        sampling.seed = options.given("seed")?.integer.map { UInt64(bitPattern: Int64($0)) }
        // Ollama writes -1 and -2 for no limit of its own.
        maximumTokens = options.given("num_predict")?.integer.flatMap { $0 < 1 ? nil : $0 }
        stops = AnswerOptions.stops(options.given("stop"))
    }
}

extension ChatMessage {
    fileprivate init(ollama value: JSONValue) {
        let calls = value["tool_calls"]?.array?.map { call in
            ToolCall(
                name: call["function"]?["name"]?.string ?? "",
                arguments: call["function"]?["arguments"]?.line ?? "{}")
        }
        let content = value["content"]?.string
        self.init(
            role: Role(rawValue: value["role"]?.string ?? "") ?? .user,
            content: content ?? (calls?.isEmpty == false ? nil : ""),
            toolCalls: calls?.isEmpty == true ? nil : calls)
    }
}

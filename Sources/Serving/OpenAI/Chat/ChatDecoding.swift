import Files
import Generation
import Tokenizers

extension ChatQuestion {
    /// The question in a body of `ChatShapes.request`.
    init(chat body: JSONObject) throws {
        messages = try (body["messages"]?.array ?? []).map { try ChatMessage(chat: $0) }
        tools = (body.given("tools")?.array ?? []).map { ChatTool(function: $0["function"] ?? .null) }
        toolChoice = ToolChoice(openAI: body.given("tool_choice"))
        thinking = ThinkingChoice(chat: body)
        format = try OutputFormat(openAI: body.given("response_format")?.object, schema: "json_schema")
        options = try AnswerOptions(openAI: body)
        options.maximumTokens =
            body.given("max_completion_tokens")?.integer ?? body.given("max_tokens")?.integer
        if body.given("logprobs")?.boolean == true { options.alternatives = body.given("top_logprobs")?.integer ?? 0 }
    }
}

extension AnswerOptions {
    /// What OpenAI's interfaces share; how many tokens and whether probabilities are reported, each says in its own way.
    init(openAI body: JSONObject) throws {
        model = body.given("model")?.string
        sampling = try SamplingChanges(body)
        stops = AnswerOptions.stops(body.given("stop"))
        samples = body.given("n")?.integer ?? 1
    }

    /// One text, or a list of them.
    static func stops(_ value: JSONValue?) -> [String] {
        value?.string.map { [$0] } ?? value?.array?.compactMap(\.string) ?? []
    }
}

extension ChatMessage {
    init(chat value: JSONValue) throws {
        let calls = value["tool_calls"]?.array?.map { call in
            ToolCall(
                name: call["function"]?["name"]?.string ?? "", arguments: call["function"]?["arguments"]?.string ?? "")
        }
        let role = value["role"]?.string ?? ""
        self.init(
            role: role == "developer" ? .system : Role(rawValue: role) ?? .user,
            content: value["content"].flatMap(ChatMessage.text), reasoningContent: value["reasoning_content"]?.string,
            toolCalls: calls?.isEmpty == true ? nil : calls, isPrefix: value["prefix"]?.boolean ?? false)
        if content == nil, toolCalls == nil { content = "" }
    }

    /// The text of a content: itself, or its parts of text one after another.
    static func text(_ content: JSONValue) -> String? {
        if let text = content.string { return text }
        return content.array.map { $0.compactMap { $0["text"]?.string }.joined() }
    }
}

extension ChatTool {
    /// - Parameter value: name, description, and the schema of the arguments.
    init(function value: JSONValue, schema: String = "parameters") {
        let parameters = value[schema].flatMap { $0.isNull ? nil : $0 } ?? .anyParameters
        self.init(
            name: value["name"]?.string ?? "", description: value["description"]?.string ?? "",
            parameters: parameters.line)
    }
}

extension ToolChoice {
    init(openAI value: JSONValue?) {
        switch value?.string {
        case "none": self = .none
        case "required": self = .required
        case nil:
            let name = value?["function"]?["name"]?.string ?? value?["name"]?.string
            self = name.map { .named($0) } ?? .automatic
        default: self = .automatic
        }
    }
}

extension ThinkingChoice {
    init(chat body: JSONObject) {
        let options = body.given("chat_template_kwargs")
        isOn = options?["thinking"]?.boolean ?? options?["enable_thinking"]?.boolean
        if let effort = body.given("reasoning_effort")?.string { isOn = isOn ?? (effort != "none") }
        budget = body.given("thinking_budget")?.integer
        if budget == 0 { isOn = isOn ?? false }
    }
}

extension OutputFormat {
    /// - Parameter schema: the member that holds the schema's description.
    init(openAI format: JSONObject?, schema member: String?) throws {
        switch format?["type"]?.string {
        case "json_object": self = .jsonObject
        case "json_schema":
            let holder = member.map { format?.given($0) } ?? format.map { .object($0) }
            guard let schema = holder?["schema"], !schema.isNull else {
                throw InputError.request(
                    "response_format.json_schema.schema", .missing, found: "found nothing", expected: "a JSON Schema")
            }
            self = .schema(schema)
        default: self = .free
        }
    }
}

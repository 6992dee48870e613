import Files
import Generation
import Tokenizers

extension ChatQuestion {
    /// The question in a body of `MessageShapes.request` or `.count`.
    init(messages body: JSONObject) throws {
        let system = body.given("system").flatMap(ChatMessage.text)
        messages = system.map { [ChatMessage(role: .system, content: $0)] } ?? []
        messages += (body["messages"]?.array ?? []).flatMap(ChatMessage.messages)
        // An answer that was begun is gone on with.
        if let last = messages.indices.last, messages[last].role == .assistant, messages[last].toolCalls == nil {
            messages[last].isPrefix = true
        }
        tools = (body.given("tools")?.array ?? []).map { ChatTool(function: $0, schema: "input_schema") }
        toolChoice = ToolChoice(anthropic: body.given("tool_choice"))
        thinking = ThinkingChoice(anthropic: body.given("thinking"))
        options.model = body.given("model")?.string
        options.maximumTokens = body.given("max_tokens")?.integer
        options.stops = AnswerOptions.stops(body.given("stop_sequences"))
        options.sampling = try SamplingChanges(body)
    }
}

extension ChatMessage {
    /// The messages that one of Anthropic's is: results of tools are messages of their own here.
    fileprivate static func messages(_ value: JSONValue) -> [ChatMessage] {
        let role = Role(rawValue: value["role"]?.string ?? "") ?? .user
        guard let blocks = value["content"]?.array else {
            return [ChatMessage(role: role, content: value["content"]?.string ?? "")]
        }
        let text = blocks.filter { $0["type"]?.string == "text" }.compactMap { $0["text"]?.string }.joined()
        let results = blocks.filter { $0["type"]?.string == "tool_result" }.map { block in
            ChatMessage(role: .tool, content: block["content"].flatMap(ChatMessage.text) ?? "")
        }
        let calls = blocks.filter { $0["type"]?.string == "tool_use" }.map { block in
            ToolCall(name: block["name"]?.string ?? "", arguments: block["input"]?.line ?? "{}")
        }
        if !calls.isEmpty, role == .assistant {
            return [ChatMessage(role: role, content: text.isEmpty ? nil : text, toolCalls: calls)]
        }
        return results + (text.isEmpty && !results.isEmpty ? [] : [ChatMessage(role: role, content: text)])
    }
}

extension ToolChoice {
    fileprivate init(anthropic value: JSONValue?) {
        switch value?["type"]?.string {
        case "any": self = .required
        case "none": self = .none
        case "tool": self = value?["name"]?.string.map { .named($0) } ?? .required
        default: self = .automatic
        }
    }
}

extension ThinkingChoice {
    fileprivate init(anthropic value: JSONValue?) {
        isOn = value?["type"]?.string.map { $0 != "disabled" }
        budget = value?["budget_tokens"]?.integer
    }
}

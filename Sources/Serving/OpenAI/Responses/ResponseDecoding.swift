import Files
import Generation
import Tokenizers

extension ChatQuestion {
    /// The question in a body of `ResponseShapes.request`.
    init(response body: JSONObject) throws {
        let told = body.given("instructions")?.string
        messages = told.map { [ChatMessage(role: .system, content: $0)] } ?? []
        if let text = body["input"]?.string {
            messages.append(ChatMessage(role: .user, content: text))
        } else {
            for item in body["input"]?.array ?? [] { messages.append(item: item) }
        }
        guard messages.contains(where: { $0.role != .system }) else {
            throw InputError.request("input", found: "found no message in it", expected: "at least one message")
        }
        tools = (body.given("tools")?.array ?? []).map { ChatTool(function: $0) }
        toolChoice = ToolChoice(openAI: body.given("tool_choice"))
        thinking.isOn = body.given("reasoning")?["effort"]?.string.map { $0 != "none" }
        format = try OutputFormat(openAI: body.given("text")?["format"]?.object, schema: nil)
        options = try AnswerOptions(openAI: body)
        options.samples = 1
        options.stops = []
        options.maximumTokens = body.given("max_output_tokens")?.integer
    }
}

extension [ChatMessage] {
    /// Appends what one item of a conversation is; thoughts are not given back to the model.
    fileprivate mutating func append(item: JSONValue) {
        switch item["type"]?.string {
        case "reasoning": break
        case "function_call":
            let call = ChatMessage.ToolCall(
                name: item["name"]?.string ?? "", arguments: item["arguments"]?.string ?? "{}")
            if let last = indices.last, self[last].role == .assistant, self[last].toolCalls != nil {
                self[last].toolCalls?.append(call)
            } else {
                append(ChatMessage(role: .assistant, content: nil, toolCalls: [call]))
            }
        case "function_call_output":
            append(ChatMessage(role: .tool, content: item["output"].flatMap(ChatMessage.text) ?? ""))
        default:
            let role = item["role"]?.string ?? "user"
            append(
                ChatMessage(
                    role: role == "developer" ? .system : .init(rawValue: role) ?? .user,
                    content: item["content"].flatMap(ChatMessage.text) ?? ""))
        }
    }
}

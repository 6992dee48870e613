import Files
import Tokenizers

/// Reads conversations in the form of OpenAI's interface: messages with `role` and `content`, an assistant's `tool_calls`, and `tools`.
struct ChatReading {
    /// Where the record stands, for errors.
    let origin: String

    /// - Throws: `InputError` naming the message that is none.
    func messages(_ values: [JSONValue]) throws -> [ChatMessage] {
        try values.enumerated().map { index, value in try message(value, "messages[\(index)]") }
    }

    private func message(_ value: JSONValue, _ field: String) throws -> ChatMessage {
        let calls = try toolCalls(value["tool_calls"], "\(field).tool_calls")
        let isAbsent = value["content"]?.isNull ?? true
        var content = value["content"]?.string
        guard let name = value["role"]?.string, let role = ChatMessage.Role(rawValue: name),
            content != nil || isAbsent && !calls.isEmpty
        else {
            throw defect(
                field, "found no role or no content",
                "a role of \(ChatMessage.Role.allCases.map(\.rawValue).joined(separator: ", ")), and a text")
        }
        guard calls.isEmpty || role == .assistant else {
            throw defect("\(field).tool_calls", "found calls of \(name)", "calls of the assistant")
        }
        // Beside calls, no text and an empty one are the same.
        if !calls.isEmpty, content?.isEmpty == true { content = nil }
        return ChatMessage(
            role: role, content: content, reasoningContent: try thought(value["reasoning_content"], role, field),
            toolCalls: calls.isEmpty ? nil : calls)
    }

    private func thought(_ value: JSONValue?, _ role: ChatMessage.Role, _ field: String) throws -> String? {
        guard let value, !value.isNull else { return nil }
        guard role == .assistant, let text = value.string else {
            throw defect(
                "\(field).reasoning_content", "found \(value.kindName) in a message of the \(role.rawValue)",
                "a text in a message of the assistant")
        }
        return text
    }

    private func toolCalls(_ value: JSONValue?, _ field: String) throws -> [ChatMessage.ToolCall] {
        try list(value, field).enumerated().map { index, call in
            let (function, field) = (call["function"], "\(field)[\(index)]")
            guard let name = function?["name"]?.string, let arguments = function?["arguments"].flatMap(json) else {
                throw defect(
                    field, "found no name or no arguments", "a function with a name, and arguments as an object")
            }
            return ChatMessage.ToolCall(type: call["type"]?.string ?? "function", name: name, arguments: arguments)
        }
    }

    /// - Throws: `InputError` naming the tool that is none.
    func tools(_ value: JSONValue?) throws -> [ChatTool] {
        try list(value, "tools").enumerated().map { index, tool in
            guard let function = tool["function"], let name = function["name"]?.string else {
                throw defect("tools[\(index)]", "found no function with a name", "a tool of the type function")
            }
            return ChatTool(
                name: name, description: function["description"]?.string ?? "",
                parameters: function["parameters"].flatMap(json) ?? "{}")
        }
    }

    /// The elements; none for a value that is missing or null.
    private func list(_ value: JSONValue?, _ field: String) throws -> [JSONValue] {
        guard let value, !value.isNull else { return [] }
        guard let elements = value.array else { throw defect(field, "found \(value.kindName)", "an array") }
        return elements
    }

    /// JSON text as it is, an object as text on one line; `nil` for others.
    private func json(_ value: JSONValue) -> String? { value.string ?? (value.object == nil ? nil : value.line) }

    private func defect(_ field: String, _ found: String, _ expected: String) -> InputError {
        InputError(
            .invalidValue, source: origin, field: field, found: found, expected: expected, advice: "correct the record")
    }
}

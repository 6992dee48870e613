import Files
import Generation
import Tokenizers

extension ChatTemplate {
    /// `messages`, told of `tools` where the template has no form for a list of them.
    ///
    /// V3 and R1 were trained on calls, but their released templates list no tools; other servers describe them in the system
    /// message with these words (vLLM, `tool_chat_template_deepseekv3.jinja`).
    /// - Throws: `InputError` for a template that knows no calls.
    func telling(_ messages: [ChatMessage], of tools: [ChatTool]) throws -> [ChatMessage] {
        guard !tools.isEmpty, !listsTools else { return messages }
        guard takesTools else {
            throw InputError.request(
                "tools", .unsupported, found: "found tools for a model whose template “\(name)” has no form for calls",
                expected: "none", advice: "leave them out, or describe them in the system message")
        }
        return messages.adding(system: ChatTemplate.instructions(tools))
    }

    private static func instructions(_ tools: [ChatTool]) -> String {
        var text = """
            You are a helpful assistant with tool calling capabilities. When a tool call is needed, you MUST use the \
            following format to issue the call:
            <｜tool▁calls▁begin｜><｜tool▁call▁begin｜>function<｜tool▁sep｜>FUNCTION_NAME
            ```json
            {"param1": "value1", "param2": "value2"}
            ```<｜tool▁call▁end｜><｜tool▁calls▁end｜>

            Make sure the JSON is valid.

            ## Tools

            ### Function

            You have the following functions available:


            """
        for tool in tools {
            let description: JSONValue = [
                "type": "function",
                "function": [
                    "name": .string(tool.name), "description": .string(tool.description),
                    "parameters": (try? JSONParser.parse(tool.parameters, source: "tools")) ?? .anyParameters,
                ],
            ]
            text += "- `\(tool.name)`:\n```json\n\(description.line)\n```\n"
        }
        return text
    }
}

extension [ChatMessage] {
    /// These messages, with `text` at the end of what the system says. V3's template heeds only the last of its messages, so that the
    /// text goes into that one.
    func adding(system text: String) -> [ChatMessage] {
        guard let place = lastIndex(where: { $0.role == .system }) else {
            return [ChatMessage(role: .system, content: text)] + self
        }
        var messages = self
        messages[place].content = (messages[place].content ?? "") + "\n\n" + text
        return messages
    }
}

extension JSONValue {
    /// The schema of a tool that takes nothing in particular.
    static let anyParameters: JSONValue = ["type": "object", "properties": [:]]
}

extension ChatQuestion {
    /// The tools that the model is told of.
    var offeredTools: [ChatTool] {
        switch toolChoice {
        case .none: []
        case .automatic, .required: tools
        case .named(let name): tools.filter { $0.name == name }
        }
    }

    /// What a call that must come looks like: the arguments of the one tool, or a name with its arguments.
    func demandedCall() throws -> DemandedCall? {
        switch toolChoice {
        case .automatic, .none: return nil
        case .named(let name):
            guard let tool = tools.first(where: { $0.name == name }) else {
                throw InputError.request(
                    "tool_choice", found: "found “\(printable(name, limit: 60))”",
                    expected: "the name of one of the tools")
            }
            return try DemandedCall(tool)
        case .required:
            guard let first = tools.first else {
                throw InputError.request("tool_choice", found: "found “required” without tools", expected: "tools")
            }
            return try tools.count == 1 ? DemandedCall(first) : DemandedCall(anyOf: tools)
        }
    }
}

/// A call that the answer has to be: it is held to a schema, so that it is valid whatever the model would have liked to say.
struct DemandedCall: Sendable {
    /// The tool; `nil` where the answer names it.
    let name: String?
    /// What the answer is valid under.
    let schema: JSONValue
    /// What the model is told. Not of its marks for calls: they would only get into the way of the schema.
    let instructions: String

    /// A call of this tool.
    init(_ tool: ChatTool) throws {
        name = tool.name
        schema = try JSONParser.parse(tool.parameters, source: "tools")
        instructions =
            "Call the function \(tool.name). \(tool.description)\nAnswer with its arguments alone, as JSON: \(tool.parameters)"
    }

    /// A call of one of these tools.
    init(anyOf tools: [ChatTool]) throws {
        name = nil
        schema = ["anyOf": .array(try tools.map(DemandedCall.schema))]
        let list = tools.map { "- \($0.name): \($0.description) Arguments: \($0.parameters)" }
        instructions =
            "Call one of these functions:\n" + list.joined(separator: "\n")
            + "\nAnswer with its name and arguments alone, as JSON: {\"name\": …, \"arguments\": {…}}"
    }

    private static func schema(_ tool: ChatTool) throws -> JSONValue {
        [
            "type": "object",
            "properties": [
                "name": ["const": .string(tool.name)],
                "arguments": try JSONParser.parse(tool.parameters, source: "tools"),
            ],
            "required": ["name", "arguments"], "additionalProperties": false,
        ]
    }

    /// The call that `answer` is.
    func call(_ answer: String) -> ChatMessage.ToolCall? {
        if let name { return ChatMessage.ToolCall(name: name, arguments: answer) }
        guard let value = try? JSONParser.parse(answer, source: "answer"), let chosen = value["name"]?.string else {
            return nil
        }
        return ChatMessage.ToolCall(name: chosen, arguments: value["arguments"]?.line ?? "{}")
    }
}

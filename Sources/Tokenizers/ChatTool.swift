/// A tool that a model is told of.
public struct ChatTool: Sendable, Equatable {
    /// The name that calls have.
    public var name: String
    /// What it is for.
    public var description: String
    /// The JSON schema of its arguments, as JSON text.
    public var parameters: String

    /// A tool of this name.
    public init(name: String, description: String, parameters: String) {
        (self.name, self.description, self.parameters) = (name, description, parameters)
    }
}

extension PromptBuilder {
    /// The list that follows the system message, as DeepSeek-V3.1's model card has it.
    mutating func list(_ tools: [ChatTool]) {
        guard !tools.isEmpty else { return }
        template("\n\n## Tools\nYou have access to the following tools:\n")
        for tool in tools {
            template("\n### ")
            content(tool.name)
            template("\nDescription: ")
            content(tool.description)
            template("\n\nParameters: ")
            content(tool.parameters)
            template("\n")
        }
        template(
            """

            IMPORTANT: ALWAYS adhere to this exact format for tool use:
            <｜tool▁calls▁begin｜><｜tool▁call▁begin｜>tool_call_name<｜tool▁sep｜>tool_call_arguments<｜tool▁call▁end｜>\
            {additional_tool_calls}<｜tool▁calls▁end｜>

            Where:
            - `tool_call_name` must be an exact match to one of the available tools
            - `tool_call_arguments` must be valid JSON that strictly follows the tool's Parameters Schema
            - For multiple tool calls, chain them directly without separators or spaces
            """)
    }
}

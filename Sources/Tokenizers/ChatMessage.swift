/// One message of a conversation.
public struct ChatMessage: Sendable, Equatable {
    /// Who speaks.
    public enum Role: String, Sendable, CaseIterable {
        case system
        case user
        case assistant
        /// What a tool gave back.
        case tool
    }

    /// A model's call of a tool.
    public struct ToolCall: Sendable, Equatable {
        /// "function".
        public var type: String
        /// The tool's name.
        public var name: String
        /// The arguments as JSON text, as the model wrote it.
        public var arguments: String

        /// A call of the tool `name`.
        public init(type: String = "function", name: String, arguments: String) {
            self.type = type
            self.name = name
            self.arguments = arguments
        }
    }

    /// Who speaks.
    public var role: Role
    /// The text; only an assistant's message that calls tools may have none.
    public var content: String?
    /// What the assistant thought before it said `content`, where that is told apart. Templates leave it out of conversations; training on
    /// a conversation's last answer learns it.
    public var reasoningContent: String?
    /// The calls of an assistant's message; `nil`, unlike an empty list, says that it is an ordinary answer.
    public var toolCalls: [ToolCall]?
    /// Whether an assistant's message is the beginning of one that the model is to go on with (V3.1).
    public var isPrefix: Bool

    /// A message of one speaker.
    public init(
        role: Role, content: String?, reasoningContent: String? = nil, toolCalls: [ToolCall]? = nil,
        isPrefix: Bool = false
    ) {
        self.role = role
        self.content = content
        self.reasoningContent = reasoningContent
        self.toolCalls = toolCalls
        self.isPrefix = isPrefix
    }
}

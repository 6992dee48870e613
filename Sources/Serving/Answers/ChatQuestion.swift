import Files
import Generation
import Tokenizers

/// What a client asks of a chat model, in terms that all interfaces share.
struct ChatQuestion: Sendable {
    var messages: [ChatMessage]
    var tools: [ChatTool] = []
    var toolChoice = ToolChoice.automatic
    var thinking = ThinkingChoice()
    var format = OutputFormat.free
    var options = AnswerOptions()
}

/// What chat and plain completions have in common.
struct AnswerOptions: Sendable {
    /// The model's name; the first that is served where `nil`.
    var model: String?
    var sampling = SamplingChanges()
    /// The most tokens; up to the end of the context where `nil`.
    var maximumTokens: Int?
    var stops: [String] = []
    /// How many answers.
    var samples = 1
    /// How many of the likeliest tokens are reported beside each chosen one; `nil` for no probabilities at all.
    var alternatives: Int?
}

/// Whether the model may or must call tools.
enum ToolChoice: Sendable, Equatable {
    case automatic, none, required
    case named(String)
}

/// Whether the model thinks before it answers, and for how long.
struct ThinkingChoice: Sendable, Equatable {
    /// `nil` for what the model does by itself.
    var isOn: Bool?
    /// The most tokens of thinking.
    var budget: Int?
}

/// What the answer has to look like.
enum OutputFormat: Sendable {
    case free
    /// Any JSON object.
    case jsonObject
    /// JSON that is valid under a schema.
    case schema(JSONValue)
    /// A text that follows a GBNF grammar.
    case grammar(String)
    /// A text that matches a regular expression as a whole.
    case pattern(String)
}

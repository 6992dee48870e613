import Generation
import Tokenizers

/// What happens while an answer is made, in terms that all interfaces share.
enum AnswerEvent: Sendable {
    /// How likely the prompt's tokens are; where that was asked for.
    case prompt([TokenReport])
    /// What the model says to itself.
    case thinking(String)
    /// What it says to the reader.
    case text(String)
    /// A call of a tool begins; calls are counted from 0.
    case call(Int, name: String)
    /// More of the arguments of a call, as JSON text.
    case arguments(Int, String)
    /// A token was chosen; the text it belongs to may come later.
    case token(TokenReport)
    /// The last event.
    case finished(AnswerEnd)
}

/// A token with how likely it was.
struct TokenReport: Sendable {
    var id: Int32
    /// The natural logarithm of its probability; `nil` where it was not asked for, or nothing stood before it.
    var logProbability: Double?
    /// The likeliest tokens at its place, likeliest first.
    var alternatives: [LogProbabilities.Entry] = []
}

extension TokenReport {
    init(_ score: TokenScore) {
        self.init(id: score.token, logProbability: score.logProbability, alternatives: score.alternatives)
    }
}

/// How an answer ended.
struct AnswerEnd: Sendable {
    enum Reason: Sendable { case stop, length, calls, cancelled }

    var reason = Reason.stop
    /// The stop string that ended it.
    var stop: String?
    var promptTokens = 0
    /// Tokens of the prompt that were remembered.
    var cachedTokens = 0
    var answerTokens = 0
    /// Those of them that were thinking.
    var thinkingTokens = 0
    /// Seconds for the prompt, and for the answer.
    var promptSeconds = 0.0
    var answerSeconds = 0.0
}

/// An answer put together from its events.
struct WholeAnswer: Sendable {
    /// How likely the prompt's tokens are; empty where that was not asked for.
    var prompt: [TokenReport] = []
    var thinking = ""
    var text = ""
    var calls: [ChatMessage.ToolCall] = []
    var tokens: [TokenReport] = []
    var end = AnswerEnd()

    mutating func add(_ event: AnswerEvent) {
        switch event {
        case .prompt(let tokens): prompt = tokens
        case .thinking(let piece): thinking += piece
        case .text(let piece): text += piece
        case .call(_, let name): calls.append(ChatMessage.ToolCall(name: name, arguments: ""))
        case .arguments(let index, let piece): if index < calls.count { calls[index].arguments += piece }
        case .token(let report): tokens.append(report)
        case .finished(let end): self.end = end
        }
    }
}

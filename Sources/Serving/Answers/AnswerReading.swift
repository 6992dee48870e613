import Files
import Generation
import Tokenizers

/// Reads what the engine tells of one answer as events that all interfaces share: calls told apart, tokens counted.
struct AnswerReading {
    private let question: PreparedQuestion
    private var splitter: ToolCallSplitter?
    /// The answer so far, where it is to be a call as a whole.
    private var demanded = ""
    private var calls = 0
    private var tokens = 0
    private var thinkingTokens = 0
    private var isThinking: Bool

    init(_ question: PreparedQuestion) {
        self.question = question
        splitter = question.request.showsCalls ? ToolCallSplitter() : nil
        isThinking = question.request.isThinkingOpen
    }

    /// What an event of the engine's means.
    mutating func read(_ event: GenerationEvent) -> [AnswerEvent] {
        switch event {
        case .prompt, .promptScores: return []
        case .text(let part): return read(part)
        case .score(let score): return [.token(TokenReport(score))]
        case .finished(let summary): return finish(summary)
        case .token:
            tokens += 1
            if isThinking { thinkingTokens += 1 }
            return []
        }
    }

    private mutating func read(_ part: ReplyPart) -> [AnswerEvent] {
        switch part {
        case .thinking(let piece):
            isThinking = true
            return [.thinking(piece)]
        case .answer(let piece):
            isThinking = false
            return read(answer: piece)
        }
    }

    private mutating func read(answer piece: String) -> [AnswerEvent] {
        if question.demanded != nil {
            demanded += piece
            return []
        }
        guard let parts = splitter?.consume(piece) else { return [.text(piece)] }
        return parts.map { event($0) }
    }

    private mutating func event(_ part: ToolReplyPart) -> AnswerEvent {
        switch part {
        case .text(let text): return .text(text)
        case .arguments(let text): return .arguments(calls - 1, text)
        case .call(let name):
            calls += 1
            return .call(calls - 1, name: name)
        }
    }

    /// The end of the answer: what was held back, then how it ended.
    private mutating func finish(_ summary: GenerationSummary) -> [AnswerEvent] {
        var events = (splitter?.finish() ?? []).map { event($0) } + demandedCall()
        var end = AnswerEnd()
        end.reason = AnswerEnd.Reason(summary.finishReason)
        if calls > 0, end.reason == .stop { end.reason = .calls }
        end.stop = summary.stop
        end.promptTokens = summary.promptTokens
        end.cachedTokens = summary.rememberedTokens
        end.answerTokens = tokens
        end.thinkingTokens = thinkingTokens
        end.promptSeconds = summary.promptSeconds
        end.answerSeconds = summary.generationSeconds
        events.append(.finished(end))
        return events
    }

    /// The answer as the call that it had to be; as text, where it was cut off before the tool's name was known.
    private mutating func demandedCall() -> [AnswerEvent] {
        guard let demand = question.demanded else { return [] }
        guard let call = demand.call(demanded) else { return demanded.isEmpty ? [] : [.text(demanded)] }
        calls += 1
        return [.call(0, name: call.name), .arguments(0, call.arguments)]
    }
}

extension AnswerEnd.Reason {
    fileprivate init(_ reason: FinishReason) {
        switch reason {
        case .stop: self = .stop
        case .length: self = .length
        case .cancelled: self = .cancelled
        }
    }
}

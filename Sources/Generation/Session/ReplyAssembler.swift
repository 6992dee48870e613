import Tokenizers

/// Makes text of the tokens that a model chooses: whole characters, no markup, ended by stop strings, thinking apart.
struct ReplyAssembler {
    private let tokenizer: Tokenizer?
    private var decoder: StreamingDecoder?
    private var stops: StopMatcher
    private var splitter: ThinkingSplitter?
    /// All text so far, the marks of thinking included; and its two parts without them.
    private(set) var text = ""
    private(set) var thinking = ""
    private(set) var answer = ""

    init(_ request: GenerationRequest, _ tokenizer: Tokenizer?) throws {
        self.tokenizer = tokenizer
        self.decoder = tokenizer.map { StreamingDecoder($0) }
        self.stops = try StopMatcher(request.stops)
        self.splitter = request.splitsThinking ? ThinkingSplitter(isOpenedByPrompt: request.isThinkingOpen) : nil
    }

    /// Whether a stop string ended the text.
    var isStopped: Bool { stops.matched != nil }

    mutating func push(_ token: Int32) -> [ReplyPart] {
        guard let tokenizer, !isHidden(token, tokenizer) else { return [] }
        return parts(stops.consume(decoder?.push(token) ?? ""))
    }

    mutating func finish() -> [ReplyPart] {
        let rest = stops.consume(decoder?.finish() ?? "") + stops.finish()
        return parts(rest) + noted(splitter?.finish() ?? [])
    }

    private mutating func parts(_ text: String) -> [ReplyPart] {
        guard !text.isEmpty else { return [] }
        self.text += text
        return noted(splitter?.consume(text) ?? [.answer(text)])
    }

    private mutating func noted(_ parts: [ReplyPart]) -> [ReplyPart] {
        for part in parts {
            switch part {
            case .thinking(let text): thinking += text
            case .answer(let text): answer += text
            }
        }
        return parts
    }

    /// Special tokens are no text, but the marks of thinking must be seen by whoever tells it from the answer.
    private func isHidden(_ token: Int32, _ tokenizer: Tokenizer) -> Bool {
        guard tokenizer.isSpecial(token) else { return false }
        let marks = [ThinkingSplitter.openingMark, ThinkingSplitter.closingMark]
        return !marks.contains { tokenizer.bytes(of: token) == Array($0.utf8) }
    }
}

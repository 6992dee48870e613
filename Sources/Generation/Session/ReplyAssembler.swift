import Tokenizers

/// Makes text of the tokens that a model chooses: whole characters, no markup, ended by stop strings, thinking apart.
struct ReplyAssembler {
    private let tokenizer: Tokenizer?
    private var decoder: StreamingDecoder?
    private var stops: StopMatcher
    private var splitter: ThinkingSplitter?
    /// Special tokens that are text all the same: marks that somebody behind here must see.
    private let visible: Set<Int32>
    /// All text so far, the marks of thinking included; and its two parts without them.
    private(set) var text = ""
    private(set) var thinking = ""
    private(set) var answer = ""

    init(_ request: GenerationRequest, _ tokenizer: Tokenizer?) throws {
        self.tokenizer = tokenizer
        self.decoder = tokenizer.map { StreamingDecoder($0) }
        self.stops = try StopMatcher(request.stops)
        self.splitter = request.splitsThinking ? ThinkingSplitter(isOpenedByPrompt: request.isThinkingOpen) : nil
        let marks =
            [ThinkingSplitter.openingMark, ThinkingSplitter.closingMark]
            + (request.showsCalls ? ToolCallSplitter.marks : [])
        self.visible = Set(marks.compactMap { tokenizer?.id(of: $0) })
    }

    /// Whether a stop string ended the text.
    var isStopped: Bool { stops.matched != nil }

    /// The stop string that ended the text.
    var stop: String? { stops.matched }

    /// Whether the text so far ended inside of the thinking.
    var isThinking: Bool { splitter?.isThinking ?? false }

    mutating func push(_ token: Int32) -> [ReplyPart] {
        guard let tokenizer, visible.contains(token) || !tokenizer.isSpecial(token) else { return [] }
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
}

import Tokenizers

/// Closes a thought that takes too many tokens: the mark that ends it is then written for the model.
struct ThoughtLimit {
    private var left: Int
    private var isThinking: Bool
    /// The tokens of the mark that are still to be written, once the thought is to end.
    private var closing: [Int32]

    /// `nil` where the request sets no limit, tells no thinking apart, or the vocabulary is not known.
    init?(_ request: GenerationRequest, _ tokenizer: Tokenizer?) {
        guard let budget = request.thinkingBudget, request.splitsThinking, let tokenizer else { return nil }
        left = max(budget, 0)
        isThinking = request.isThinkingOpen
        closing = tokenizer.encode(ThinkingSplitter.closingMark, parsingSpecialTokens: true)
    }

    /// Counts a token that was chosen.
    /// - Parameter isThinking: whether the text ends inside of the thinking with it.
    mutating func count(isThinking: Bool) {
        self.isThinking = isThinking
        if isThinking { left -= 1 }
    }

    /// The token to write in place of the model's; `nil` where it may choose.
    mutating func next() -> Int32? {
        guard isThinking, left <= 0, !closing.isEmpty else { return nil }
        return closing.removeFirst()
    }
}

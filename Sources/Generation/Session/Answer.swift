/// An answer in progress: chooses its tokens, makes text of them, and knows when it is complete.
struct Answer {
    private let request: GenerationRequest
    private let model: LanguageModel
    var sampler: Sampler
    private var reply: ReplyAssembler
    /// What came out so far; text is added when the answer is finished.
    var summary = GenerationSummary()

    /// - Throws: `InputError` if a setting of the request is not admissible.
    init(_ request: GenerationRequest, _ model: LanguageModel) throws {
        self.request = request
        self.model = model
        self.sampler = try Sampler(
            request.sampling, prompt: request.prompt, constraint: request.beginConstraint())
        self.reply = try ReplyAssembler(request, model.tokenizer)
        summary.promptTokens = request.prompt.count
    }

    /// Chooses a token, and another one for each guess that proves right.
    /// - Returns: why the answer ends with the last of them; `nil` if it goes on.
    mutating func choose(
        from expectation: Expectation, isCancelled: () -> Bool, _ emit: (GenerationEvent) -> Void
    ) throws -> FinishReason? {
        for row in 0...expectation.drafts.count {
            let draft = row < expectation.drafts.count ? expectation.drafts[row] : nil
            let (token, isDraft) = try sampler.next(expectation.logits(row), checking: draft)
            if isDraft { summary.speculation?.acceptedByPlace[row] += 1 }
            summary.tokens.append(token)
            emit(.token(token))
            if let reason = end(after: token, emit) ?? (isCancelled() ? .cancelled : nil) ?? limit { return reason }
            if !isDraft { return nil }
        }
        return nil
    }

    private mutating func end(after token: Int32, _ emit: (GenerationEvent) -> Void) -> FinishReason? {
        if !request.ignoresEnd, model.endTokens.contains(token) { return .stop }
        for part in reply.push(token) { emit(.text(part)) }
        return reply.isStopped || sampler.isFinished ? .stop : nil
    }

    private var limit: FinishReason? { room < 1 ? .length : nil }

    /// Tokens that may still follow. The last one needs no place in the context, for nothing continues it.
    var room: Int {
        min(
            (request.maximumTokens ?? .max) - summary.tokens.count,
            model.contextLength + 1 - request.prompt.count - summary.tokens.count)
    }

    /// Releases what text was held back.
    mutating func finish(_ reason: FinishReason, _ emit: (GenerationEvent) -> Void) {
        summary.finishReason = reason
        for part in reply.finish() { emit(.text(part)) }
        (summary.text, summary.thinking, summary.answer) = (reply.text, reply.thinking, reply.answer)
    }
}

/// An answer in progress: chooses its tokens, makes text of them, and knows when it is complete.
struct Answer {
    private let request: GenerationRequest
    private let model: LanguageModel
    var sampler: Sampler
    private var reply: ReplyAssembler
    /// What ends a thought that has taken all of its tokens; `nil` where it may take any number.
    private var thought: ThoughtLimit?
    /// What came out so far; text is added when the answer is finished.
    var summary = GenerationSummary()

    /// - Parameter sample: which of the request's answers it is.
    /// - Throws: `InputError` if a setting of the request is not admissible.
    init(_ request: GenerationRequest, _ model: LanguageModel, sample: Int = 0) throws {
        self.request = request
        self.model = model
        var sampling = request.sampling
        sampling.seed = sampling.seed.map { $0 &+ UInt64(sample) }
        self.sampler = try Sampler(sampling, prompt: request.prompt, constraint: request.beginConstraint())
        self.reply = try ReplyAssembler(request, model.tokenizer)
        self.thought = ThoughtLimit(request, model.tokenizer)
        summary.promptTokens = request.prompt.count
    }

    /// Chooses a token, and another one for each guess that proves right.
    /// - Returns: why the answer ends with the last of them; `nil` if it goes on.
    mutating func choose(
        from expectation: Expectation, isCancelled: () -> Bool, _ emit: (GenerationEvent) -> Void
    ) throws -> FinishReason? {
        for row in 0...expectation.drafts.count {
            let draft = row < expectation.drafts.count ? expectation.drafts[row] : nil
            let logits = expectation.logits(row)
            let (token, isDraft) = try forced().map { ($0, false) } ?? sampler.next(logits, checking: draft)
            if isDraft { summary.speculation?.acceptedByPlace[row] += 1 }
            if let reason = try take(token, logits, emit) ?? (isCancelled() ? .cancelled : limit) { return reason }
            if !isDraft { return nil }
        }
        return nil
    }

    /// Chooses a token.
    /// - Returns: why the answer ends with it; `nil` if it goes on.
    mutating func choose(from logits: [Float], _ emit: (GenerationEvent) -> Void) throws -> FinishReason? {
        try take(try forced() ?? sampler.next(logits), logits, emit) ?? limit
    }

    private mutating func take(
        _ token: Int32, _ logits: [Float], _ emit: (GenerationEvent) -> Void
    ) throws -> FinishReason? {
        summary.tokens.append(token)
        emit(.token(token))
        try score(token, logits, emit)
        return end(after: token, emit)
    }

    /// The next token of the mark that closes a thought, where it has to be closed.
    private mutating func forced() throws -> Int32? {
        guard let token = thought?.next() else { return nil }
        try sampler.append([token])
        return token
    }

    private mutating func score(_ token: Int32, _ logits: [Float], _ emit: (GenerationEvent) -> Void) throws {
        guard request.alternatives != nil || request.candidates != nil else { return }
        let scored = TokenScore(token, try LogProbabilities(logits), top: request.alternatives ?? 0)
        summary.logProbability = (summary.logProbability ?? 0) + (scored.logProbability ?? 0)
        if request.alternatives != nil { emit(.score(scored)) }
    }

    private mutating func end(after token: Int32, _ emit: (GenerationEvent) -> Void) -> FinishReason? {
        if !request.ignoresEnd, model.endTokens.contains(token) { return .stop }
        for part in reply.push(token) { emit(.text(part)) }
        thought?.count(isThinking: reply.isThinking)
        return reply.isStopped || sampler.isFinished ? .stop : nil
    }

    /// Whether there is no room for another token.
    var limit: FinishReason? { room < 1 ? .length : nil }

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
        summary.stop = reply.stop
        (summary.text, summary.thinking, summary.answer) = (reply.text, reply.thinking, reply.answer)
    }
}

import Models
import Tensors

/// A sequence of tokens in an engine: a prompt, and what is written after it.
///
/// `cache` holds the first of `tokens`. As long as more than one is missing, or nothing was written yet, the sequence
/// is being read; otherwise the missing one goes through the model, and the next is chosen.
final class EngineSequence {
    let job: EngineJob
    let promptCount: Int
    let forms: FormPlan
    /// What is written after the prompt; `nil` for a text to be embedded.
    let answer: WrittenAnswer?
    /// What becomes of a text to be embedded.
    let embedding: EmbeddingWork?
    var pooled: PooledStates?
    private(set) var tokens: [Int32]
    private(set) var cache: KeyValueCache
    /// The place of the last shared page in the tree of prefixes, and how many pages lead there.
    private(set) var place = PrefixTree.root
    private(set) var sharedPages = 0
    /// Whether the other answers to the prompt have sequences of their own by now.
    var isForked = false
    /// When its first and its last token came; `nil` before.
    var firstToken: ContinuousClock.Instant?
    var lastToken: ContinuousClock.Instant?
    /// When something was computed for it first.
    let start: ContinuousClock.Instant
    /// Why it is to end after this step, or what went wrong; `nil` if it goes on.
    var pendingReason: Result<FinishReason, any Error>?
    /// The same, once that was told.
    var end: Result<FinishReason, any Error>?
    /// Guesses ahead, where the sequence makes some.
    var guesses: EngineGuesses?

    init(
        _ job: EngineJob, _ tokens: [Int32], forms: FormPlan, answer: WrittenAnswer?, embedding: EmbeddingWork?,
        _ cache: KeyValueCache, start: ContinuousClock.Instant
    ) {
        (self.job, self.tokens, self.promptCount, self.forms) = (job, tokens, tokens.count, forms)
        (self.answer, self.embedding, self.cache, self.start) = (answer, embedding, cache, start)
        self.pooled = embedding.map { PooledStates($0.pooling) }
    }

    /// Tokens that have not gone through the model yet.
    var missing: Int { tokens.count - cache.count }

    /// Whether each step gives it a token.
    var isWriting: Bool { missing == 1 && tokens.count > promptCount }

    /// Slots that it takes, those of answers that begin once the prompt is read included.
    var slots: Int { isForked ? 1 : max(answer?.group.width ?? 1, 1) }

    /// Whether something is made of the logits of all its tokens.
    var needsAllLogits: Bool { answer?.scoresPrompt ?? false }

    /// Whether its pages may come from other sequences: not where something is made of every token.
    private var canAdopt: Bool { answer.map { !$0.scoresPrompt } ?? false }

    /// The most tokens that the next step may take, so that they all take one form.
    var longestPiece: Int { min(missing, forms.end(after: cache.count) - cache.count) }

    /// Takes in a token that was chosen.
    func append(_ token: Int32) { tokens.append(token) }

    // MARK: Pages

    /// What the page after the last complete one will hold; `nil` if the cache is in the middle of a page, or the
    /// tokens end before the page does. The last token is always computed, since what follows it is wanted.
    func nextPage(rows: Int) -> PageContent? {
        let start = cache.count
        guard canAdopt, start == sharedPages * rows, start + rows < tokens.count else { return nil }
        return forms.content(of: tokens[start..<start + rows], at: start)
    }

    /// Goes on behind a page of another sequence.
    func adopt(_ page: KeyValuePage, at place: Int) {
        guesses = nil  // They need to have seen every token.
        cache.append(full: page)
        self.place = place
        sharedPages += 1
    }

    /// Shares pages that have become full. What follows a page whose rows take different forms is not shared.
    /// - Parameter isNew: called with the number of each page that no other sequence has brought before.
    func publish(in tree: inout PrefixTree, rows: Int, isNew: (Int, KeyValuePage) -> Void) {
        guard answer != nil else { return }
        while (sharedPages + 1) * rows <= cache.count {
            let start = sharedPages * rows
            guard let content = forms.content(of: tokens[start..<start + rows], at: start) else { return }
            let own = cache.fullPage(sharedPages)
            let shared = tree.insert(own, content, after: place)
            if shared.page === own {
                isNew(sharedPages, own)
            } else {
                cache.replace(full: sharedPages, with: shared.page)
            }
            place = shared.id
            sharedPages += 1
        }
    }

    /// Gives all pages back; everything is computed again later.
    func forgetPages() {
        answer?.restartScores()
        pooled = embedding.map { PooledStates($0.pooling) }
        cache = KeyValueCache(pool: cache.pool)
        (place, sharedPages, guesses) = (PrefixTree.root, 0, nil)
    }

    /// Another answer to the same prompt, which has been read.
    func fork(_ answer: WrittenAnswer) -> EngineSequence {
        let copy = EngineSequence(
            job, tokens, forms: forms, answer: answer, embedding: nil, cache.fork(), start: start)
        (copy.place, copy.sharedPages, copy.isForked) = (place, sharedPages, true)
        return copy
    }

    /// All that the page with `content` after the last one depends on.
    func prefix(through content: PageContent) -> StoredPrefix {
        let end = cache.count + content.tokens.count
        return StoredPrefix(
            tokens: Array(tokens[..<end]), forms: forms.pages(of: tokens[..<end], rows: content.tokens.count))
    }

    // MARK: Steps

    /// Uses the states of a piece that has gone through the model.
    func take(_ states: Tensor, of piece: EnginePiece, _ model: LanguageModel) throws {
        let start = cache.count - piece.rows
        if embedding != nil {
            pooled?.add(states.floats, width: states.shape.width)
            if piece.isLast { pendingReason = .success(.stop) }
        }
        guard let answer else { return }
        if needsAllLogits {
            try answer.score(tokens[start..<start + piece.count], model.decoder.logits(states, model.operations))
        }
        if tokens.count == promptCount, answer.sample == 0 {
            let remembered = answer.summary.rememberedTokens
            answer.group.emit(.prompt(done: cache.count - remembered, total: promptCount - remembered), sample: 0)
        }
        guesses?.keep(states, of: tokens[start..<start + piece.count] + piece.guesses)
        if !piece.isLast { guesses?.settle(dropping: 0) }
    }

    /// Forgets what was computed for wrong guesses.
    func settleGuesses() {
        let certain = tokens.count - 1
        let extra = cache.count - certain
        if extra > 0 { cache.truncate(to: certain) }
        guesses?.settle(dropping: max(extra, 0))
    }

    /// Whether nothing is left to do for its job once it ends for `reason`.
    func isLastOfJob(endingBy reason: FinishReason) -> Bool {
        guard let answer else { return true }
        return answer.group.isLastOne || reason == .cancelled && !isForked
    }

    /// Tells whoever waits what has come of it.
    func finish(_ reason: FinishReason, _ paths: ExecutionPaths) {
        guard let answer else { return finishEmbedding(reason) }
        let now = ContinuousClock.now
        answer.note { summary in
            summary.promptSeconds = ((firstToken ?? now) - start) / .seconds(1)
            summary.generationSeconds = (now - (firstToken ?? now)) / .seconds(1)
            summary.paths = paths
        }
        if reason == .cancelled, !isForked { answer.group.expectNoMore() }
        answer.finish(reason)
    }

    private func finishEmbedding(_ reason: FinishReason) {
        guard case .embedding(let work, let continuation) = job.work else { return }
        guard reason != .cancelled, let pooled else { return continuation.finish(throwing: CancellationError()) }
        continuation.yield(EmbeddedText(index: work.index, vector: pooled.vector(normalized: work.isNormalized)))
        continuation.finish()
    }
}

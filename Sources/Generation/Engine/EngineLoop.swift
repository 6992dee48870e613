import Models
import Synchronization
import Tensors

/// What an engine does, step by step, on its own thread.
///
/// A step takes one token of each sequence that is being written and pieces of those that are being read. Between steps
/// sequences come and go.
final class EngineLoop {
    let model: LanguageModel
    let limits: EngineLimits
    let inbox: EngineInbox
    let pool: KeyValuePool
    let store: PageStore?
    var tree = PrefixTree()
    /// Sequences that take part in steps, in the order in which they came.
    var active: [EngineSequence] = []
    /// Sequences that had to give their pages to older ones; they come back before anybody else is let in.
    var displaced: [EngineSequence] = []
    /// What steps and the rows of prompts in them took lately.
    var cost = StepCost()
    /// Counts steps, so that sequences that are read take turns in coming first.
    var turn = 0
    private let paths: ExecutionPaths

    init(
        _ model: LanguageModel, _ limits: EngineLimits, _ inbox: EngineInbox, _ pool: KeyValuePool, _ store: PageStore?
    ) {
        (self.model, self.limits, self.inbox, self.pool, self.store) = (model, limits, inbox, pool, store)
        self.paths = ExecutionPaths(of: model)
    }

    /// Rows of a page.
    var pageRows: Int { pool.layout.rowsPerPage }

    /// Works until nobody waits.
    func runUntilIdle() {
        while true {
            endCancelled()
            admit()
            if !active.isEmpty {
                step()
            } else if inbox.rest() {
                return
            }
        }
    }

    // MARK: Coming

    private var freeSlots: Int { limits.slots - active.reduce(0) { $0 + $1.slots } }

    private func admit() {
        while let sequence = displaced.first, sequence.slots <= freeSlots,
            active.isEmpty || hasRoom(for: sequence.tokens)
        {
            displaced.removeFirst()
            // Older ones stand before younger ones.
            active.insert(sequence, at: active.firstIndex { $0.job.arrival > sequence.job.arrival } ?? active.count)
        }
        guard displaced.isEmpty else { return }
        while let job = inbox.next(isWelcome: { $0.width <= freeSlots && (active.isEmpty || hasRoom(for: $0.tokens)) })
        {
            begin(job)
        }
        inbox.count { $0.active = active.count + displaced.count }
    }

    /// Whether there are pages for `tokens` besides one that each active sequence may want.
    private func hasRoom(for tokens: [Int32]) -> Bool {
        let needed = tokens.count / pageRows + 1 + active.count
        let left = pool.pagesLeft ?? .max
        return needed <= left || needed <= left + tree.countOfUnused()
    }

    private func begin(_ job: EngineJob) {
        let now = ContinuousClock.now
        inbox.count { $0.queueSeconds.add((now - job.arrival) / .seconds(1)) }
        let cache = KeyValueCache(pool: pool)
        let forms = FormPlan(model, promptCount: job.tokens.count)
        switch job.work {
        case .embedding(let work, _):
            active.append(
                EngineSequence(job, work.tokens, forms: forms, answer: nil, embedding: work, cache, start: now))
        case .generation(let request, let continuation):
            do {
                let group = AnswerGroup(job, request, continuation)
                let answer = try WrittenAnswer(group, request, model, sample: 0)
                answer.note { $0.queueSeconds = (now - job.arrival) / .seconds(1) }
                let sequence = EngineSequence(
                    job, request.prompt, forms: forms, answer: answer, embedding: nil, cache, start: now)
                if limits.speculation > 0, group.width == 1 { sequence.guesses = try? EngineGuesses(model, cache) }
                active.append(sequence)
            } catch {
                fail(job, error)
            }
        }
        inbox.count { $0.promptTokens += job.tokens.count }
    }

    // MARK: Going

    private func endCancelled() {
        let all = inbox.isCancelling.load(ordering: .relaxed)
        for sequence in active + displaced where all || sequence.job.isCancelled { end(sequence, .success(.cancelled)) }
        removeEnded()
    }

    private func removeEnded() {
        active.removeAll { $0.end != nil }
        displaced.removeAll { $0.end != nil }
    }

    /// Ends a sequence and tells whoever waits for it.
    private func end(_ sequence: EngineSequence, _ end: Result<FinishReason, any Error>) {
        guard sequence.end == nil else { return }
        sequence.end = end
        switch end {
        case .failure(let error): fail(sequence.job, error)
        case .success(let reason):
            // Counted first: whoever has the end of an answer finds it in the figures.
            if sequence.isLastOfJob(endingBy: reason) { countEnd(of: sequence.job, reason) }
            sequence.finish(reason, paths)
        }
    }

    private func countEnd(of job: EngineJob, _ reason: FinishReason) {
        inbox.count { if reason == .cancelled { $0.cancelled += 1 } else { $0.completed += 1 } }
        if reason != .cancelled { inbox.countRequest(seconds: (ContinuousClock.now - job.arrival) / .seconds(1)) }
    }

    private func fail(_ job: EngineJob, _ error: any Error) {
        inbox.count { $0.failed += 1 }
        job.finish(throwing: error)
        for sequence in active + displaced where sequence.job === job { sequence.end = .failure(error) }
    }

    // MARK: One step

    private func step() {
        takeSharedPages()
        let pieces = makeRoom(for: choosePieces())
        if !pieces.isEmpty { compute(pieces) }
        for sequence in active { if let reason = sequence.pendingReason { end(sequence, reason) } }
        removeEnded()
        reportMemory()
    }

    /// Prompts go on behind pages that are there already.
    private func takeSharedPages() {
        let deadline = ContinuousClock.now + .seconds(limits.chunkSeconds)
        for sequence in active where sequence.end == nil && !sequence.isWriting {
            while let content = sequence.nextPage(rows: pageRows) {
                if let known = tree.child(of: sequence.place, content) {
                    take(known.page, at: known.id, sequence)
                } else if active.count == 1 || ContinuousClock.now < deadline, let page = restored(content, sequence) {
                    let added = tree.insert(page, content, after: sequence.place)
                    take(added.page, at: added.id, sequence, isRestored: true)
                } else {
                    break
                }
            }
        }
    }

    private func take(_ page: KeyValuePage, at place: Int, _ sequence: EngineSequence, isRestored: Bool = false) {
        sequence.adopt(page, at: place)
        // What is computed again after it was displaced was counted before.
        guard sequence.tokens.count == sequence.promptCount else { return }
        let (remembered, restored) = (pageRows, isRestored ? pageRows : 0)
        inbox.count {
            $0.rememberedTokens += remembered - restored
            $0.restoredTokens += restored
        }
        sequence.answer?.note {
            $0.rememberedTokens += remembered
            $0.restoredTokens += restored
        }
    }

    /// The page with `content` that follows the pages of `sequence`, from disk; `nil` if there is none, or no room for
    /// it.
    private func restored(_ content: PageContent, _ sequence: EngineSequence) -> KeyValuePage? {
        guard let store, let file = store.find(sequence.prefix(through: content)) else { return nil }
        guard pool.pagesLeft ?? .max > active.count || tree.forget(active.count + 1) > 0, let page = try? pool.take()
        else { return nil }
        if store.read(file, into: page) { return page }
        inbox.count { $0.rejectedFiles += 1 }
        return nil
    }
}

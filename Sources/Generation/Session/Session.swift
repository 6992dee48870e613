import Files
import Models
import Synchronization
import Tensors
import Tokenizers

/// One conversation with a model: the tokens so far and what the decoder remembers of them.
///
/// A request whose prompt begins like the session's tokens continues from there; only what is new goes through the
/// model. Requests to one session run one after another; sessions of one model run side by side.
public actor Session {
    private let model: LanguageModel
    private let cache: KeyValueCache
    /// The tokens whose keys and values are in the cache.
    private var tokens: [Int32] = []
    /// Whether the request in progress is to end.
    private let isStopping = Atomic(false)
    private let thread = SessionThread()
    /// What the request in progress had of the expert store.
    private var experts: ExpertTraffic?

    /// The queue that this session's requests run on.
    public nonisolated var unownedExecutor: UnownedSerialExecutor { thread.asUnownedSerialExecutor() }

    /// A session that remembers nothing.
    public init(_ model: LanguageModel) {
        self.model = model
        self.cache = KeyValueCache(pool: model.pool)
    }

    /// Generates an answer, event by event. Ending the iteration early, or cancelling its task, stops the model within
    /// one token (within one chunk while the prompt is read).
    /// - Throws: while iterating, `InputError` if the prompt, a setting or the model's output is not usable.
    public nonisolated func generate(_ request: GenerationRequest) -> AsyncThrowingStream<GenerationEvent, any Error> {
        AsyncThrowingStream { continuation in
            let task = Task {
                do {
                    try await self.run(request) { continuation.yield($0) }
                    continuation.finish()
                } catch {
                    continuation.finish(throwing: error)
                }
            }
            continuation.onTermination = { _ in task.cancel() }
        }
    }

    /// Ends the answer in progress within one token; it still reports what came of it.
    public nonisolated func stop() { isStopping.store(true, ordering: .relaxed) }

    private var isCancelled: Bool { isStopping.load(ordering: .relaxed) || Task.isCancelled }

    // MARK: One request

    private func run(_ request: GenerationRequest, _ emit: (GenerationEvent) -> Void) throws {
        isStopping.store(false, ordering: .relaxed)
        experts = model.decoder.expertStore.map { ExpertTraffic($0) }
        try check(request)
        var sampler = try Sampler(request.sampling, prompt: request.prompt)
        var reply = try ReplyAssembler(request, model.tokenizer)
        var summary = GenerationSummary()
        let clock = ContinuousClock()
        let start = clock.now
        summary.promptTokens = request.prompt.count
        var logits = try read(request.prompt, &summary, emit)
        let first = clock.now
        summary.promptSeconds = seconds(first - start)
        while let current = logits {
            let token = try sampler.next(current)
            summary.tokens.append(token)
            emit(.token(token))
            if let reason = end(after: token, request, &reply, summary, emit) {
                summary.finishReason = reason
                break
            }
            logits = try decode([token], \.generation)
            summary.paths.decodingAttention = attentionPath(rows: 1)
        }
        if logits == nil { summary.finishReason = .cancelled }
        for part in reply.finish() { emit(.text(part)) }
        (summary.text, summary.thinking, summary.answer) = (reply.text, reply.thinking, reply.answer)
        summary.generationSeconds = seconds(clock.now - first)
        complete(&summary.paths)
        summary.experts = experts
        emit(.finished(summary))
    }

    /// Why the answer ends with `token`; `nil` if it goes on.
    private func end(
        after token: Int32, _ request: GenerationRequest, _ reply: inout ReplyAssembler, _ summary: GenerationSummary,
        _ emit: (GenerationEvent) -> Void
    ) -> FinishReason? {
        if !request.ignoresEnd, model.endTokens.contains(token) { return .stop }
        for part in reply.push(token) { emit(.text(part)) }
        if reply.isStopped { return .stop }
        if isCancelled { return .cancelled }
        // The token just chosen is not in the cache yet, and needs a place there to be continued.
        let isFull = tokens.count + 1 > model.contextLength
        return summary.tokens.count >= request.maximumTokens ?? .max || isFull ? .length : nil
    }

    private func check(_ request: GenerationRequest) throws {
        guard request.prompt.count <= model.contextLength else {
            throw InputError(
                .excessive, source: "prompt", found: "found \(request.prompt.count) tokens",
                expected: "at most \(model.contextLength), the length of the context",
                advice: "shorten the prompt, or the conversation before it")
        }
        if let limit = request.maximumTokens, limit < 1 {
            throw InputError(
                .invalidValue, source: "token limit", found: "found \(limit)", expected: "at least 1",
                advice: "leave it out to generate up to the end of the answer")
        }
    }

    // MARK: The decoder

    /// The logits after the last token of `prompt`; `nil` if the task was cancelled meanwhile.
    private func read(
        _ prompt: [Int32], _ summary: inout GenerationSummary, _ emit: (GenerationEvent) -> Void
    ) throws -> [Float]? {
        let remembered = keep(prefixOf: prompt)
        summary.rememberedTokens = remembered
        let rest = Array(prompt[remembered...])
        var (logits, start) = ([Float]?.none, 0)
        repeat {
            if isCancelled { return nil }
            let chunk = Array(rest[start..<start + model.chunk(of: rest.count - start)])
            let isLast = start + chunk.count == rest.count
            logits = try decode(chunk, \.prompt, needsLogits: isLast)
            let path = attentionPath(rows: chunk.count)
            if !summary.paths.promptAttention.contains(path) { summary.paths.promptAttention.append(path) }
            start += chunk.count
            emit(.prompt(done: start, total: rest.count))
        } while start < rest.count
        return logits
    }

    /// Forgets what does not begin `prompt`, and the prompt's last token, whose logits are needed.
    private func keep(prefixOf prompt: [Int32]) -> Int {
        let shared = zip(tokens, prompt).prefix { $0 == $1 }.count
        let kept = min(shared, max(prompt.count - 1, 0))
        tokens.removeSubrange(kept...)
        cache.truncate(to: kept)
        return kept
    }

    /// Appends `new` to the session and gives the logits after its last token.
    private func decode(
        _ new: [Int32], _ phase: WritableKeyPath<ExpertTraffic, ExpertTraffic.Phase>, needsLogits: Bool = true
    ) throws -> [Float]? {
        let (decoder, operations) = (model.decoder, model.operations)
        let step = try decoder.step(
            [.init(tokens: new, cache: cache)], operations: operations, form: model.settings.latentForm)
        let states = try decoder(step)
        tokens += new
        if let use = step.expertUse { experts?[keyPath: phase].count(use.counts, tokens: new.count) }
        return needsLogits ? decoder.logits(states.slice(new.count - 1..<new.count), operations).floats : []
    }

    private func attentionPath(rows: Int) -> String {
        model.decoder.attentionPath(rows: rows, form: model.settings.latentForm)
    }

    private func complete(_ paths: inout ExecutionPaths) {
        paths.kernels = model.operations.name
        paths.weights = model.weightCounts
        paths.cache = model.settings.cacheElementType.rawValue
        paths.threads = model.settings.engine == .cpu ? ThreadPool.shared.threads : 1
    }
}

private func seconds(_ duration: Duration) -> Double {
    Double(duration.components.seconds) + Double(duration.components.attoseconds) * 1e-18
}

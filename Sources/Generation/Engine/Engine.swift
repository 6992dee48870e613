import Files
import Models
import Synchronization

/// A model at work for many: requests come and go, and are computed together.
///
/// Every step of the model takes one token of each answer that is being written and a piece of each prompt that is
/// being read, so that weights are read once for all. An answer is the same, bit for bit, as if its request were alone.
/// Prompts that begin alike are computed once: keys and values are kept in pages that requests share, in memory and on
/// disk.
///
/// ```swift
/// let engine = try Engine(try LanguageModel(path: path))
/// for try await event in try engine.submit(request) {
///     if case .text(.answer(let text)) = event.event { print(text, terminator: "") }
/// }
/// ```
public actor Engine {
    /// The model.
    public nonisolated let model: LanguageModel
    /// What the engine may use.
    public nonisolated let limits: EngineLimits

    private let loop: EngineLoop
    private nonisolated let inbox: EngineInbox
    private nonisolated let store: PageStore?
    /// The longest text that there is room for.
    private nonisolated let mostTokens: Int
    private nonisolated let thread = SessionThread()

    /// The queue that the engine computes on.
    public nonisolated var unownedExecutor: UnownedSerialExecutor { thread.asUnownedSerialExecutor() }

    /// An engine that has nothing to do.
    /// - Throws: `InputError` if a limit is not admissible, or the folder for pages cannot be used.
    public init(_ model: LanguageModel, limits: EngineLimits = EngineLimits()) throws {
        let limits = try limits.validated()
        let inbox = EngineInbox(limits)
        self.model = model
        self.limits = limits
        self.inbox = inbox
        self.store = try limits.directory.map { directory in
            try PageStore(directory, byteLimit: limits.directoryBytes, ModelIdentity(model))
        }
        let pool = limits.pool(for: model)
        self.mostTokens = min(model.contextLength, (pool.pagesLeft ?? .max) * pool.layout.rowsPerPage)
        self.loop = EngineLoop(model, limits, inbox, pool, store)
    }

    // MARK: Requests

    /// Puts a request into the queue and returns its events. Ending the iteration early, or cancelling its task, ends
    /// the request within one step.
    ///
    /// While iterating, an `InputError` is thrown if the model's output is not usable, `EngineClosed` if the engine is
    /// shut down before the request's turn.
    /// - Throws: `InputError` if the request is not admissible, `EngineBusy` if too many are waiting, `EngineClosed` if
    ///   the engine has been shut down.
    public nonisolated func submit(
        _ request: GenerationRequest
    ) throws -> AsyncThrowingStream<EngineEvent, any Error> {
        try check(request)
        let (stream, continuation) = AsyncThrowingStream.makeStream(of: EngineEvent.self)
        try enqueue([EngineJob(.generation(request, continuation))])
        return stream
    }

    /// The vectors of texts, in their order, each as long as the model's hidden state.
    ///
    /// A text's states are those after the decoder's last norm.
    /// - Parameters:
    ///   - texts: token ids, marks of the sequence's beginning included.
    ///   - normalized: whether vectors have length 1.
    /// - Throws: as `submit(_:)`; `CancellationError` if the task is cancelled.
    public nonisolated func embeddings(
        of texts: [[Int32]], pooling: Pooling = .mean, normalized: Bool = true
    ) async throws -> [[Float]] {
        for text in texts { try checkLength(text, source: "text") }
        guard !texts.isEmpty else { return [] }
        var jobs: [EngineJob] = []
        let streams = texts.enumerated().map { index, tokens in
            let (stream, continuation) = AsyncThrowingStream.makeStream(of: EmbeddedText.self)
            let work = EmbeddingWork(tokens: tokens, index: index, pooling: pooling, isNormalized: normalized)
            jobs.append(EngineJob(.embedding(work, continuation)))
            return stream
        }
        try enqueue(jobs)
        var vectors = [[Float]](repeating: [], count: texts.count)
        do {
            for stream in streams { for try await text in stream { vectors[text.index] = text.vector } }
        } catch {
            for job in jobs { job.cancel() }
            throw error
        }
        guard vectors.allSatisfy({ !$0.isEmpty }) else {
            for job in jobs { job.cancel() }
            throw CancellationError()
        }
        return vectors
    }

    private nonisolated func enqueue(_ jobs: [EngineJob]) throws {
        // The task keeps the engine alive until nothing is left to do.
        if try inbox.submit(jobs) { Task(priority: .userInitiated) { await self.work() } }
    }

    private func work() { loop.runUntilIdle() }

    // MARK: Checks

    private nonisolated func check(_ request: GenerationRequest) throws {
        try checkLength(request.prompt, source: "prompt")
        try request.check(for: model, leastTokens: 0)
        try request.checkSamples(slots: limits.slots)
        _ = try request.sampling.validated()
        _ = try StopMatcher(request.stops)
    }

    private nonisolated func checkLength(_ tokens: [Int32], source: String) throws {
        try model.decoder.check(tokens)
        guard tokens.count <= mostTokens else {
            throw InputError(
                .excessive, source: source, found: "found \(tokens.count) tokens",
                expected:
                    "at most \(mostTokens), as many as the context and the memory for keys and values have room for",
                advice: "shorten it, or allow more memory")
        }
    }

    // MARK: What it does

    /// What the engine is doing and has done.
    public nonisolated var statistics: EngineStatistics { inbox.statistics }

    /// Returns once no request waits or is computed. Further ones are still taken on.
    public nonisolated func drain() async { await inbox.waitUntilIdle() }

    /// Takes no more requests, and returns once all that were taken on have ended and pages to be kept are on disk.
    /// - Parameter finishing: whether they may end by themselves. Otherwise those that are computed end within one
    ///   step, with what there is of them, and those that wait end with `EngineClosed`.
    public nonisolated func shutdown(finishing: Bool) async {
        inbox.close(cancelling: !finishing)
        await drain()
        await store?.flush()
    }
}

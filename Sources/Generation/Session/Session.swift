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
    private var memory: SessionMemory
    /// The most tokens that are guessed at a time; `nil` for none.
    private let draftLength: Int?
    private let measuresPlainSpeed: Bool
    /// Whether the request in progress is to end.
    private let isStopping = Atomic(false)
    private let thread = SessionThread()

    /// The queue that this session's requests run on.
    public nonisolated var unownedExecutor: UnownedSerialExecutor { thread.asUnownedSerialExecutor() }

    /// A session that remembers nothing.
    public init(_ model: LanguageModel) {
        self.model = model
        self.memory = SessionMemory(model, KeyValueCache(pool: model.pool), nil)
        self.draftLength = nil
        self.measuresPlainSpeed = false
    }

    /// A session that remembers nothing and guesses tokens ahead with the checkpoint's multi-token-prediction layers.
    /// - Parameter speculation: `nil` for no guesses.
    /// - Throws: `InputError` if the checkpoint has no such layers, or a setting is not admissible.
    public init(_ model: LanguageModel, speculation: SpeculationSettings?) throws {
        guard let speculation else {
            self.init(model)
            return
        }
        try self.init(model, speculation) { try PredictionDrafter(model, $0) }
    }

    /// A session that guesses with a drafter made for its cache.
    package init(
        _ model: LanguageModel, _ speculation: SpeculationSettings, drafter: (KeyValueCache) throws -> any Drafter
    ) throws {
        let cache = KeyValueCache(pool: model.pool)
        self.model = model
        self.memory = SessionMemory(model, cache, try drafter(cache))
        self.draftLength = try speculation.length(predictionLayers: model.decoder.predictionDepth)
        self.measuresPlainSpeed = speculation.measuresPlainSpeed
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
        try check(request)
        memory.experts = model.decoder.expertStore.map { ExpertTraffic($0) }
        var answer = try Answer(request, model)
        answer.summary.speculation = draftLength.map { SpeculationSummary(draftLength: $0) }
        let clock = ContinuousClock()
        let start = clock.now
        let expectation = try read(request.prompt, &answer.summary, emit)
        let first = clock.now
        answer.summary.promptSeconds = (first - start) / .seconds(1)
        let reason = try expectation.map { try decode($0, &answer, emit) } ?? .cancelled
        answer.finish(reason, emit)
        answer.summary.generationSeconds = (clock.now - first) / .seconds(1)
        complete(&answer.summary.paths)
        answer.summary.experts = memory.experts
        try comparePlainSpeed(&answer)
        emit(.finished(answer.summary))
    }

    /// Chooses tokens one step of the decoder after another, until the answer ends.
    private func decode(
        _ start: Expectation, _ answer: inout Answer, _ emit: (GenerationEvent) -> Void
    ) throws -> FinishReason {
        var expectation = start
        while true {
            let before = answer.summary.tokens.count
            let reason = try answer.choose(from: expectation, isCancelled: { isCancelled }, emit)
            // Nothing follows the last token yet, so that it is not remembered.
            try memory.settle(expectation, keeping: answer.summary.tokens.count - before)
            guard reason == nil, let token = answer.summary.tokens.last else { return reason ?? .cancelled }
            expectation = try memory.expect(
                after: token, guesses: min(draftLength ?? 0, answer.room - 1), &answer.sampler,
                &answer.summary.speculation)
            answer.summary.paths.decodingAttention = attentionPath(rows: 1)
        }
    }

    /// Decodes a small part of the answer's tokens again, where that was asked for.
    private func comparePlainSpeed(_ answer: inout Answer) throws {
        let count = min(answer.summary.tokens.count / 8, 4)
        guard measuresPlainSpeed, answer.summary.finishReason != .cancelled, count > 0 else { return }
        answer.summary.speculation?.plainTokenSeconds = try memory.plainTokenSeconds(count, answer.sampler)
    }

    private func check(_ request: GenerationRequest) throws {
        try request.check(for: model, leastTokens: 1)
        guard request.samples == 1, request.candidates ?? 1 == 1, !request.scoresPrompt else {
            throw InputError(
                .unsupported, source: "request", found: "found one for several answers, or for scores of the prompt",
                expected: "one answer", advice: "give it to an `Engine`")
        }
    }

    // MARK: The decoder

    /// What may follow the last token of `prompt`; `nil` if the task was cancelled meanwhile.
    private func read(
        _ prompt: [Int32], _ summary: inout GenerationSummary, _ emit: (GenerationEvent) -> Void
    ) throws -> Expectation? {
        let remembered = try memory.keep(prefixOf: prompt)
        summary.rememberedTokens = remembered
        let rest = Array(prompt[remembered...])
        var (expectation, start) = (Expectation?.none, 0)
        repeat {
            if isCancelled { return nil }
            let chunk = Array(rest[start..<start + model.chunk(of: rest.count - start)])
            let isLast = start + chunk.count == rest.count
            let state = try memory.append(chunk)
            expectation = isLast ? memory.expectation(after: state) : nil
            let path = attentionPath(rows: chunk.count)
            if !summary.paths.promptAttention.contains(path) { summary.paths.promptAttention.append(path) }
            start += chunk.count
            emit(.prompt(done: start, total: rest.count))
        } while start < rest.count
        return expectation
    }

    private func attentionPath(rows: Int) -> String {
        model.decoder.attentionPath(rows: rows, form: model.settings.latentForm)
    }

    private func complete(_ paths: inout ExecutionPaths) {
        let (prompt, decoding) = (paths.promptAttention, paths.decodingAttention)
        paths = ExecutionPaths(of: model)
        (paths.promptAttention, paths.decodingAttention) = (prompt, decoding)
    }
}

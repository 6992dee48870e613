import Synchronization

/// A request on its way through an engine, from its arrival to its end.
final class EngineJob: Sendable {
    /// What is wanted.
    enum Work: Sendable {
        case generation(GenerationRequest, AsyncThrowingStream<EngineEvent, any Error>.Continuation)
        case embedding(EmbeddingWork, AsyncThrowingStream<EmbeddedText, any Error>.Continuation)
    }

    let work: Work
    let arrival = ContinuousClock.now
    private let cancellation = Atomic(false)

    init(_ work: Work) {
        self.work = work
        switch work {
        case .generation(_, let continuation):
            continuation.onTermination = { [weak self] reason in self?.ended(isCancelled: reason.isCancelled) }
        case .embedding(_, let continuation):
            continuation.onTermination = { [weak self] reason in self?.ended(isCancelled: reason.isCancelled) }
        }
    }

    private func ended(isCancelled: Bool) {
        if isCancelled { cancel() }
    }

    /// Whether nobody waits for the rest any more.
    var isCancelled: Bool { cancellation.load(ordering: .relaxed) }

    /// Ends the job within one step.
    func cancel() { cancellation.store(true, ordering: .relaxed) }

    /// Sequences that the job has at the same time.
    var width: Int {
        if case .generation(let request, _) = work { request.candidates ?? request.samples } else { 1 }
    }

    /// The tokens to be read.
    var tokens: [Int32] {
        switch work {
        case .generation(let request, _): request.prompt
        case .embedding(let text, _): text.tokens
        }
    }

    /// Ends what the reader iterates over.
    func finish(throwing error: (any Error)? = nil) {
        switch work {
        case .generation(_, let continuation): continuation.finish(throwing: error)
        case .embedding(_, let continuation): continuation.finish(throwing: error)
        }
    }
}

/// A text to be embedded.
struct EmbeddingWork: Sendable {
    let tokens: [Int32]
    /// Which of a call's texts it is.
    let index: Int
    let pooling: Pooling
    let isNormalized: Bool
}

/// A text's vector.
struct EmbeddedText: Sendable {
    let index: Int
    let vector: [Float]
}

extension AsyncThrowingStream.Continuation.Termination {
    fileprivate var isCancelled: Bool { if case .cancelled = self { true } else { false } }
}

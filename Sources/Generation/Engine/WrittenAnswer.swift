import Models
import Tensors

/// An answer that an engine writes, and where its events go.
final class WrittenAnswer {
    let request: GenerationRequest
    let group: AnswerGroup
    let sample: Int
    private(set) var answer: Answer
    /// Events that must wait until the answer is known to be among the best.
    private(set) var held: [GenerationEvent] = []
    /// The scores of the prompt's tokens so far, and what the model expects after them.
    private var scores: [TokenScore] = []
    private var expected: LogProbabilities?
    /// Prompt tokens that still have to be scored before anything can be shared or written.
    var scoresPrompt: Bool { request.scoresPrompt && sample == 0 && scores.count < request.prompt.count }

    init(_ group: AnswerGroup, _ request: GenerationRequest, _ model: LanguageModel, sample: Int) throws {
        self.group = group
        self.request = request
        self.sample = sample
        self.answer = try Answer(request, model, sample: sample)
    }

    func emit(_ event: GenerationEvent) {
        if group.isRanked { held.append(event) } else { group.emit(event, sample: sample) }
    }

    /// Whether nothing is to be written at all.
    var isOver: Bool { answer.limit != nil }

    /// Chooses the next token.
    /// - Returns: the token, and why the answer ends with it; `nil` if it goes on.
    func choose(from logits: [Float]) throws -> (token: Int32, reason: FinishReason?) {
        let reason = try answer.choose(from: logits, emit)
        guard let token = answer.summary.tokens.last else { preconditionFailure("a token was chosen") }
        return (token, reason)
    }

    /// The sampler as it stands, for guesses.
    var sampler: Sampler { answer.sampler }

    /// Tokens that may still follow.
    var room: Int { answer.room }

    /// Changes what will be told about the answer at its end.
    func note(_ change: (inout GenerationSummary) -> Void) { change(&answer.summary) }

    /// What is known about the answer.
    var summary: GenerationSummary { answer.summary }

    /// Forgets scores of a prompt that is read again from the beginning.
    func restartScores() {
        guard scoresPrompt else { return }
        (scores, expected) = ([], nil)
    }

    /// Scores the next tokens of the prompt.
    /// - Parameter logits: what the model expects after each of them, [tokens, vocabulary].
    func score(_ tokens: ArraySlice<Int32>, _ logits: Tensor) throws {
        for (row, token) in tokens.enumerated() {
            scores.append(TokenScore(token, expected, top: request.alternatives ?? 0))
            expected = try LogProbabilities(logits.slice(row..<row + 1).floats)
        }
        guard scores.count == request.prompt.count else { return }
        group.emit(.promptScores(scores), sample: 0)
        expected = nil
    }

    /// Ends the answer.
    func finish(_ reason: FinishReason) {
        answer.finish(reason, emit)
        emit(.finished(answer.summary))
        group.finished(self)
    }
}

/// The answers to one request.
final class AnswerGroup {
    /// A complete answer that may be among the best.
    private struct Candidate {
        let sample: Int
        let meanLogProbability: Double
        let events: [GenerationEvent]
    }

    let job: EngineJob
    private let request: GenerationRequest
    private let continuation: AsyncThrowingStream<EngineEvent, any Error>.Continuation
    /// Answers that are complete.
    private var ended = 0
    /// What is chosen from in the end. Not the answers themselves: they hold this group, and neither would ever go.
    private var candidates: [Candidate] = []
    /// How many answers there will be.
    private var count: Int

    init(
        _ job: EngineJob, _ request: GenerationRequest,
        _ continuation: AsyncThrowingStream<EngineEvent, any Error>.Continuation
    ) {
        (self.job, self.request, self.continuation) = (job, request, continuation)
        self.count = request.candidates ?? request.samples
    }

    /// Gives up the answers that were to begin once the prompt is read.
    func expectNoMore() { count = 1 }

    /// Answers that are written.
    var width: Int { request.candidates ?? request.samples }

    /// Whether some of the answers are chosen in the end.
    var isRanked: Bool { width > request.samples }

    /// Whether all answers are complete.
    var isFinished: Bool { ended == count }

    func emit(_ event: GenerationEvent, sample: Int) {
        continuation.yield(EngineEvent(sample: sample, event: event))
    }

    /// Whether all answers but one are complete.
    var isLastOne: Bool { ended + 1 >= count }

    func finished(_ answer: WrittenAnswer) {
        ended += 1
        if isRanked {
            candidates.append(
                Candidate(
                    sample: answer.sample, meanLogProbability: answer.meanLogProbability, events: answer.held))
        }
        guard isFinished else { return }
        if isRanked { releaseBest() }
        continuation.finish()
    }

    /// Those whose tokens the model found likeliest on average come first; of equal ones the one with the lower number.
    private func releaseBest() {
        let ranked = candidates.sorted {
            $0.meanLogProbability != $1.meanLogProbability
                ? $0.meanLogProbability > $1.meanLogProbability : $0.sample < $1.sample
        }
        for (rank, candidate) in ranked.prefix(request.samples).enumerated() {
            for event in candidate.events { emit(event, sample: rank) }
        }
    }
}

extension GenerationSummary {
    /// Takes over what was found out about the prompt.
    mutating func `continue`(_ first: GenerationSummary) {
        (rememberedTokens, restoredTokens) = (first.rememberedTokens, first.restoredTokens)
        queueSeconds = first.queueSeconds
    }
}

extension WrittenAnswer {
    fileprivate var meanLogProbability: Double {
        (summary.logProbability ?? 0) / Double(max(summary.tokens.count, 1))
    }
}

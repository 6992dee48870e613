import Generation
import Testing

/// What came of a request: an answer for each sample, and what else was reported.
struct EngineAnswers {
    /// By sample.
    var summaries: [Int: GenerationSummary] = [:]
    var tokens: [Int: [Int32]] = [:]
    var texts: [Int: String] = [:]
    var scores: [Int: [TokenScore]] = [:]
    var promptScores: [TokenScore] = []

    mutating func add(_ event: EngineEvent) {
        switch event.event {
        case .token(let token): tokens[event.sample, default: []].append(token)
        case .score(let score): scores[event.sample, default: []].append(score)
        case .promptScores(let scores): promptScores = scores
        case .text(.answer(let text)), .text(.thinking(let text)): texts[event.sample, default: ""] += text
        case .finished(let summary): summaries[event.sample] = summary
        case .prompt: break
        }
    }
}

extension Engine {
    /// Waits for all answers.
    nonisolated func answers(to request: GenerationRequest) async throws -> EngineAnswers {
        var answers = EngineAnswers()
        for try await event in try submit(request) { answers.add(event) }
        return answers
    }

    /// The tokens of the only answer.
    nonisolated func tokens(_ request: GenerationRequest) async throws -> [Int32] {
        try await answers(to: request).tokens[0] ?? []
    }
}

/// Prompts and requests by chance, the same for the same seed.
struct RandomRequests {
    private var source: RandomSource
    private let vocabulary: Int32
    /// Beginnings that several prompts share.
    private let beginnings: [[Int32]]

    init(seed: UInt64, _ model: LanguageModel, beginning: Int = 150) {
        var source = RandomSource(seed: seed)
        let vocabulary = Int32(model.configuration.vocabularySize)
        beginnings = (0..<2).map { _ in (0..<beginning).map { _ in Int32.random(in: 0..<vocabulary, using: &source) } }
        (self.source, self.vocabulary) = (source, vocabulary)
    }

    mutating func prompt(_ range: ClosedRange<Int>) -> [Int32] {
        let own = (0..<Int.random(in: range, using: &source)).map { _ in
            Int32.random(in: 0..<vocabulary, using: &source)
        }
        guard let beginning = beginnings.randomElement(using: &source) else { return own }
        return Array(beginning.prefix(Int.random(in: 0...beginning.count, using: &source))) + own
    }

    /// Greedy, or with a seed; sometimes with several answers.
    mutating func request() -> GenerationRequest {
        var sampling = SamplingSettings()
        sampling.temperature = Bool.random(using: &source) ? 0 : 1.2
        sampling.seed = source.next()
        if Int.random(in: 0..<4, using: &source) == 0 { sampling.repetitionPenalty = 1.3 }
        var request = GenerationRequest(prompt: prompt(1...40), sampling: sampling)
        request.maximumTokens = Int.random(in: 1...24, using: &source)
        request.ignoresEnd = true
        if Int.random(in: 0..<4, using: &source) == 0 { request.samples = 2 }
        return request
    }

    mutating func number(below bound: Int) -> Int { Int.random(in: 0..<bound, using: &source) }
}

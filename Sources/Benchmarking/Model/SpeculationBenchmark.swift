import Generation

/// What is answered with guesses and without: `isobath bench --speculate`.
package struct SpeculationPlan: Sendable, Equatable {
    /// What the model is asked, as a person would.
    package var questions = [
        "What is 347 + 586?", "How do I quantize a model?", "Sort 52, 17, 93, 8 in descending order.",
        "What is 24 * 37?", "Which day comes three days after Monday?", "Is 91 divisible by 7?",
    ]
    /// The most tokens of an answer.
    package var answerLength = 128
    /// Rounds, in each of which every question is answered in both ways.
    package var rounds = 5
    /// Tokens guessed at a time; `nil` for one from each prediction layer.
    package var draftLength: Int?

    package init() {}

    /// - Throws: `InputError` for numbers that make no sense.
    package func check() throws {
        try checkOption("--decode", [answerLength], in: 1...1_000_000)
        try checkOption("--repeat", [rounds], in: 1...1_000_000)
    }
}

/// How much sooner a model answers where its prediction layers guess ahead.
package struct SpeculationResult: Sendable, Codable, Equatable {
    package var questions: Int
    package var rounds: Int
    /// Tokens of all answers of a round; the same in both ways.
    package var tokens: Int
    package var draftLength: Int
    /// Tokens of answers in a second without guesses, over the rounds.
    package var plainTokensPerS: Spread
    /// The same with guesses.
    package var guessedTokensPerS: Spread
    /// How many times faster with guesses, round by round.
    package var speedup: Spread
    /// In how many rounds the answers with guesses were there sooner.
    package var soonerRounds: Int
    /// The part of all guesses that became part of an answer; `nil` if nothing was guessed.
    package var acceptanceRate: Double?
}

/// Answers the same questions with guesses and without, in turn, so that a machine whose speed changes disturbs both alike.
package struct SpeculationBenchmark {
    private let model: LanguageModel
    private let plan: SpeculationPlan
    private let requests: [GenerationRequest]

    /// - Throws: `InputError` if the model has no vocabulary or no prediction layers, or the plan makes no sense.
    package init(_ model: LanguageModel, _ plan: SpeculationPlan) throws {
        try plan.check()
        (self.model, self.plan) = (model, plan)
        requests = try plan.questions.map { question in
            var request = try model.answer(to: question)
            request.sampling.temperature = 0
            request.maximumTokens = plan.answerLength
            return request
        }
        _ = try Session(model, speculation: settings)
    }

    private var settings: SpeculationSettings {
        var settings = SpeculationSettings()
        settings.draftLength = plan.draftLength
        return settings
    }

    /// Answers that are given in all: every question in two ways, in each round and in one to warm up.
    package var answerCount: Int { (plan.rounds + 1) * requests.count * 2 }

    /// Measures all rounds.
    /// - Parameter report: called with the answers done, of `answerCount`; what it returns is whether to go on.
    /// - Returns: `nil` if `report` said to stop before a round was complete.
    package func run(report: (Int) -> Bool = { _ in true }) async throws -> SpeculationResult? {
        var rounds: [Round] = []
        var done = 0
        for number in 0...plan.rounds {
            var round = Round()
            for (place, request) in requests.enumerated() {
                // Who comes first changes, as the first finds colder caches.
                for guesses in (number + place) % 2 == 0 ? [false, true] : [true, false] {
                    round.add(try await answer(request, guesses: guesses), guesses: guesses)
                    done += 1
                    guard report(done) else { return result(of: rounds) }
                }
            }
            if number > 0 { rounds.append(round) }
        }
        return result(of: rounds)
    }

    private func answer(_ request: GenerationRequest, guesses: Bool) async throws -> GenerationSummary {
        for try await event in try Session(model, speculation: guesses ? settings : nil).generate(request) {
            if case .finished(let summary) = event { return summary }
        }
        throw CancellationError()
    }

    /// All answers of a round, in both ways.
    private struct Round {
        var tokens = 0
        var plainSeconds = 0.0
        var guessedSeconds = 0.0
        var summary: SpeculationSummary?
        var drafted = 0
        var accepted = 0

        mutating func add(_ answer: GenerationSummary, guesses: Bool) {
            guard guesses else {
                tokens += answer.tokens.count
                plainSeconds += answer.generationSeconds
                return
            }
            guessedSeconds += answer.generationSeconds
            summary = answer.speculation
            drafted += answer.speculation?.drafted ?? 0
            accepted += answer.speculation?.accepted ?? 0
        }
    }

    private func result(of rounds: [Round]) -> SpeculationResult? {
        guard let last = rounds.last else { return nil }
        let (drafted, accepted) = rounds.reduce((0, 0)) { ($0.0 + $1.drafted, $0.1 + $1.accepted) }
        let speedups = rounds.map { $0.plainSeconds / $0.guessedSeconds }
        return SpeculationResult(
            questions: requests.count, rounds: rounds.count, tokens: last.tokens,
            draftLength: last.summary?.draftLength ?? 0,
            plainTokensPerS: Spread(rounds.map { Double($0.tokens) / $0.plainSeconds }),
            guessedTokensPerS: Spread(rounds.map { Double($0.tokens) / $0.guessedSeconds }),
            speedup: Spread(speedups), soonerRounds: speedups.count { $0 > 1 },
            acceptanceRate: drafted > 0 ? Double(accepted) / Double(drafted) : nil)
    }
}

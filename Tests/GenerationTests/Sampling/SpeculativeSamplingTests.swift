import Testing

@testable import Generation

/// Guesses change how often a token is computed, never how likely it is.
struct SpeculativeSamplingTests {
    /// The model's logits and a drafter's: overlapping, one token that only each of them gives, one likelier in each.
    private static let logits: [Float] = [2.0, 1.5, 0.5, -1.0, 1.0, -9.0]
    private static let guesses: [Float] = [0.5, 2.5, 0.6, 1.5, -2.0, -9.0]

    private static let settings: [SamplingSettings] = {
        var list = [SamplingSettings](repeating: SamplingSettings(), count: 5)
        list[1].temperature = 0.6
        list[2].topK = 3
        list[3].topP = 0.8
        (list[4].presencePenalty, list[4].repetitionPenalty, list[4].minP) = (0.7, 1.3, 0.1)
        return list
    }()

    /// How often a part of `count` draws with this probability may differ from it: 5 standard deviations, which less
    /// than one in a million draws' worth of seeds exceeds, and one draw.
    private func bound(_ probability: Double, _ count: Int) -> Double {
        5 * (probability * (1 - probability) / Double(count)).squareRoot() + 1 / Double(count)
    }

    @Test(arguments: settings.indices) func distributionIsUnchanged(_ index: Int) throws {
        var settings = Self.settings[index]
        settings.seed = 11
        let count = 60_000
        var start = try Sampler(settings, prompt: [3, 3, 5])
        try start.append([1, 4])
        let expected = try start.distribution(Self.logits)
        let guessed = try start.distribution(Self.guesses)
        var (counts, accepted) = ([Int](repeating: 0, count: 6), 0)
        var sampler = start
        for _ in 0..<count {
            // Every round begins with the same history, and goes on with the random numbers.
            sampler.history = start.history
            let draft = try sampler.guessing { try $0.guess(Self.guesses) }
            let (token, isDraft) = try sampler.next(Self.logits, checking: draft)
            counts[Int(token)] += 1
            accepted += isDraft ? 1 : 0
        }
        let p = Dictionary(uniqueKeysWithValues: expected.map { ($0.token, $0.probability) })
        let q = Dictionary(uniqueKeysWithValues: guessed.map { ($0.token, $0.probability) })
        for token in Int32(0)..<6 {
            let (wanted, found) = (p[token] ?? 0, Double(counts[Int(token)]) / Double(count))
            #expect(abs(found - wanted) <= bound(wanted, count), "token \(token): \(found), not \(wanted)")
        }
        // Σ min(p, q): §3.3 of the paper.
        let rate = p.reduce(0) { $0 + min($1.value, q[$1.key] ?? 0) }
        #expect(abs(Double(accepted) / Double(count) - rate) <= bound(rate, count))
        #expect(rate > 0.1 && rate < 0.95)
        // What was guessed is so different that taking it unchecked would have been noticed.
        #expect(p.contains { abs($0.value - (q[$0.key] ?? 0)) > 3 * bound($0.value, count) })
    }

    @Test func equalDistributionsTakeEveryGuess() throws {
        var settings = SamplingSettings()
        settings.seed = 5
        var sampler = try Sampler(settings)
        for _ in 0..<1_000 {
            let draft = try sampler.guessing { try $0.guess(Self.logits) }
            #expect(try sampler.next(Self.logits, checking: draft).isDraft)
        }
    }

    @Test func guessesThatTheModelRulesOutAreNeverTaken() throws {
        var settings = SamplingSettings()
        (settings.topK, settings.seed) = (1, 5)
        var sampler = try Sampler(settings)
        var other = Self.guesses
        other[3] = 9
        for _ in 0..<100 {
            let draft = try sampler.guessing { try $0.guess(other) }
            #expect(draft.token == 3)
            let (token, isDraft) = try sampler.next(Self.logits, checking: draft)
            #expect(token == 0 && !isDraft)
        }
    }

    @Test func greedyChoiceIsTheModels() throws {
        var sampler = try Sampler(.greedy)
        let wrong = try sampler.guessing { try $0.guess(Self.guesses) }
        #expect(wrong.token == 1)
        let (token, isDraft) = try sampler.next(Self.logits, checking: wrong)
        #expect(token == 0 && !isDraft)
        let right = try sampler.guessing { try $0.guess(Self.logits) }
        let next = try sampler.next(Self.logits, checking: right)
        #expect(next.token == 0 && next.isDraft)
        #expect(sampler.history.generated == [0: 2])
    }

    /// A guess that is not checked leaves no trace in the penalties, and its random number is not used again.
    @Test func guessingLeavesTheHistoryAlone() throws {
        var settings = SamplingSettings()
        (settings.seed, settings.presencePenalty) = (3, 2)
        var sampler = try Sampler(settings)
        let before = sampler
        _ = try sampler.guessing { sampler in try (0..<3).map { _ in try sampler.guess(Self.guesses) } }
        #expect(sampler.history.generated.isEmpty && sampler.random != before.random)
        let distributions = try [sampler, before].map { try $0.distribution(Self.logits).map(\.probability) }
        #expect(distributions[0] == distributions[1])
    }

    @Test func brokenLogitsAreErrors() throws {
        var sampler = try Sampler(SamplingSettings())
        #expect(throws: (any Error).self) { try sampler.guessing { try $0.guess([1, .nan]) } }
        let draft = try sampler.guessing { try $0.guess([1, 2]) }
        #expect(throws: (any Error).self) { try sampler.next([.nan, 0], checking: draft) }
    }
}

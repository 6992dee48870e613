import Files
import Foundation
import Testing

@testable import Generation

@Suite struct SamplerTests {
    private func settings(_ change: (inout SamplingSettings) -> Void) -> SamplingSettings {
        var settings = SamplingSettings()
        change(&settings)
        return settings
    }

    private func randomLogits(_ count: Int, _ random: inout RandomSource) -> [Float] {
        (0..<count).map { _ in Float(random.nextUnit() * 20 - 10) }
    }

    // MARK: Choice

    @Test func greedyTakesTheLowestOfEqualTokens() throws {
        var sampler = try Sampler(.greedy)
        #expect(try sampler.next([0, 3, -1, 3, 3]) == 1)
        #expect(try sampler.next([-Float.infinity, -5, -0.0, 0]) == 2)
    }

    @Test func sameSeedGivesTheSameTokens() throws {
        var random = RandomSource(seed: 1)
        let steps = (0..<50).map { _ in randomLogits(100, &random) }
        func tokens(_ seed: UInt64) throws -> [Int32] {
            var sampler = try Sampler(settings { $0.seed = seed })
            return try steps.map { try sampler.next($0) }
        }
        #expect(try tokens(7) == tokens(7))
        #expect(try tokens(7) != tokens(8))
    }

    @Test func drawnSequenceIsFixed() throws {
        var sampler = try Sampler(settings { $0.seed = 42 })
        let logits = (0..<16).map { Float($0 % 5) / 2 }
        // Worked out apart from this program, in integers and decimals: Tests/Fixtures/make/draws.py
        #expect(try (0..<12).map { _ in try sampler.next(logits) } == [2, 7, 11, 14, 15, 13, 12, 14, 13, 9, 11, 4])
    }

    @Test func frequenciesFollowTheProbabilities() throws {
        var sampler = try Sampler(
            settings {
                $0.seed = 3; $0.temperature = 0.7; $0.topK = 4
            })
        let logits: [Float] = [0, 1, -1, 2, 0.5, -3]
        let expected = try sampler.distribution(logits)
        var counts: [Int32: Int] = [:]
        let draws = 100_000
        for _ in 0..<draws { counts[try sampler.next(logits), default: 0] += 1 }
        #expect(Set(counts.keys) == Set(expected.map(\.token)))
        for (token, probability) in expected {
            // Five standard deviations.
            let slack = 5 * (probability * (1 - probability) * Double(draws)).squareRoot()
            #expect(abs(Double(counts[token] ?? 0) - probability * Double(draws)) < slack)
        }
    }

    @Test func freshSeedIsReportedAndRepeats() throws {
        var first = try Sampler(SamplingSettings())
        var second = try Sampler(settings { $0.seed = first.seed })
        let logits = [Float](repeating: 0, count: 1000)
        for _ in 0..<5 { #expect(try first.next(logits) == second.next(logits)) }
    }

    // MARK: Penalties

    @Test func presenceAndFrequencyCountTheAnswerOnly() throws {
        var sampler = try Sampler(
            settings {
                $0.presencePenalty = 0.5; $0.frequencyPenalty = 0.25
            }, prompt: [0, 0])
        try sampler.append([1, 2, 2])
        let actual = try sampler.distribution([1, 1, 1, 1]).map(\.probability)
        let expected = [1.0, 0.25, 0.0, 1.0].map { exp($0) }
        let total = expected.reduce(0, +)
        for (left, right) in zip(actual, expected) { #expect(abs(left - right / total) < 1e-9) }
    }

    @Test func repetitionWindowForgets() throws {
        var sampler = try Sampler(
            settings {
                $0.repetitionPenalty = 2; $0.repetitionWindow = 2; $0.temperature = 0
            }, prompt: [0])
        #expect(try sampler.next([4, 3, 2.5, 0]) == 1)
        #expect(try sampler.next([4, 3, 2.5, 0]) == 2)
        // The window now holds 1 and 2, no longer 0.
        #expect(try sampler.next([4, 3, 2.5, 0]) == 0)
    }

    @Test(arguments: [1, 2, 7, 100]) func windowEqualsRecount(_ window: Int) {
        var random = RandomSource(seed: UInt64(window))
        var history = TokenHistory(window: window)
        var tokens: [Int32] = []
        for _ in 0..<1000 {
            tokens.append(Int32(random.next() % 20))
            history.append(prompt: tokens[tokens.count - 1])
            #expect(Set(history.seen) == Set(tokens.suffix(window)))
        }
    }

    @Test func biasForbidsAndForces() throws {
        var sampler = try Sampler(
            settings {
                $0.logitBias = [0: -.infinity, 2: 5, 99: 1]; $0.temperature = 0
            })
        #expect(try sampler.next([100, 4, 0]) == 2)
        let distribution = try Sampler(settings { $0.logitBias = [1: -.infinity] }).distribution([0, 0])
        #expect(distribution.map(\.probability) == [1, 0])
    }

    @Test func historyOutsideOfTheVocabularyIsIgnored() throws {
        var sampler = try Sampler(
            settings {
                $0.repetitionPenalty = 2; $0.frequencyPenalty = 1; $0.temperature = 0
            }, prompt: [-1, 500])
        try sampler.append([-7, 1 << 30])
        #expect(try sampler.next([0, 1]) == 1)
    }

    // MARK: Bad logits

    @Test(
        arguments: [
            [0, .nan, 1], [.infinity, 0], [-.infinity, -.infinity], [], [.nan],
        ] as [[Float]])
    func unusableLogitsAreRefused(_ logits: [Float]) throws {
        for settings in [SamplingSettings.greedy, SamplingSettings()] {
            var sampler = try Sampler(settings)
            let error = #expect(throws: InputError.self) { try sampler.next(logits) }
            #expect(error?.kind == .invalidValue)
        }
        #expect(throws: InputError.self) { try LogProbabilities(logits) }
    }

    @Test func biasThatForbidsEverythingIsRefused() throws {
        var sampler = try Sampler(settings { $0.logitBias = [0: -.infinity, 1: -.infinity] })
        #expect(throws: InputError.self) { try sampler.next([0, 0]) }
    }

    @Test func hugeLogitsNeverOverflow() throws {
        var sampler = try Sampler(
            settings {
                $0.temperature = 1e-4; $0.topP = 0.9; $0.minP = 0.1; $0.topK = 3
            })
        let huge = Float.greatestFiniteMagnitude
        #expect(try sampler.next([-huge, 0, huge, -.infinity]) == 2)
        let distribution = try sampler.distribution([huge, huge, -huge])
        #expect(distribution.map(\.probability) == [0.5, 0.5])
    }

    // MARK: Truncation against the definition

    @Test(arguments: 0..<40) func truncationEqualsSorting(_ seed: Int) throws {
        var random = RandomSource(seed: UInt64(seed))
        let count = [1, 2, 3, 17, 300, 5000][seed % 6]
        // Few distinct values on every second seed, so that ties abound.
        let logits = randomLogits(count, &random).map { seed % 2 == 0 ? $0 : $0.rounded() }
        let k = 1 + Int(random.next() % UInt64(count))
        let p = Float(random.nextUnit() * 0.98 + 0.01)
        let order = logits.indices.sorted { logits[$0] != logits[$1] ? logits[$0] > logits[$1] : $0 < $1 }

        var candidates = Candidates(logits)
        TopK(k: k).apply(to: &candidates)
        let kth = logits[order[k - 1]]
        #expect(candidates.ids.map(Int.init) == logits.indices.filter { logits[$0] >= kth })

        candidates = Candidates(logits)
        let probabilities = candidates.probabilities
        TopP(p: p).apply(to: &candidates)
        var sum = 0.0
        var nucleus: [Int] = []
        for token in order where sum < Double(p) {
            nucleus.append(token)
            sum += probabilities[token]
        }
        #expect(candidates.ids.map(Int.init) == nucleus.sorted())
    }

    @Test func greedyIsNeverAffectedByTruncation() throws {
        var random = RandomSource(seed: 9)
        let logits = randomLogits(1000, &random)
        var plain = try Sampler(.greedy)
        var truncated = try Sampler(
            settings {
                $0.temperature = 0; $0.topK = 1; $0.topP = 0.1; $0.minP = 1
            })
        #expect(try plain.next(logits) == truncated.next(logits))
    }
}

import Generation
import Models
import Tensors
import TestSupport
import Testing

/// Sampled answers of a few tokens with and without guesses: as likely as the model makes them, penalties included.
@Suite(.timeLimit(.minutes(10))) struct SpeculativeDistributionTests {
    private static let prompt: [Int32] = [5, 9, 200, 31]

    /// Guesses with the model's own logits, distorted.
    private struct DistortingDrafter: Drafter {
        let logits: @Sendable ([Int32]) throws -> [Float]
        private var text: [Int32] = []

        init(_ logits: @escaping @Sendable ([Int32]) throws -> [Float]) { self.logits = logits }

        mutating func read(_ tokens: [Int32], states: Tensor) { text += tokens }

        mutating func truncate(to length: Int) -> Int {
            text.removeSubrange(length...)
            return length
        }

        mutating func draft(after token: Int32, count: Int, choose: ([Float]) throws -> Int32) throws {
            var guessed = text + [token]
            for _ in 0..<count { guessed.append(try choose(try logits(guessed))) }
        }
    }

    private static func settings() -> SamplingSettings {
        var settings = SamplingSettings()
        (settings.temperature, settings.topK) = (2, 3)
        (settings.repetitionPenalty, settings.presencePenalty) = (1.5, 1)
        return settings
    }

    private static func logits(_ model: LanguageModel, _ text: [Int32]) throws -> [Float] {
        let step = try model.decoder.step([.init(tokens: text, cache: nil)], operations: model.operations)
        let states = try model.decoder(step)
        return model.decoder.logits(states.slice(text.count - 1..<text.count), model.operations).floats
    }

    /// The probability of every answer of `count` tokens.
    private func answers(_ model: LanguageModel, _ count: Int) throws -> [[Int32]: Double] {
        var all: [[Int32]: Double] = [[]: 1]
        for _ in 0..<count {
            var longer: [[Int32]: Double] = [:]
            for (answer, probability) in all {
                var sampler = try Sampler(Self.settings(), prompt: Self.prompt)
                try sampler.append(answer)
                for next in try sampler.distribution(Self.logits(model, Self.prompt + answer)) {
                    longer[answer + [next.token]] = probability * next.probability
                }
            }
            all = longer
        }
        return all
    }

    @Test(arguments: [1, 2]) func answersAreAsLikelyAsWithoutGuesses(_ length: Int) async throws {
        let (model, count) = (try TestModels.fixture("llama-gqa"), 2_500)
        // The first token comes with the prompt, and behind the last guess the model adds one.
        let expected = try answers(model, length + 2)
        #expect(expected.count > 20)
        var settings = SpeculationSettings()
        settings.draftLength = length
        let session = try Session(model, settings) { _ in
            // Halved, and moved by an amount of each token's own.
            DistortingDrafter { try Self.logits(model, $0).enumerated().map { $1 / 2 + Float($0 * 7 % 5) / 4 } }
        }
        var (found, accepted, drafted) = ([[Int32]: Int](), 0, 0)
        for seed in 0..<UInt64(count) {
            var request = GenerationRequest.greedy(Self.prompt, count: length + 2)
            request.sampling = Self.settings()
            request.sampling.seed = seed
            let summary = try await session.answer(request)
            found[summary.tokens, default: 0] += 1
            accepted += summary.speculation?.accepted ?? 0
            drafted += summary.speculation?.drafted ?? 0
        }
        #expect(Set(found.keys).isSubset(of: Set(expected.keys)))
        for (answer, probability) in expected {
            // 5 standard deviations of the frequency, and one answer.
            let bound = 5 * (probability * (1 - probability) / Double(count)).squareRoot() + 1 / Double(count)
            let frequency = Double(found[answer] ?? 0) / Double(count)
            #expect(abs(frequency - probability) <= bound, "\(answer): \(frequency), not \(probability)")
        }
        // Neither rule is idle.
        #expect(drafted > count / 2 && accepted * 10 > drafted && accepted * 10 < drafted * 9)
    }
}

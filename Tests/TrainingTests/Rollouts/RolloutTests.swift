import Files
import Foundation
import Generation
import TestSupport
import Testing

@testable import Training

@Suite struct RolloutTests {
    private static let prompts: [[Int32]] = [[7, 92, 19], [74], [5, 6, 88, 92, 43, 2, 9]]

    private func draw(
        _ small: SmallModel, atOnce: Int = 64, tokens: Int = 12, temperature: Float = 1, ends: Set<Int32> = [1]
    ) throws -> [[RolloutSample]] {
        var settings = RolloutSettings()
        (settings.sequencesAtOnce, settings.maximumTokens, settings.temperature) = (atOnce, tokens, temperature)
        let requests = Self.prompts.enumerated().map { index, prompt in
            RolloutRequest(prompt: prompt, seeds: (0..<5).map { DerivedSeed.seed(9, UInt64(index), $0) })
        }
        return try Rollouts(small.model, settings, ends: ends)(requests)
    }

    @Test(arguments: ["llama-mha", "v3"]) func whatIsDrawnDoesNotDependOnWhatIsDrawnBesideIt(_ name: String) throws {
        let all = try draw(SmallModel(name, threads: 1))
        #expect(all.flatMap(\.self).count == 15 && Set(all.flatMap(\.self).map(\.tokens)).count > 10)
        for (atOnce, threads) in [(1, 1), (2, 2), (7, 3), (64, 2)] {
            #expect(try draw(SmallModel(name, threads: threads), atOnce: atOnce) == all)
        }
        // And a question's answers are the same when it is asked alone.
        let small = try SmallModel(name)
        var settings = RolloutSettings()
        settings.maximumTokens = 12
        let alone = try Rollouts(small.model, settings, ends: [1])([
            .init(prompt: Self.prompts[2], seeds: [DerivedSeed.seed(9, 2, 4)])
        ])
        #expect(alone[0][0] == all[2][4])
    }

    @Test(arguments: ["llama-mha", "v3"]) func sessionsSayTheSame(_ name: String) async throws {
        let samples = try draw(SmallModel(name), temperature: 0.8)
        var engine = EngineSettings()
        engine.arithmetic = .exact
        let model = try LanguageModel(path: Fixture.path("text/\(name)"), settings: engine)
        for (index, prompt) in Self.prompts.enumerated() {
            var sampling = SamplingSettings()
            (sampling.temperature, sampling.seed) = (0.8, DerivedSeed.seed(9, UInt64(index), 3))
            var request = GenerationRequest(prompt: prompt, sampling: sampling)
            request.maximumTokens = 12
            var tokens: [Int32] = []
            for try await event in Session(model).generate(request) {
                if case .finished(let summary) = event { tokens = summary.tokens }
            }
            #expect(tokens == samples[index][3].tokens)
        }
    }

    @Test(arguments: ["llama-mha", "v3"]) func probabilitiesAreThoseOfScoring(_ name: String) throws {
        let small = try SmallModel(name)
        let samples = try draw(small, temperature: 0.7)
        for (prompt, samples) in zip(Self.prompts, samples) {
            let sequences = samples.map { AnsweredSequence(prompt: prompt, answer: $0.tokens) }
            let scores = try AnswerScoring(temperature: 0.7).scores(of: sequences, by: small.model)
            for (sample, score) in zip(samples, scores) {
                #expect(zip(sample.logProbabilities, score.logProbabilities).allSatisfy { abs($0 - $1) < 1e-4 })
                #expect(sample.entropy > 0 && sample.entropy <= log(256))
            }
        }
    }

    @Test func answersEnd() throws {
        let small = try SmallModel()
        let free = try draw(small, ends: [])
        let end = free[0][0].tokens[4]
        let ended = try draw(small, ends: [end])
        #expect(free.joined().allSatisfy { $0.tokens.count == 12 && !$0.isFinished })
        for (free, ended) in zip(free.joined(), ended.joined()) {
            let place = free.tokens.firstIndex(of: end)
            #expect(ended.tokens == (place.map { Array(free.tokens[...$0]) } ?? free.tokens))
            #expect(ended.isFinished == (place != nil) && ended.logProbabilities.count == ended.tokens.count)
        }
        #expect(try draw(small, tokens: 1).joined().allSatisfy { $0.tokens.count == 1 })
    }

    @Test(arguments: [[], [300], Array(repeating: 2, count: 4096)] as [[Int32]]) func badPromptsAreErrors(
        _ prompt: [Int32]
    ) throws {
        let rollouts = Rollouts(try SmallModel().model, RolloutSettings(), ends: [])
        #expect(throws: InputError.self) { try rollouts([.init(prompt: prompt, seeds: [1])]) }
    }

    @Test func nothingIsAskedForNothing() throws {
        let rollouts = Rollouts(try SmallModel().model, RolloutSettings(), ends: [])
        #expect(try rollouts([]).isEmpty && rollouts([.init(prompt: [2], seeds: [])]) == [[]])
    }
}

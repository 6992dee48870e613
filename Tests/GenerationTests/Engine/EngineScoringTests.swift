import Files
import Models
import TestSupport
import Testing

@testable import Generation

/// Probabilities, several answers, and embeddings.
@Suite(.serialized, .timeLimit(.minutes(10)))
struct EngineScoringTests {
    private let prompt: [Int32] = [83, 48, 139, 126, 231, 13, 73, 5, 5, 19]

    // MARK: Probabilities

    @Test(arguments: ["v3", "llama-gqa"]) func promptsAreScoredAsTextsAre(_ name: String) async throws {
        let model = try TestModels.fixture(name)
        var source = RandomSource(seed: 4)
        let long = (0..<150).map { _ in Int32.random(in: 0..<200, using: &source) }
        let engine = try Engine(model)
        for prompt in [prompt, long, [7]] {
            var request = GenerationRequest.greedy(prompt, count: 0)
            (request.scoresPrompt, request.alternatives) = (true, 3)
            let answers = try await engine.answers(to: request)
            #expect(answers.promptScores == (try model.score(prompt, top: 3)))
            #expect(answers.summaries[0]?.finishReason == .length && answers.tokens.isEmpty)
            // Remembered pages do not keep a prompt from being scored.
            request.maximumTokens = 2
            let again = try await engine.answers(to: request)
            #expect(again.promptScores == answers.promptScores && again.tokens[0]?.count == 2)
        }
    }

    @Test func answersAreScoredAsTextsAre() async throws {
        let model = try TestModels.fixture("llama-gqa")
        var request = GenerationRequest.greedy(prompt, count: 6)
        (request.alternatives, request.sampling.temperature, request.sampling.seed) = (2, 1.5, 8)
        request.sampling.logitBias = [3: -100]
        let answers = try await Engine(model).answers(to: request)
        let tokens = try #require(answers.tokens[0])
        let scores = try #require(answers.scores[0])
        #expect(scores == Array(try model.score(prompt + tokens, top: 2).suffix(6)))
        let sum = scores.reduce(0) { $0 + ($1.logProbability ?? 0) }
        #expect(answers.summaries[0]?.logProbability == sum)
    }

    @Test func biasesForbidAndForce() async throws {
        let engine = try Engine(try TestModels.fixture("v3"))
        var request = GenerationRequest.greedy(prompt, count: 4)
        let free = try await engine.tokens(request)
        request.sampling.logitBias = [free[0]: -.infinity]
        #expect(try await engine.tokens(request).contains(free[0]) == false)
        request.sampling.logitBias = [42: 1000]
        #expect(try await engine.tokens(request) == [42, 42, 42, 42])
    }

    // MARK: Several answers

    @Test(arguments: ["v3", "llama-gqa"]) func samplesAreThoseOfTheNextSeeds(_ name: String) async throws {
        let model = try TestModels.fixture(name)
        var request = GenerationRequest.greedy(prompt, count: 8)
        (request.sampling.temperature, request.sampling.seed, request.samples) = (1, 100, 4)
        let together = try await Engine(model).answers(to: request)
        #expect(together.summaries.count == 4)
        request.samples = 1
        for sample in 0..<4 {
            request.sampling.seed = UInt64(100 + sample)
            #expect(try await Engine(model).tokens(request) == together.tokens[sample])
        }
    }

    @Test func theBestOfSeveralComeFirst() async throws {
        let model = try TestModels.fixture("llama-gqa")
        var request = GenerationRequest.greedy(prompt, count: 5)
        (request.sampling.temperature, request.sampling.seed) = (1.5, 1)
        (request.samples, request.alternatives) = (6, 0)
        let all = try await Engine(model).answers(to: request)
        (request.samples, request.candidates) = (2, 6)
        let best = try await Engine(model).answers(to: request)
        let ranked = all.summaries.values.sorted { ($0.logProbability ?? 0) > ($1.logProbability ?? 0) }
        #expect(best.summaries.count == 2)
        #expect(best.tokens[0] == ranked[0].tokens && best.tokens[1] == ranked[1].tokens)
        #expect(best.scores[0]?.count == 5)
    }

    @Test func sessionsRefuseWhatOnlyEnginesDo() async throws {
        let session = Session(try TestModels.fixture("v3"))
        var request = GenerationRequest.greedy(prompt, count: 2)
        request.samples = 2
        let several = request
        await #expect(throws: InputError.self) { try await session.answer(several) }
        (request.samples, request.scoresPrompt) = (1, true)
        let scored = request
        await #expect(throws: InputError.self) { try await session.answer(scored) }
    }

    // MARK: Embeddings

    @Test(arguments: ["v3", "llama-gqa"]) func embeddingsAreStatesOfTheDecoder(_ name: String) async throws {
        let model = try TestModels.fixture(name)
        let engine = try Engine(model)
        let texts = [prompt, [9], Array(prompt.reversed()), prompt]
        let means = try await engine.embeddings(of: texts, pooling: .mean, normalized: false)
        let lasts = try await engine.embeddings(of: texts, pooling: .last, normalized: false)
        for (index, text) in texts.enumerated() {
            let step = try model.decoder.step(
                [.init(tokens: text, cache: KeyValueCache(pool: model.pool))], operations: model.operations)
            let states = try model.decoder(step)
            let (values, width) = (states.floats, states.shape.width)
            #expect(lasts[index] == Array(values.suffix(width)))
            let mean = (0..<width).map { column in
                Float(
                    stride(from: column, to: values.count, by: width).reduce(0.0) { $0 + Double(values[$1]) }
                        / Double(text.count))
            }
            #expect(means[index] == mean)
        }
        for vector in try await engine.embeddings(of: texts) {
            #expect(abs(vector.reduce(0) { $0 + $1 * $1 } - 1) < 1e-5)
        }
        #expect(try await engine.embeddings(of: []).isEmpty)
        await #expect(throws: InputError.self) { try await engine.embeddings(of: [[1], []]) }
    }
}

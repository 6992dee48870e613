import Checkpoints
import Files
import Models
import Tensors
import TestSupport
import Testing

@testable import Generation

/// An answer is the same, bit for bit, whoever else is there.
@Suite(.serialized, .timeLimit(.minutes(10)))
struct EngineExactnessTests {
    /// Grouped and latent attention, dense and mixtures, f32 and quantized.
    static let models = [
        "text/llama-gqa", "text/deepseek-moe", "text/v3", "gguf/llama-mha-Q4_K_M.gguf", "gguf/v3-k256-Q4_K_M.gguf",
    ]

    private static func model(_ name: String, cache: ElementType = .f16, chunk: Int = 100) throws -> LanguageModel {
        var settings = EngineSettings()
        (settings.cacheElementType, settings.chunkLength) = (cache, chunk)
        return try LanguageModel(path: Fixture.path(name), settings: settings)
    }

    /// Pieces so small that prompts are read beside everything else.
    private static var limits: EngineLimits {
        var limits = EngineLimits()
        (limits.slots, limits.chunkLength, limits.chunkSeconds) = (5, 24, 0.001)
        return limits
    }

    // MARK: Company

    @Test(arguments: models)
    func companyChangesNothing(_ name: String) async throws {
        let model = try Self.model(name)
        var random = RandomRequests(seed: 7, model)
        let requests = (0..<14).map { _ in random.request() }
        var alone: [[Int: [Int32]]] = []
        for request in requests { alone.append(try await Engine(model).answers(to: request).tokens) }
        let engine = try Engine(model, limits: Self.limits)
        for round in 0..<3 {
            let found = try await together(requests, engine, seed: UInt64(round))
            #expect(found == alone, "\(name), round \(round)")
        }
        // The second and third rounds find what the first one left.
        #expect(engine.statistics.rememberedTokens > 0)
        #expect(engine.statistics.sequencesPerStep.quantile(1) ?? 0 > 1)
        await engine.drain()
        #expect(engine.statistics.active == 0 && engine.statistics.waiting == 0)
    }

    /// Requests in random order and at random times; between them some that are given up.
    private func together(
        _ requests: [GenerationRequest], _ engine: Engine, seed: UInt64
    ) async throws -> [[Int: [Int32]]] {
        var source = RandomSource(seed: seed)
        let order = requests.indices.shuffled(using: &source)
        var answers = [[Int: [Int32]]](repeating: [:], count: requests.count)
        try await withThrowingTaskGroup(of: (Int, [Int: [Int32]]).self) { group in
            for index in order {
                let (request, other) = (requests[index], requests[(index + 1) % requests.count])
                let givesUpAfter = Int.random(in: 0..<9, using: &source)
                group.addTask { (index, try await engine.answers(to: request).tokens) }
                if givesUpAfter < 5 {
                    group.addTask {
                        var seen = 0
                        for try await event in try engine.submit(other) {
                            if case .token = event.event { seen += 1 }
                            if seen > givesUpAfter { break }
                        }
                        return (-1, [:])
                    }
                }
                for _ in 0..<Int.random(in: 0..<4, using: &source) { await Task.yield() }
            }
            for try await (index, tokens) in group where index >= 0 { answers[index] = tokens }
        }
        return answers
    }

    /// An engine and a session agree, whichever forms of attention a prompt takes.
    @Test(arguments: models, [1, 40, 99, 100, 101, 170, 230])
    func sessionsAgree(_ name: String, length: Int) async throws {
        let model = try Self.model(name)
        var random = RandomRequests(seed: 3, model, beginning: 0)
        let request = GenerationRequest.greedy(random.prompt(length...length), count: 6)
        let session = try await Session(model).answer(request).tokens
        let engine = try Engine(model, limits: Self.limits)
        #expect(try await engine.tokens(request) == session)
        // The second time most of it is remembered.
        let again = try await engine.answers(to: request)
        #expect(again.tokens[0] == session)
        #expect(again.summaries[0]?.rememberedTokens ?? 0 == (length - 1) / 64 * 64 || length > 64)
    }

    // MARK: Memory

    /// With room for few pages, sequences have to give theirs up and are computed again.
    @Test(arguments: ["text/llama-gqa", "text/v3"])
    func scarceMemoryChangesNothing(_ name: String) async throws {
        let model = try Self.model(name)
        var random = RandomRequests(seed: 11, model, beginning: 60)
        let requests = (0..<8).map { _ in
            var request = GenerationRequest.greedy(random.prompt(50...120), count: 70)
            request.sampling.seed = 5
            return request
        }
        var alone: [[Int: [Int32]]] = []
        for request in requests { alone.append(try await Engine(model).answers(to: request).tokens) }
        var limits = Self.limits
        limits.cacheMemory = 7 * model.pool.layout.bytesPerPage
        let engine = try Engine(model, limits: limits)
        #expect(try await together(requests, engine, seed: 1) == alone)
        let statistics = engine.statistics
        #expect(statistics.displaced > 0 && statistics.forgottenPages > 0)
        #expect(statistics.cacheBytes <= statistics.cacheByteLimit)
    }

    // MARK: Guesses

    /// Prediction layers change the time that an answer takes, and nothing else.
    @Test(arguments: [0, 1.1] as [Float])
    func speculationChangesNothing(temperature: Float) async throws {
        let model = try Self.model("text/v3")
        var random = RandomRequests(seed: 2, model, beginning: 0)
        var limits = EngineLimits()
        limits.speculation = 3
        let engine = try Engine(model, limits: limits)
        for length in [1, 30, 140] {
            var request = GenerationRequest.greedy(random.prompt(length...length), count: 40)
            (request.sampling.temperature, request.sampling.seed) = (temperature, 9)
            #expect(try await engine.tokens(request) == (try await Engine(model).tokens(request)))
        }
        #expect(engine.statistics.guessedTokens > 0)
    }

    // MARK: Constraints

    @Test func constraintsHoldBesideOthers() async throws {
        let model = try TestModels.firstLight()
        let constraint = try model.constraint(Grammar(regularExpression: "[0-9]{3}-[a-f]{2}"))
        let tokenizer = try model.requiredTokenizer()
        let requests = (0..<6).map { index in
            var request = GenerationRequest(
                prompt: tokenizer.encode("What is \(index) + \(index * 7)?"), sampling: SamplingSettings())
            (request.sampling.seed, request.maximumTokens) = (UInt64(index), 24)
            if index % 2 == 0 { request.constraint = constraint }
            return request
        }
        var alone: [[Int: [Int32]]] = []
        for request in requests { alone.append(try await Engine(model).answers(to: request).tokens) }
        let engine = try Engine(model, limits: Self.limits)
        #expect(try await together(requests, engine, seed: 3) == alone)
        let text = try await engine.answers(to: requests[0]).texts[0]
        #expect(try #require(text).wholeMatch(of: /[0-9]{3}-[a-f]{2}/) != nil)
    }
}

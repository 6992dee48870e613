import Files
import Generation
import Models
import Synchronization
import TestSupport
import Testing

/// Sessions of models whose experts are read when they are chosen.
@Suite(.timeLimit(.minutes(5))) struct SessionExpertTests {
    private let prompt: [Int32] = [83, 48, 139, 126, 231, 13, 73]

    private func settings(_ bytes: Int) -> EngineSettings {
        var settings = EngineSettings()
        settings.expertMemory = bytes
        return settings
    }

    /// What the error about too little memory says is enough.
    private func leastMemory(_ name: String) throws -> Int {
        let error = try #require(throws: InputError.self) { try TestModels.fixture(name, settings(1)) }
        let words = error.advice.split { $0 == " " || $0 == "," }.map(String.init)
        let size = try #require(words.first { $0.first?.isNumber == true })
        return try ByteSize(parsing: size, option: "").bytes
    }

    @Test(arguments: ["deepseek-moe", "v2-lite", "v3", "v3-fp8"])
    func answersAreThoseOfTheMappedModel(_ name: String) async throws {
        let mapped = try TestModels.fixture(name)
        let expected = try await Session(mapped).answer(.greedy(prompt, count: 12))
        #expect(expected.experts == nil)
        let model = try TestModels.fixture(name, settings(try leastMemory(name)))
        let found = try await Session(model).answer(.greedy(prompt, count: 12))
        #expect(found.tokens == expected.tokens)
        let experts = try #require(found.experts)
        #expect(try experts.memoryBytes == leastMemory(name) && experts.slots == mixture(model).expertsPerToken)
        #expect(experts.prompt.tokens == prompt.count && experts.generation.tokens == 11)
        let layers = (0..<model.configuration.layerCount).filter(model.configuration.isMixture).count
        let needed = try 11 * layers * mixture(model).expertsPerToken
        #expect(experts.generation.hits + experts.generation.foreseen + experts.generation.misses == needed)
        #expect(experts.prompt.bytesRead > 0 && experts.prompt.misses + experts.prompt.foreseen > 0)
        #expect(experts.total.bytesRead == experts.prompt.bytesRead + experts.generation.bytesRead)
        #expect(experts.generation.hitRate == Double(experts.generation.hits) / Double(needed))
        #expect(experts.generation.bytesPerToken == Double(experts.generation.bytesRead) / 11)
    }

    private func mixture(_ model: LanguageModel) throws -> MixtureConfiguration {
        try #require(model.configuration.mixture)
    }

    /// What one session has read the next one finds.
    @Test func sessionsShareTheMemory() async throws {
        let least = try leastMemory("v3")
        // Nearly all experts fit.
        let models = try (2...20).reversed().map { try TestModels.fixture("v3", settings($0 * least)) }
        let model = try #require(models.first { $0.decoder.expertStore != nil })
        let first = try await Session(model).answer(.greedy(prompt, count: 8))
        let second = try await Session(model).answer(.greedy(prompt, count: 8))
        #expect(first.tokens == second.tokens)
        #expect(try #require(second.experts).total.misses < #require(first.experts).total.misses)
    }

    @Test func sessionsAnswerAtTheSameTime() async throws {
        let expected = try await Session(TestModels.fixture("v2-lite")).answer(.greedy(prompt, count: 12)).tokens
        let model = try TestModels.fixture("v2-lite", settings(leastMemory("v2-lite")))
        try await withThrowingTaskGroup(of: [Int32].self) { group in
            for _ in 0..<5 { group.addTask { try await Session(model).answer(.greedy(prompt, count: 12)).tokens } }
            for try await tokens in group { #expect(tokens == expected) }
        }
    }

    /// A long prompt goes through in longer chunks, and no number changes.
    @Test(arguments: ["v3", "v2-lite", "deepseek-moe"])
    func longPromptsReadExpertsForMoreTokens(_ name: String) throws {
        let tokens = (0..<700).map { (place: Int) -> Int32 in Int32((place * 37 + place / 13) % 250) }
        var (usual, stored) = (EngineSettings(), settings(try leastMemory(name)))
        (usual.chunkLength, stored.chunkLength) = (256, 256)
        let mapped = try TestModels.fixture(name, usual)
        let model = try TestModels.fixture(name, stored)
        #expect(mapped.chunk(of: 700) == 256 && mapped.chunk(of: 44) == 44)
        #expect(model.chunk(of: 700) == 512 && model.chunk(of: 188) == 188 && model.chunk(of: 0) == 0)
        #expect(model.chunk(of: 256) == 256 && model.chunk(of: 100_000) == 1024)
        #expect(try model.score(tokens) == mapped.score(tokens))
    }

    // MARK: Guesses

    /// Counts the bytes that are read.
    private struct CountedFile: PagedFile {
        final class Count: Sendable {
            let bytes = Atomic(0)
        }

        let file: UncachedFile
        let count: Count

        func read(_ span: PageSpan, into memory: UnsafeMutableRawBufferPointer) throws {
            count.bytes.add(span.byteCount, ordering: .relaxed)
            try file.read(span, into: memory)
        }
    }

    @Test(arguments: [1, 3])
    func guessesReadExpertsTooAndAreCounted(_ length: Int) async throws {
        let count = CountedFile.Count()
        var settings = settings(try leastMemory("v3"))
        // What is read ahead may still be on its way when the answer ends.
        settings.foreseesExperts = false
        let model = try LanguageModel(
            path: Fixture.path("text/v3"), settings: settings,
            opening: { CountedFile(file: try UncachedFile(path: $0, byteCount: $1), count: count) })
        var speculation = SpeculationSettings()
        speculation.draftLength = length
        let session = try Session(model, speculation: speculation)
        let expected = try await Session(TestModels.fixture("v3")).answer(.greedy(prompt, count: 12)).tokens
        let answer = try await session.answer(.greedy(prompt, count: 12))
        #expect(answer.tokens == expected)
        let experts = try #require(answer.experts)
        #expect(
            experts.total.bytesRead == count.bytes.load(ordering: .relaxed) && experts.prompt.tokens == prompt.count)
    }

    // MARK: Failing disks

    /// A file that cannot be read while `isBroken`.
    private struct BreakableFile: PagedFile {
        final class Switch: Sendable {
            let isBroken = Atomic(false)
        }

        static let failure = InputError(
            .unreadable, source: "disk", found: "found no disk", expected: "one", advice: "look for it")
        let file: UncachedFile
        let state: Switch

        func read(_ span: PageSpan, into memory: UnsafeMutableRawBufferPointer) throws {
            if state.isBroken.load(ordering: .relaxed) { throw BreakableFile.failure }
            try file.read(span, into: memory)
        }
    }

    @Test func aDiskThatFailsLeavesTheSessionUsable() async throws {
        let state = BreakableFile.Switch()
        let model = try LanguageModel(
            path: Fixture.path("text/v3"), settings: settings(leastMemory("v3")),
            opening: { BreakableFile(file: try UncachedFile(path: $0, byteCount: $1), state: state) })
        let session = Session(model)
        let first = try await session.answer(.greedy(prompt, count: 5))
        state.isBroken.store(true, ordering: .relaxed)
        let longer = prompt + first.tokens + [9, 10, 11]
        await #expect(throws: BreakableFile.failure) { try await session.answer(.greedy(longer, count: 5)) }
        #expect(throws: BreakableFile.failure) { try model.score(longer) }
        state.isBroken.store(false, ordering: .relaxed)
        let second = try await session.answer(.greedy(longer, count: 5))
        #expect(second.rememberedTokens == prompt.count + 4)
        #expect(second.tokens == (try await Session(TestModels.fixture("v3")).answer(.greedy(longer, count: 5))).tokens)
    }
}

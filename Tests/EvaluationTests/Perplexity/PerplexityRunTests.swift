import Files
import Foundation
import Generation
import Tensors
import TestSupport
import Testing
import Tokenizers

@testable import Evaluation

struct PerplexityRunTests {
    private struct Stop: Error {}

    /// One after another and together, in steps that cut chunks, and with logits row by row: the same bits.
    @Test(arguments: ["llama-mha-Q4_K_M", "v3-k256-Q4_K_M", "v3", "deepseek-moe"])
    func chunksTogetherGiveTheBitsOfSingleOnes(_ name: String) throws {
        let model = try PerplexityFixtures.model(name, EngineSettings())
        let chunks = try PerplexityFixtures.chunks(model)
        func score(rowsPerStep: Int, logitBytes: Int = ChunkRunner.logitBytes) throws -> TextScore {
            var runner = try ChunkRunner(model, chunks)
            (runner.rowsPerStep, runner.logitBytes) = (rowsPerStep, logitBytes)
            return try PerplexityRun(model, chunks, runner).score()
        }
        let together = try score(rowsPerStep: 2048)
        #expect(try score(rowsPerStep: 33) == together)
        #expect(try score(rowsPerStep: 100, logitBytes: 1) == together)
        #expect(try score(rowsPerStep: 2048, logitBytes: 5 * 1024) == together)
    }

    /// A chunk that is longer than a step is read in parts; attention may take another form then.
    @Test(arguments: ["llama-mha", "v3"]) func longChunksAreReadInParts(_ name: String) throws {
        let model = try PerplexityFixtures.model(name)
        let chunks = try PerplexityFixtures.chunks(model, length: 200)
        var runner = try ChunkRunner(model, chunks)
        runner.rowsPerStep = 64
        let parts = try PerplexityRun(model, chunks, runner).score()
        let whole = try PerplexityRun(model, chunks).score()
        #expect(parts.tokens == whole.tokens && parts.chunks == 2)
        #expect(isClose(parts.perplexity.value, whole.perplexity.value, 1e-5))
    }

    /// The sum over a chunk, with `score` on the chunk's own tokens.
    @Test(arguments: ["qwen2", "v3"]) func scoresAreThoseOfTheTokens(_ name: String) throws {
        let model = try PerplexityFixtures.model(name)
        let chunks = try PerplexityFixtures.chunks(model, limit: 3)
        let logs = try (0..<3).flatMap { index in
            try model.score(chunks.input(index)).dropFirst(17).map { -($0.logProbability ?? .nan) }
        }
        let mean = logs.reduce(0, +) / Double(logs.count)
        let score = try PerplexityRun(model, chunks).score()
        #expect(isClose(score.meanNegativeLogProbability.value, mean, 1e-6) && logs.count == score.tokens)
        #expect(isClose(score.perplexity.value, exp(mean), 1e-5))
    }

    @Test(arguments: KeyValueCacheType.all) func cacheTypesApply(_ type: ElementType) throws {
        var settings = PerplexityFixtures.exact
        settings.cacheElementType = type
        let model = try PerplexityFixtures.model("llama-mha", settings)
        let exact = try PerplexityFixtures.model("llama-mha")
        let score = try PerplexityRun(model, try PerplexityFixtures.chunks(model)).score()
        let reference = try PerplexityRun(exact, try PerplexityFixtures.chunks(exact)).score()
        #expect((score == reference) == (type == .f32))
        #expect(isClose(score.perplexity.value, reference.perplexity.value, 0.05))
    }

    enum KeyValueCacheType { static let all: [ElementType] = EngineSettings.cacheElementTypes }

    @Test func progressIsToldAfterEachChunk() throws {
        let model = try PerplexityFixtures.model("llama-mha")
        let chunks = try PerplexityFixtures.chunks(model, limit: 4)
        var seen: [TextScore] = []
        let score = try PerplexityRun(model, chunks).score { seen.append($0) }
        #expect(seen.map(\.chunks) == [1, 2, 3, 4] && seen.map(\.tokens) == [16, 32, 48, 64])
        #expect(seen.last == score)
    }

    @Test func stoppingLeavesNothingBehind() throws {
        let model = try PerplexityFixtures.model("llama-mha")
        let folder = try Fixture.temporaryFolder()
        let run = try PerplexityRun(model, try PerplexityFixtures.chunks(model))
        #expect(throws: Stop.self) {
            try run.score(savingLogitsTo: folder + "/x.logits") { if $0.chunks == 3 { throw Stop() } }
        }
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder).isEmpty)
        #expect(throws: InputError.self) { try run.score(savingLogitsTo: folder + "/nowhere/x.logits") }
        #expect(throws: Stop.self) {
            try PerplexityRun.divergence(of: model, from: try LogitFile(path: PerplexityFixtures.base)) { _ in
                throw Stop()
            }
        }
    }

    @Test func longerChunksThanTheContextAreRefused() throws {
        var settings = EngineSettings()
        settings.contextLength = 32
        let model = try PerplexityFixtures.model("llama-mha", settings)
        #expect(throws: InputError.self) { try PerplexityRun(model, try PerplexityFixtures.chunks(model)) }
        #expect(throws: InputError.self) {
            try PerplexityRun.divergence(of: model, from: try LogitFile(path: PerplexityFixtures.base))
        }
    }

    @Test func fewerChunksCanBeCompared() throws {
        let model = try PerplexityFixtures.model("v3")
        let base = try LogitFile(path: PerplexityFixtures.base)
        #expect(try PerplexityRun.divergence(of: model, from: base, chunkLimit: 2).tokens == 32)
        #expect(try PerplexityRun.divergence(of: model, from: base, chunkLimit: 99).tokens == 240)
    }

    @Test func corpusIsUTF8() throws {
        #expect(throws: InputError.self) { try Corpus(Data([0x41, 0xFF]), source: "x") }
        #expect(throws: InputError.self) { try Corpus(path: "/nowhere") }
        let tokenizer = try #require(try PerplexityFixtures.model("qwen2").tokenizer)
        // The end of the last line is no part of the text, and only the last.
        #expect(try Corpus(Data("ab\n\n".utf8), source: "x").tokens(tokenizer) == tokenizer.encode("ab\n"))
        #expect(try Corpus(Data(), source: "x").tokens(tokenizer).isEmpty)
    }
}

import Files
import Foundation
import Generation
import Models
import TestSupport
import Testing
import Tokenizers

@testable import Quantization
@testable import Tensors

/// `importance/` was made by llama.cpp's own tool, from the same text in four pieces of 64 tokens.
@Suite struct ImportanceRunTests {
    static let models = ["llama-mha", "qwen2", "v3"]

    private func exact(_ path: String) throws -> LanguageModel {
        var settings = EngineSettings()
        settings.arithmetic = .exact
        return try LanguageModel(path: Fixture.path(path), settings: settings)
    }

    private func read(
        _ model: LanguageModel, length: Int = 64, limit: Int = 4, processesOutput: Bool = false,
        _ tokenizer: Tokenizer? = nil
    ) throws -> ImportanceMatrix {
        let pieces = try TokenChunks(
            of: try Corpus(try Fixture.data("importance/text.txt"), source: "text.txt"),
            try tokenizer ?? model.requiredTokenizer(), length: length, limit: limit)
        let run = try ImportanceRun(model, pieces, dataset: "text.txt", processesOutput: processesOutput)
        try run.read { _, _ in }
        return try run.matrix()
    }

    private func distance(_ a: [Float], _ b: [Float]) -> Double {
        let difference = zip(a, b).reduce(0) { $0 + pow(Double($1.0) - Double($1.1), 2) }
        return (difference / max(b.reduce(0) { $0 + pow(Double($1), 2) }, 1e-30)).squareRoot()
    }

    @Test(arguments: models) func sumsAreThoseOfTheReference(_ name: String) throws {
        let golden = try ImportanceMatrix(reading: Fixture.path("importance/\(name).gguf"))
        let found = try read(try exact("gguf/\(name).gguf"))
        #expect(Set(found.entries.keys) == Set(golden.entries.keys))
        for (tensor, entry) in golden.entries {
            let ours = try #require(found.entries[tensor])
            #expect(ours.counts == entry.counts, "\(tensor)")
            #expect(ours.sums.count == entry.sums.count && distance(ours.sums, entry.sums) < 2e-6, "\(tensor)")
        }
        #expect(found.chunkCount == golden.chunkCount && found.chunkLength == golden.chunkLength)
        #expect(found.datasets == golden.datasets)
    }

    @Test(arguments: models) func bothFormsAreWrittenAsTheReferenceDoes(_ name: String) throws {
        let folder = try Fixture.temporaryFolder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let golden = try ImportanceMatrix(reading: Fixture.path("importance/\(name).gguf"))
        for form in ["gguf", "dat"] {
            let path = folder + "/matrix." + form
            try golden.write(to: path)
            let written = try Data(contentsOf: URL(filePath: path))
            #expect(try written == Fixture.data("importance/\(name).\(form)"), "\(form)")
        }
    }

    @Test(arguments: models) func bothFormsSayTheSame(_ name: String) throws {
        let newer = try ImportanceMatrix(reading: Fixture.path("importance/\(name).gguf"))
        let older = try ImportanceMatrix(reading: Fixture.path("importance/\(name).dat"))
        #expect(Set(newer.entries.keys) == Set(older.entries.keys))
        for (tensor, entry) in newer.entries {
            let other = try #require(older.entries[tensor])
            #expect(distance(other.means, entry.means) < 1e-6, "\(tensor)")
        }
        #expect(older.datasets == newer.datasets && older.chunkCount == newer.chunkCount)
    }

    /// The names are GGUF's for safetensors too, whose experts and expansions lie otherwise.
    @Test(arguments: ["llama-mha", "qwen2", "v2-lite", "v3"]) func containersAgree(_ name: String) throws {
        // Of the folder's model the file called v3 has no prediction layers.
        let converted = try exact("gguf/\(name == "v3" ? "v3-mtp" : name).gguf")
        let file = try read(converted)
        let folder = try read(try exact("text/\(name)"), converted.requiredTokenizer())
        #expect(Set(folder.entries.keys) == Set(file.entries.keys))
        for (tensor, entry) in file.entries {
            let other = try #require(folder.entries[tensor])
            #expect(other.counts == entry.counts, "\(tensor)")
            // Converters turn the rows of queries and keys, never the columns.
            #expect(distance(other.sums, entry.sums) < 1e-5, "\(tensor)")
        }
    }

    @Test func expansionsInOneTensorAreSeenAsOne() throws {
        let found = try read(try exact("gguf/v2-lite-joined-Q8_0.gguf"))
        let entry = try #require(found.entries["blk.1.attn_kv_b.weight"])
        #expect(entry.counts == [256])
        #expect(found.entries["blk.1.attn_k_b.weight"] == nil)
        // Latents are normalised: their mean square is the mean of the norm's squared weights, which are near 1.
        let mean = entry.means.reduce(0, +) / Float(entry.means.count)
        #expect(mean > 0.5 && mean < 2)
    }

    @Test func predictionLayersAreSeen() throws {
        let found = try read(try exact("gguf/v3-mtp.gguf"))
        // Of each piece of 64, the prediction layer sees 63 states with the token after them.
        let projection = try #require(found.entries["blk.3.nextn.eh_proj.weight"])
        #expect(projection.counts == [252])
        #expect(found.entries["blk.3.ffn_down_exps.weight"]?.counts.reduce(0, +) == Float(252 * 4))
    }

    @Test func theHeadIsSeenWhenAskedFor() throws {
        let model = try exact("gguf/qwen2.gguf")
        #expect(try read(model).entries["output.weight"] == nil)
        #expect(try read(model, processesOutput: true).entries["output.weight"]?.counts == [256])
        let tied = try read(try exact("gguf/llama3-tied.gguf"), processesOutput: true)
        #expect(tied.entries["token_embd.weight"]?.counts == [256])
    }

    /// Fewer pieces than go through the model at once.
    @Test(arguments: [3, 5]) func shortPieces(_ length: Int) throws {
        let found = try read(try exact("gguf/v3-mtp.gguf"), length: length, limit: 3)
        #expect(found.entries["blk.0.ffn_down.weight"]?.counts == [Float(3 * length)])
        #expect(found.entries["blk.3.nextn.eh_proj.weight"]?.counts == [Float(3 * (length - 1))])
    }

    @Test func expertsThatAreReadWhenChosenAreRefused() throws {
        var settings = EngineSettings()
        settings.expertMemory = 1 << 20
        let model = try LanguageModel(path: Fixture.path("gguf/v3-k256-Q4_K_M.gguf"), settings: settings)
        guard model.decoder.expertStore != nil else { return }
        #expect(throws: InputError.self) { try read(model) }
    }

    @Test func textsThatAreTooShortAreRefused() throws {
        let model = try exact("gguf/qwen2.gguf")
        let error = #expect(throws: InputError.self) { try read(model, length: 100_000) }
        #expect(error?.kind == .missing)
    }
}

import Checkpoints
import Files
import Foundation
import Generation
import Models
import Tensors
import TestSupport
import Testing

@testable import Evaluation

struct LayerComparisonTests {
    private struct Stop: Error {}

    private static let tokens: [Int32] = (0..<40).map { ($0 * 37 + 11) % 256 }

    private func model(_ path: String) throws -> LanguageModel {
        try LanguageModel(path: Fixture.path(path), settings: PerplexityFixtures.exact)
    }

    private func compare(_ a: LanguageModel, _ b: LanguageModel) throws -> LayerComparison.Report {
        try LayerComparison(a, b).run(Self.tokens)
    }

    @Test(arguments: ["gguf/llama-mha-Q4_K_M.gguf", "gguf/v3.gguf", "text/v3-fp8", "gguf/deepseek-moe.gguf"])
    func modelDoesNotDifferFromItself(_ path: String) throws {
        let model = try model(path)
        let report = try compare(model, model)
        #expect(report.tokens == 40 && report.layers.count == model.configuration.layerCount)
        for layer in report.layers {
            for outcome in [layer.accumulated, layer.injected] {
                #expect(outcome.state.relativeError == 0 && abs(outcome.state.cosine - 1) < 1e-12)
                #expect(outcome.attention.relativeError == 0 && outcome.feedForward.relativeError == 0)
                #expect(outcome.sameExperts == (model.configuration.isMixture(layer: layer.layer) ? 1 : nil))
            }
        }
        #expect(report.logits.agreement == 1 && report.logits.largest == 0 && report.logits.divergence == 0)
    }

    @Test(arguments: ["gguf/llama-mha-Q4_K_M.gguf", "gguf/v3.gguf", "gguf/v2-lite.gguf"])
    func layersOneByOneAreTheDecoder(_ path: String) throws {
        let model = try model(path)
        var states = model.decoder.embeddings(try model.step(Self.tokens))
        for layer in 0..<model.configuration.layerCount {
            states = try LayerRun(model, layer: layer, states, Self.tokens).state
        }
        let whole = try model.decoder(try model.step(Self.tokens))
        #expect(model.decoder.normalized(states, model.operations).floats == whole.floats)
    }

    /// The containers order rows and experts in other ways; these models have equal values in both.
    @Test(arguments: ["llama-gqa", "llama-mha", "qwen2", "v2-lite", "v3", "deepseek-moe"])
    func containersDoNotMatter(_ name: String) throws {
        let report = try compare(try model("text/" + name), try model("gguf/\(name).gguf"))
        // f32 results of the two layouts differ by rounding (Tests/Fixtures/make/README.md: 6e-5 of logits up to 9).
        for layer in report.layers {
            #expect(layer.accumulated.state.relativeError < 1e-5 && layer.injected.state.relativeError < 1e-5)
            #expect(layer.accumulated.sameExperts ?? 1 == 1)
        }
        #expect(report.logits.largest < 1e-3 && report.logits.agreement == 1)
    }

    /// Of a model with one changed tensor, that layer alone loses; all layers after it have lost.
    @Test func injectionFindsTheLayer() throws {
        let original = try model("gguf/v3.gguf")
        let changed = try LanguageModel(
            path: try file(changing: "blk.1.attn_output.weight"), settings: original.settings)
        let report = try compare(original, changed)
        #expect(report.embedding.relativeError == 0)
        for layer in report.layers {
            let (own, alone) = (layer.accumulated, layer.injected)
            #expect((own.state.relativeError > 1e-4) == (layer.layer >= 1))
            #expect((alone.state.relativeError > 1e-4) == (layer.layer == 1))
            #expect((alone.attention.relativeError > 1e-2) == (layer.layer == 1))
            if layer.layer != 1 { #expect(alone.feedForward.relativeError == 0) }
            if layer.layer == 1 { #expect(own == alone) }
        }
        let weights = try WeightComparison(original, changed)
        #expect(weights.worst(10).map(\.name) == ["blk.1.attn_output.weight"] && weights.unpaired.isEmpty)
        // All of it is doubled.
        #expect(isClose(weights.worst(1)[0].relativeError, 1, 1e-6))
    }

    /// The path of v3.gguf with all values of a tensor doubled.
    private func file(changing name: String) throws -> String {
        var bytes = try Fixture.data("gguf/v3.gguf")
        let tensor = try #require(try model("gguf/v3.gguf").checkpoint.entry(named: name)).tensor
        try #require(tensor.elementType == .f32)
        for place in stride(from: tensor.byteOffset, to: tensor.byteOffset + tensor.byteCount, by: 4) {
            // Doubling adds one to the exponent of a normal number.
            let high = UInt16(bytes[place + 2]) | UInt16(bytes[place + 3]) << 8
            if high & 0x7F80 == 0 { continue }
            let doubled = high + 0x80
            (bytes[place + 2], bytes[place + 3]) = (UInt8(doubled & 0xFF), UInt8(doubled >> 8))
        }
        return try PerplexityFixtures.file(bytes, "changed.gguf")
    }

    @Test func coarserFormsDifferMore() throws {
        let original = try model("gguf/llama-mha.gguf")
        let errors = try ["Q8_0", "Q4_K_M", "Q3_K_M"].map {
            try compare(original, try model("gguf/llama-mha-\($0).gguf"))
        }
        for (finer, coarser) in zip(errors, errors.dropFirst()) {
            #expect(finer.logits.divergence < coarser.logits.divergence)
            for (a, b) in zip(finer.layers, coarser.layers) {
                #expect(a.accumulated.state.relativeError < b.accumulated.state.relativeError)
                #expect(a.injected.state.relativeError <= a.accumulated.state.relativeError)
            }
        }
    }

    @Test(arguments: ["gguf/qwen2.gguf", "gguf/llama-mha.gguf", "gguf/v2.gguf", "gguf/v3-k256-Q2_K.gguf"])
    func otherShapesAreRefused(_ path: String) throws {
        let error = try #require(throws: InputError.self) {
            try LayerComparison(try model("gguf/v3.gguf"), try model(path))
        }
        #expect(error.kind == .wrongShape && error.source.hasSuffix(path))
    }

    @Test func tokensAreLimitedAndOfBoth() throws {
        let comparison = try LayerComparison(try model("text/v3"), try model("gguf/v3.gguf"))
        #expect(try comparison.tokens(of: .passage(), limit: 7).count == 7)
        let none = try LayerComparison(try model("text/v3"), try model("text/v3"))
        #expect(throws: InputError.self) { try none.tokens(of: .passage(), limit: 7) }
        #expect(throws: InputError.self) { try comparison.run([]) }
        #expect(throws: InputError.self) { try comparison.run([256]) }
        #expect(throws: Stop.self) { try comparison.run([1, 2]) { if $0 == 2 { throw Stop() } } }
    }
}

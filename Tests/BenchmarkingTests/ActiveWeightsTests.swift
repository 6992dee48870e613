import Checkpoints
import Generation
import TestSupport
import Testing

@testable import Benchmarking

/// Which weights count, by hand from the shapes of small checkpoints.
struct ActiveWeightsTests {
    /// 3 layers, the first dense, then an MTP layer; hidden 64; 8 experts of which a token uses some.
    @Test func mixtureCountsItsChosenExperts() throws {
        let model = try LanguageModel(path: Fixture.path("text/v3"))
        let weights = ActiveWeights(model)
        let mixture = try #require(model.configuration.mixture)
        #expect(weights.expertCount == mixture.expertCount && weights.expertsPerToken == mixture.expertsPerToken)
        #expect(weights.experts.keys.sorted() == (mixture.firstLayer..<model.configuration.layerCount).map { $0 })
        let expert = 3 * model.configuration.hiddenSize * mixture.expertSize
        for size in weights.experts.values { #expect(size == .init(bytes: 4 * expert, products: expert)) }
        let head = model.configuration.hiddenSize * model.configuration.vocabularySize
        #expect(weights.head == .init(bytes: 4 * head, products: head))
    }

    /// All tensors are either counted once, or are the embedding, an expert beyond the first, or of the MTP layer.
    @Test func everyTensorHasItsPlace() throws {
        for name in ["v3", "v3-fp8", "v2-lite", "deepseek-moe", "llama-gqa", "llama3-tied"] {
            let model = try LanguageModel(path: Fixture.path("text/" + name))
            let weights = ActiveWeights(model)
            var expected = 0
            for entry in model.checkpoint.tensors {
                if let layer = entry.layer, layer >= model.configuration.layerCount { continue }
                if entry.name == "model.embed_tokens.weight", !model.configuration.tiesEmbeddings { continue }
                expected += entry.tensor.byteCount
            }
            let experts = weights.experts.values.reduce(0) { $0 + $1.bytes } * weights.expertCount
            #expect(weights.layers.bytes + weights.head.bytes + experts == expected, "\(name)")
        }
    }

    @Test func operationsAreTwoForEachMultiplication() throws {
        let model = try LanguageModel(path: Fixture.path("text/v3"))
        let weights = ActiveWeights(model)
        let experts = weights.experts.values.reduce(0) { $0 + $1.products } * weights.expertsPerToken
        let perToken = 2 * Double(weights.layers.products + experts)
        #expect(weights.operations(rows: 5, logitRows: 0) == 5 * perToken)
        #expect(weights.operations(rows: 5, logitRows: 1) == 5 * perToken + 2 * Double(weights.head.products))
    }

    @Test func bytesGrowWithDistinctExperts() throws {
        let weights = ActiveWeights(try LanguageModel(path: Fixture.path("text/v3")))
        let none = weights.bytes(distinctExperts: [:])
        #expect(none == Double(weights.layers.bytes + weights.head.bytes))
        let all = weights.bytes(distinctExperts: weights.experts.mapValues { _ in Double(weights.expertCount) })
        let routed = weights.experts.values.reduce(0) { $0 + $1.bytes } * weights.expertCount
        #expect(all - none == Double(routed))
    }

    /// One token meets exactly its own; many tokens meet nearly all, and never more.
    @Test func expectedExpertsOfUniformRouting() throws {
        let weights = ActiveWeights(try LanguageModel(path: Fixture.path("text/v3")))
        for (_, count) in weights.expectedExperts(rows: 1) {
            #expect(abs(count - Double(weights.expertsPerToken)) < 1e-9)
        }
        for (_, count) in weights.expectedExperts(rows: 1000) {
            #expect(count <= Double(weights.expertCount) && count > Double(weights.expertCount) - 1e-6)
        }
        // Two tokens of k among n: 2k − k²/n.
        let (k, n) = (Double(weights.expertsPerToken), Double(weights.expertCount))
        for (_, count) in weights.expectedExperts(rows: 2) { #expect(abs(count - (2 * k - k * k / n)) < 1e-9) }
    }

    @Test func denseModelHasNoExperts() throws {
        let weights = ActiveWeights(try LanguageModel(path: Fixture.path("text/llama-gqa")))
        #expect(weights.experts.isEmpty && weights.expectedExperts(rows: 3).isEmpty && weights.expertCount == 0)
    }

    @Test func tiedEmbeddingIsTheHead() throws {
        let model = try LanguageModel(path: Fixture.path("text/llama3-tied"))
        #expect(model.configuration.tiesEmbeddings)
        let head = model.configuration.hiddenSize * model.configuration.vocabularySize
        #expect(ActiveWeights(model).head.products == head)
    }

    /// Values of one byte, and a factor of four for each block of 128 × 128: rounded up, as blocks at the edges are smaller.
    @Test func scalesOfFP8AreReadAndNotMultiplied() throws {
        let model = try LanguageModel(path: Fixture.path("text/v3-fp8"))
        let mixture = try #require(model.configuration.mixture)
        let (hidden, inner) = (model.configuration.hiddenSize, mixture.expertSize)
        let blocks = ((hidden + 127) / 128) * ((inner + 127) / 128)
        let expert = ActiveWeights.Size(bytes: 3 * (hidden * inner + 4 * blocks), products: 3 * hidden * inner)
        for size in ActiveWeights(model).experts.values { #expect(size == expert) }
    }

    @Test func containersAgree() throws {
        for name in ["v3", "v2", "llama-gqa", "qwen2"] {
            let one = ActiveWeights(try LanguageModel(path: Fixture.path("text/" + name)))
            let other = ActiveWeights(try LanguageModel(path: Fixture.path("gguf/\(name).gguf")))
            // Bytes differ where the converter chose another element type.
            #expect(one.layers.products == other.layers.products, "\(name)")
            #expect(one.head.products == other.head.products, "\(name)")
            #expect(one.experts.mapValues(\.products) == other.experts.mapValues(\.products), "\(name)")
        }
    }
}

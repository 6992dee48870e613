import Files
import Models
import Testing

@testable import Quantization

struct ShapeVariationTests {
    @Test func layersAreChanged() throws {
        let thin = try model(
            "models/deepseek-v3.json", "f16", ShapeVariation(layers: 2, denseLayers: 1, predictionLayers: 1))
        #expect(thin.configuration.layerCount == 2 && thin.configuration.predictionLayerCount == 1)
        #expect(thin.configuration.mixture?.firstLayer == 1)
        let whole = try model("models/deepseek-v3.json", "f16")
        #expect(whole.configuration.layerCount == 61 && whole.configuration.mixture?.firstLayer == 3)
    }

    /// As converters do, and llama.cpp's released files are.
    @Test func predictionLayersAreLeftOutUnlessAskedFor() throws {
        #expect(try model("models/deepseek-v3.json", "f16").configuration.predictionLayerCount == 0)
    }

    @Test func denseLayersAreNoMoreThanThereAre() throws {
        let model = try model("models/deepseek-v3.json", "f16", ShapeVariation(layers: 2))
        #expect(model.configuration.mixture?.firstLayer == 2)
        #expect(!model.specifications.contains { $0.role == .expertGate })
    }

    @Test(arguments: [
        ("deepseek-v3", ShapeVariation(layers: 0), "--layers"), ("deepseek-v3", ShapeVariation(layers: -1), "--layers"),
        ("deepseek-v3", ShapeVariation(layers: .max), "--layers"),
        ("deepseek-v3", ShapeVariation(layers: 2, denseLayers: 3), "--dense-layers"),
        ("deepseek-v3", ShapeVariation(denseLayers: -1), "--dense-layers"),
        ("deepseek-v3", ShapeVariation(predictionLayers: 2), "--prediction-layers"),
        ("deepseek-v3", ShapeVariation(predictionLayers: -1), "--prediction-layers"),
        ("deepseek-llm-7b", ShapeVariation(denseLayers: 1), "--dense-layers"),
        ("deepseek-llm-7b", ShapeVariation(predictionLayers: 1), "--prediction-layers"),
        ("deepseek-moe-16b", ShapeVariation(predictionLayers: 1), "--prediction-layers"),
    ])
    func whatDoesNotGoWithTheShapeIsNamed(name: String, variation: ShapeVariation, option: String) throws {
        let error = try #require(throws: InputError.self) { try model("models/\(name).json", "f16", variation) }
        #expect(error.field == option)
    }
}

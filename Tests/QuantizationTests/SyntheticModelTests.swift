import Checkpoints
import Files
import Foundation
import TestSupport
import Testing
import Tokenizers

@testable import Models
@testable import Quantization
@testable import Tensors

/// Synthetic files of small shapes, opened again.
@Suite final class SyntheticModelTests {
    private let folder: String

    init() throws { folder = try Fixture.temporaryFolder() }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    private static let families = [
        "llama-gqa", "llama3-tied", "qwen2", "qwen3-yarn", "deepseek-moe", "v2-lite", "v2", "v3",
    ]

    /// Writes `model` with First Light's vocabulary.
    private func written(_ model: SyntheticModel, as name: String = "model.gguf", seed: UInt64 = 1) throws -> String {
        let path = folder + "/" + name
        let vocabulary = try openVocabulary(at: Fixture.path("../../Sources/Hub/Resources/first-light"))
        try model.write(model.header(vocabulary: vocabulary, path: path), to: path, seed: seed) { _ in }
        return path
    }

    private func bytes(_ path: String) throws -> Data { try Data(contentsOf: URL(filePath: path)) }

    @Test(arguments: families, ["f32", "q4_k_m"])
    func everyFamilyOpensAndComputes(family: String, type: String) throws {
        let model = try model("text/\(family)/config.json", type, vocabulary: 512)
        let checkpoint = try openCheckpoint(at: try written(model))
        let decoder = try Decoder(checkpoint)
        #expect(decoder.configuration.layerCount == model.configuration.layerCount)
        #expect(decoder.configuration.mixture == model.configuration.mixture)
        #expect(decoder.configuration.rotary.size == model.configuration.rotary.size)
        #expect(decoder.configuration.feedForwardSize == model.configuration.feedForwardSize)
        #expect(decoder.configuration.vocabularySize == 512)
        #expect(decoder.configuration.attention.headCount == model.configuration.attention.headCount)
        #expect(checkpoint.fields["general.file_type"]?.integer == (try Recipe(type)).number)
        let logits = try logits(decoder)
        #expect(logits.allSatisfy { $0.isFinite })
        #expect(Set(logits.map(\.bitPattern)).count > 400, "no two tokens alike")
    }

    /// The logits behind three tokens.
    private func logits(_ decoder: Decoder) throws -> [Float] {
        let operations = ReferenceOperations()
        let step = try decoder.step([.init(tokens: [1, 2, 3], cache: nil)], operations: operations)
        return Array(decoder.logits(try decoder(step), operations).floats.suffix(decoder.configuration.vocabularySize))
    }

    @Test func predictionLayerIsLoaded() throws {
        let model = try model("text/v3/config.json", "f32", ShapeVariation(predictionLayers: 1), vocabulary: 512)
        let decoder = try Decoder(try openCheckpoint(at: try written(model)))
        #expect(decoder.predictions.count == 1 && decoder.layers.count == 3)
    }

    @Test func sameArgumentsGiveTheSameBytes() throws {
        let model = try model("text/v3-k256/config.json", "q4_k_m", vocabulary: 512)
        let first = try bytes(try written(model, as: "a"))
        #expect(try bytes(try written(model, as: "b")) == first)
        #expect(try bytes(try written(model, as: "c", seed: 2)) != first)
    }

    @Test func valuesAreNormalAndNormsAreOne() throws {
        let model = try model("text/v3/config.json", "f32", vocabulary: 512)
        let checkpoint = try openCheckpoint(at: try written(model))
        for entry in checkpoint.tensors {
            let values = entry.tensor.floats
            if entry.name.contains("norm") {
                #expect(values.allSatisfy { $0 == 1 })
            } else {
                let width = Float(entry.tensor.shape.width)
                let expected =
                    entry.name.hasPrefix("token_embd")
                    ? 1 : entry.name.hasSuffix("bias") ? 1 / width : 1 / width.squareRoot()
                let deviation = (values.reduce(0) { $0 + $1 * $1 } / Float(values.count)).squareRoot()
                // Five deviations of the estimate from so many values.
                let bound = 5 / Float(2 * values.count).squareRoot()
                #expect(abs(deviation / expected - 1) < bound, "\(entry.name): \(deviation) for \(expected)")
            }
        }
    }

    @Test func expertsAndTensorsDiffer() throws {
        let model = try model("text/v3/config.json", "f32", vocabulary: 512)
        let checkpoint = try openCheckpoint(at: try written(model))
        let gates = try #require(checkpoint.entry(named: "blk.1.ffn_gate_exps.weight")?.tensor)
        let ups = try #require(checkpoint.entry(named: "blk.1.ffn_up_exps.weight")?.tensor)
        let matrices = (0..<gates.shape[0]).flatMap { [gates.entry($0).floats, ups.entry($0).floats] }
        #expect(Set(matrices).count == matrices.count)
    }

    /// As many tokens as the shape has, and what is left over unused.
    @Test func vocabularyIsFilledUpAndNoLargerOneTaken() throws {
        let vocabulary = try openVocabulary(at: Fixture.path("../../Sources/Hub/Resources/first-light"))
        let small = try model("text/v3/config.json", "f32")
        let error = try #require(throws: InputError.self) { try small.header(vocabulary: vocabulary, path: "x") }
        #expect(error.kind == .excessive && error.field == "vocabulary")
        let path = try written(try model("text/v3/config.json", "f32", vocabulary: 1000))
        let found = try #require(try openCheckpoint(at: path).vocabulary())
        #expect(found.tokens.count == 1000 && found.tokens.last == .some(nil))
    }

    @Test func progressEndsAtTheFilesSizeAndMayStopTheWork() throws {
        struct Stop: Error {}
        let model = try model("text/v3/config.json", "f32", vocabulary: 512)
        let vocabulary = try openVocabulary(at: Fixture.path("../../Sources/Hub/Resources/first-light"))
        let path = folder + "/model.gguf"
        let header = try model.header(vocabulary: vocabulary, path: path)
        #expect(throws: Stop.self) { try model.write(header, to: path, seed: 1) { _ in throw Stop() } }
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder).isEmpty)
        var told: [Int] = []
        try model.write(header, to: path, seed: 1) { told.append($0) }
        #expect(told == told.sorted() && told.last == header.fileByteCount)
    }

    @Test func sizesAreTheFiles() throws {
        let model = try model("text/v3/config.json", "q8_0", vocabulary: 512)
        let checkpoint = try openCheckpoint(at: try written(model))
        #expect(model.size.bytes == checkpoint.tensors.reduce(0) { $0 + $1.tensor.byteCount })
        #expect(model.size.parameters == checkpoint.tensors.reduce(0) { $0 + $1.tensor.shape.count })
        #expect(model.size.activeBytes < model.size.bytes && model.size.activeParameters < model.size.parameters)
    }
}

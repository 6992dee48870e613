import Checkpoints
import Files
import Foundation
import Models
import TestSupport
import Testing

@testable import Tensors
@testable import Training

@Suite struct InitializedCheckpointTests {
    static let folders = [
        "llama-mha", "llama-gqa", "llama3-tied", "qwen2", "qwen3-yarn", "deepseek-moe", "v2-lite", "v2", "v3",
    ]

    private func fields(_ folder: String) throws -> JSONObject {
        try #require(try JSONParser.parse(MappedFile(path: Fixture.path("text/\(folder)/config.json"))).object)
    }

    /// Every family's configuration gives the tensors that a released checkpoint has, and a model that runs.
    @Test(arguments: folders) func tensorsAreThoseOfTheFamily(_ folder: String) throws {
        let fields = try fields(folder)
        let made = try InitializedCheckpoint(fields, source: folder, deviation: 0.02, seed: 1)
        let released = try openCheckpoint(at: Fixture.path("text/\(folder)"))
        let copies = ["embed_tokens.weight", "shared_head.head.weight"]
        let expected = released.tensors.filter { tensor in
            !(tensor.name.hasPrefix("model.layers.") && copies.contains { tensor.name.hasSuffix($0) })
        }
        #expect(Set(made.tensors.map(\.name)) == Set(expected.map(\.name)))
        for entry in expected { #expect(made.entry(named: entry.name)?.tensor.shape == entry.tensor.shape) }
        // The fields that are written say the same as those that were read.
        #expect(try DecoderConfiguration(of: made) == DecoderConfiguration(huggingFace: fields, source: folder))
        let decoder = try Decoder(TrainableCheckpoint(made))
        let operations = ReferenceOperations()
        let states = try decoder(decoder.step([.init(tokens: [1, 2, 3], cache: nil)], operations: operations))
        let logits = decoder.logits(states, operations).floats
        #expect(logits.allSatisfy { $0.isFinite })
    }

    @Test func valuesDependOnSeedAndNameOnly() throws {
        let fields = try fields("v3")
        func tensors(_ seed: UInt64) throws -> [String: [Float]] {
            let made = try InitializedCheckpoint(fields, source: "v3", deviation: 0.006, seed: seed)
            return Dictionary(uniqueKeysWithValues: made.tensors.map { ($0.name, $0.tensor.floats) })
        }
        let (one, same, other) = (try tensors(1), try tensors(1), try tensors(2))
        #expect(one == same && one != other)
        for (name, values) in one {
            if name.hasSuffix("norm.weight") {
                #expect(values.allSatisfy { $0 == 1 }, "\(name)")
            } else if name.hasSuffix("bias") {
                #expect(values.allSatisfy { $0 == 0 }, "\(name)")
            } else {
                // Five deviations of the estimate.
                let square = values.reduce(0.0) { $0 + Double($1) * Double($1) } / Double(values.count)
                let error = 5 * (2 / Double(values.count)).squareRoot()
                #expect(abs(square / (0.006 * 0.006) - 1) < error, "\(name)")
            }
        }
    }

    /// By hand, of the small model of V3's kind in the fixtures: 64 wide, vocabulary of 256, 12 experts of which 4.
    @Test func activeParametersAreThoseThatATokenMeets() throws {
        let configuration = try DecoderConfiguration(huggingFace: fields("v3"), source: "v3")
        let size = ModelSize(configuration)
        let attention = 64 * 48 + 48 + 48 * 4 * 32 + 64 * 48 + 32 + 32 * 4 * 48 + 4 * 32 * 64
        let (expert, router, norms) = (3 * 64 * 32, 12 * 64, 2 * 64)
        let dense = attention + norms + 3 * 64 * 160
        let mixture = attention + norms + router + expert
        let prediction = 64 * 3 + 128 * 64
        #expect(size.total == 2 * 256 * 64 + 64 + dense + 3 * (mixture + 12 * expert) + prediction)
        #expect(size.active == 2 * 256 * 64 + 64 + dense + 3 * (mixture + 4 * expert) + prediction)
        #expect(size.operationsPerToken == 6 * Double(size.active))
    }
}

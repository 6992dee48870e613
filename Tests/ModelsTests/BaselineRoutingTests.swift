import Checkpoints
import Files
import TestSupport
import Testing

@testable import Models
@testable import Tensors

/// The routers that papers compare theirs with, over the weights of the recorded DeepSeekMoE.
struct BaselineRoutingTests {
    /// The recorded model's checkpoint with some fields of its own.
    private func checkpoint(_ fields: [String: JSONValue], without dropped: String? = nil) throws -> ChangedCheckpoint {
        let original = try openCheckpoint(at: Fixture.path("text/deepseek-moe"))
        var changed = ChangedCheckpoint(original)
        let kept = original.fields.members.filter { fields[$0.key] == nil }
        changed.fields = JSONObject(kept + fields.sorted { $0.key < $1.key }.map { ($0.key, $0.value) })
        if let dropped {
            for entry in original.tensors where entry.name.contains(dropped) {
                changed.changes[entry.name] = .some(nil)
            }
        }
        return changed
    }

    private func trace(_ checkpoint: any Checkpoint, _ tokens: [Int32]) throws -> Trace {
        let decoder = try Decoder(checkpoint)
        let trace = Trace()
        let step = try decoder.step(
            [.init(tokens: tokens, cache: nil)], operations: ReferenceOperations(), trace: trace)
        let hidden = try decoder(step)
        #expect(hidden.floats.allSatisfy { $0.isFinite })
        return trace
    }

    private let tokens: [Int32] = [5, 9, 200, 5, 77, 9, 5]

    @Test func switchTakesTheBest() throws {
        let plain = try trace(checkpoint(["num_experts_per_tok": .integer(1)]), tokens)
        let found = try trace(
            checkpoint(["num_experts_per_tok": .integer(1), "isobath_routing": .string("switch")]), tokens)
        #expect(found.integers["router.1.indices"] == plain.integers["router.1.indices"])
        let weights = try #require(found.tensors["router.1.weights"])
        #expect(weights.shape.array == [7, 1] && weights.floats.allSatisfy { $0 > 0 && $0 < 1 })
        #expect(weights.floats == plain.tensors["router.1.weights"]?.floats)
    }

    @Test func gshardTakesTwoThatAddUp() throws {
        let found = try trace(
            checkpoint(["num_experts_per_tok": .integer(2), "isobath_routing": .string("gshard")]), tokens)
        let weights = try #require(found.tensors["router.2.weights"]).floats
        #expect((0..<7).allSatisfy { abs(weights[2 * $0] + weights[2 * $0 + 1] - 1) < 1e-6 })
    }

    /// Without a gate in the checkpoint; the same token has the same expert wherever it stands.
    @Test func hashesTakeTheTokensOwn() throws {
        let fields: [String: JSONValue] = ["num_experts_per_tok": .integer(1), "isobath_routing": .string("hash")]
        let found = try trace(checkpoint(fields, without: "mlp.gate.weight"), tokens)
        let experts = try #require(found.integers["router.1.indices"])
        #expect(experts[0] == experts[3] && experts[0] == experts[6] && experts[1] == experts[5])
        #expect(found.tensors["router.1.weights"]?.floats == [Float](repeating: 1, count: 7))
        let all = Array(Int32(0)..<256)
        let first = try #require(trace(checkpoint(fields), all).integers["router.1.indices"])
        let second = try #require(trace(checkpoint(fields), all).integers["router.2.indices"])
        let seeded = fields.merging(["isobath_hash_seed": .integer(1)]) { $1 }
        let other = try #require(trace(checkpoint(seeded), all).integers["router.1.indices"])
        #expect(first != second && first != other)
        let load = (0..<12).map { expert in first.count { $0 == expert } }
        #expect(load.allSatisfy { (8...40).contains($0) }, "\(load)")
    }

    static let kept = ["switch", "gshard", "hash"]

    @Test(arguments: kept) func fieldsAreWrittenAgain(_ name: String) throws {
        let count = name == "gshard" ? 2 : 1
        let changed = try checkpoint(["num_experts_per_tok": .integer(count), "isobath_routing": .string(name)])
        let configuration = try DecoderConfiguration(of: changed)
        let fields = try configuration.huggingFaceFields(JSONObject(), type: "float32", source: "config.json")
        #expect(try DecoderConfiguration(huggingFace: fields, source: "config.json") == configuration)
        #expect(configuration.tensors(of: .safetensors).contains { $0.role == .router } == (name != "hash"))
        if name == "hash" {
            #expect(throws: InputError.self) { try configuration.ggufFields(fields, source: "config.json") }
        }
    }

    static let hostile: [[String: JSONValue]] = [
        ["isobath_routing": .string("random")], ["isobath_routing": .integer(1)],
        ["isobath_routing": .string("switch")], ["isobath_router": .string("hash")],
        ["isobath_hash_seed": .integer(3)], ["isobath_routing": .string("gshard")],
        ["isobath_routing": .string("hash"), "num_experts_per_tok": .integer(1), "isobath_hash_seed": .integer(-1)],
        ["isobath_routing": .string("switch"), "num_experts_per_tok": .integer(1), "scoring_func": .string("sigmoid")],
        ["isobath_routing": .string("hash"), "num_experts_per_tok": .integer(1), "topk_method": .string("noaux_tc")],
    ]

    @Test(arguments: hostile) func badFieldsAreRefused(_ fields: [String: JSONValue]) throws {
        let changed = try checkpoint(fields)
        #expect(throws: InputError.self) { try Decoder(changed) }
    }
}

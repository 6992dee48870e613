import Checkpoints
import Files
import TestSupport
import Tensors
import Testing

@testable import Models

/// Checkpoints whose tensors do not fit their configuration: each is refused by a sentence naming tensor and file.
struct LoadingTests {
    static let checkpoints =
        GoldenModel.names.map { "text/" + $0 }
        + [
            "deepseek-moe", "llama3-tied", "qwen2", "qwen3-yarn", "v2-lite", "v2-lite-joined-Q8_0", "v3",
            "v3-k256-Q4_K_M",
        ]
        .map { "gguf/\($0).gguf" }

    /// What a decoder can do without: copies of embedding and head, tables that files add, and the output of tied models.
    private static func isOptional(_ name: String) -> Bool {
        ["embed_tokens.weight", "shared_head.head.weight", "eh_proj.weight"].contains {
            name.hasPrefix("model.layers.") && name.hasSuffix($0)
        } || name == "rope_freqs.weight"
    }

    @Test(arguments: checkpoints)
    func everyTensorIsMissed(name: String) throws {
        let original = try openCheckpoint(at: Fixture.path(name))
        var missed = 0
        for entry in original.tensors where !Self.isOptional(entry.name) {
            var checkpoint = ChangedCheckpoint(original)
            checkpoint.changes[entry.name] = .some(nil)
            // Without their marks, these files read as another kind: tied, without bias, or with split expansions.
            if Self.decides(entry.name, original.format) { continue }
            let error = try #require(throws: InputError.self, "\(entry.name)") { _ = try Decoder(checkpoint) }
            #expect(error.kind == .missing && error.field == entry.name, "\(error)")
            #expect(error.source == original.path)
            missed += 1
        }
        #expect(missed > 15)
    }

    /// GGUF says some of its structure only by which tensors there are.
    private static func decides(_ name: String, _ format: CheckpointFormat) -> Bool {
        let marks = ["output.weight", "blk.0.attn_q.bias", "blk.0.attn_output.bias", "blk.0.attn_kv_b.weight"]
        return format == .gguf && (marks.contains(name) || name.hasSuffix("exp_probs_b.bias"))
    }

    @Test(arguments: checkpoints)
    func everyTensorsShapeIsChecked(name: String) throws {
        let original = try openCheckpoint(at: Fixture.path(name))
        for entry in original.tensors {
            let shape = entry.tensor.shape.array
            try expect(.wrongShape, original, entry, entry.replaced(shape: [1] + shape))
            // A tied GGUF file has no second witness of its vocabulary's size.
            let isOnlyWitness = entry.name == "token_embd.weight" && original.entry(named: "output.weight") == nil
            if isOnlyWitness { continue }
            try expect(.wrongShape, original, entry, entry.replaced(shape: [shape[0] + 1] + shape.dropFirst()))
        }
    }

    @Test(arguments: checkpoints)
    func everyTensorsTypeIsChecked(name: String) throws {
        let original = try openCheckpoint(at: Fixture.path(name))
        for entry in original.tensors {
            for type: ElementType in [.i64, .i32, .u8, .boolean] {
                try expect(.wrongType, original, entry, entry.replaced(type: type))
            }
        }
    }

    /// Norms, biases and stacked experts in FP8 would lack their scales.
    @Test(arguments: checkpoints)
    func floatsWithoutScalesAreRefused(name: String) throws {
        let original = try openCheckpoint(at: Fixture.path(name))
        for entry in original.tensors where entry.tensor.elementType != .f8e4m3 {
            var checkpoint = ChangedCheckpoint(original)
            checkpoint.changes[entry.name] = entry.replaced(type: .f8e4m3)
            let error = #expect(throws: InputError.self, "\(entry.name)") { _ = try Decoder(checkpoint) }
            #expect([.wrongType, .missing, .wrongShape].contains(error?.kind))
            #expect(error?.field?.hasPrefix(entry.name) == true)
        }
    }

    private func expect(
        _ kind: InputError.Kind, _ original: any Checkpoint, _ entry: TensorEntry, _ replacement: TensorEntry?
    ) throws {
        var checkpoint = ChangedCheckpoint(original)
        let replaced: TensorEntry = try #require(replacement)
        checkpoint.changes[entry.name] = replaced
        // The table of the vocabulary is what says how large a GGUF file's vocabulary is.
        let alternatives = entry.name == "token_embd.weight" ? "output.weight" : entry.name
        // Divisors of frequencies have one sentence for type and shape.
        let kind = entry.name == "rope_freqs.weight" ? .wrongShape : kind
        let error = #expect(throws: InputError.self, "\(entry.name)") { _ = try Decoder(checkpoint) }
        #expect([entry.name, alternatives].contains(error?.field), "\(String(describing: error))")
        #expect(error?.kind == kind || entry.name == "token_embd.weight", "\(String(describing: error))")
        #expect(error?.source == entry.file || entry.name == "token_embd.weight")
    }

    // MARK: On disk

    /// A change to a checkpoint on disk, and the error that it must give.
    struct Damage: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let model: String
        let tensor: String
        let kind: InputError.Kind
        let change: @Sendable (inout CheckpointBuilder, String) -> Void
        var isWhole = false
    }

    static let damages = [
        Damage(
            testDescription: "missing tensor", model: "v3", tensor: "model.layers.1.mlp.experts.3.up_proj.weight",
            kind: .missing, change: { $0.tensors[$1] = nil }, isWhole: true),
        Damage(
            testDescription: "wrong shape", model: "v3", tensor: "model.layers.0.self_attn.kv_b_proj.weight",
            kind: .wrongShape, change: { $0.tensors[$1]?.shape.reverse() }),
        Damage(
            testDescription: "wrong type", model: "llama-gqa", tensor: "model.layers.0.input_layernorm.weight",
            kind: .wrongType, change: { $0.tensors[$1]?.elementType = .i16 }),
        Damage(
            testDescription: "NaN in a norm", model: "llama-gqa", tensor: "model.norm.weight", kind: .invalidValue,
            change: { $0.spoil($1) }),
        Damage(
            testDescription: "NaN in a selection bias", model: "v3",
            tensor: "model.layers.1.mlp.gate.e_score_correction_bias", kind: .invalidValue, change: { $0.spoil($1) }),
        Damage(
            testDescription: "NaN scale", model: "v3-fp8",
            tensor: "model.layers.1.mlp.experts.4.down_proj.weight_scale_inv", kind: .invalidValue,
            change: { $0.spoil($1) }),
        Damage(
            testDescription: "missing scale", model: "v3-fp8", tensor: "model.layers.0.mlp.up_proj.weight_scale_inv",
            kind: .missing, change: { $0.tensors[$1] = nil }, isWhole: true),
        Damage(
            testDescription: "scale of other blocks", model: "v3-fp8",
            tensor: "model.layers.0.mlp.up_proj.weight_scale_inv", kind: .wrongShape,
            change: { $0.tensors[$1]?.shape = [1, 6] }),
        Damage(
            testDescription: "half of the prediction layer", model: "v3", tensor: "model.layers.3.hnorm.weight",
            kind: .missing, change: { $0.tensors[$1] = nil }, isWhole: true),
    ]

    @Test(arguments: damages)
    func damagedCheckpointIsRefused(damage: Damage) throws {
        var builder = try CheckpointBuilder(copying: Fixture.path("text/" + damage.model))
        try #require(builder.tensors[damage.tensor] != nil)
        damage.change(&builder, damage.tensor)
        try builder.written { folder in
            let checkpoint = try openCheckpoint(at: folder)
            let error = try #require(throws: InputError.self) { _ = try Decoder(checkpoint) }
            #expect(error.kind == damage.kind && error.field == damage.tensor, "\(error)")
            #expect(error.source == (damage.isWhole ? folder : folder + "/model.safetensors"))
        }
    }

    /// Converters drop the prediction layer and leave its number in the configuration.
    @Test func predictionLayersMayBeAbsent() throws {
        var builder = try CheckpointBuilder(copying: Fixture.path("text/v3"))
        builder.tensors = builder.tensors.filter { !$0.key.hasPrefix("model.layers.3.") }
        let whole = try GoldenModel("v3").decoder
        try builder.written { folder in
            let decoder = try Decoder(try openCheckpoint(at: folder))
            #expect(decoder.configuration.predictionLayerCount == 1)
            #expect(decoder.predictions.isEmpty && whole.predictions.count == 1)
            #expect(try logits(decoder) == logits(whole))
        }
    }

    @Test func tiedModelNeedsNoHeadAndUntiedOneDoes() throws {
        var builder = try CheckpointBuilder(copying: Fixture.path("text/llama3-tied"))
        #expect(builder.tensors["lm_head.weight"] == nil)
        let tied = try builder.written { try logits(Decoder(openCheckpoint(at: $0))) }
        builder.fields = builder.fields.replacing(["tie_word_embeddings"], .boolean(false))
        try builder.written { folder in
            let error = try #require(throws: InputError.self) { _ = try Decoder(try openCheckpoint(at: folder)) }
            #expect(error.kind == .missing && error.field == "lm_head.weight")
        }
        builder.tensors["lm_head.weight"] = builder.tensors["model.embed_tokens.weight"]
        #expect(try builder.written { try logits(Decoder(openCheckpoint(at: $0))) } == tied)
    }

    private func logits(_ decoder: Decoder) throws -> [Float] {
        let operations = ReferenceOperations()
        let step = try decoder.step([.init(tokens: [1, 2, 3], cache: nil)], operations: operations)
        return decoder.logits(try decoder(step), operations).floats
    }
}

import Checkpoints
import Files
import Foundation
import Models
import Tokenizers

/// Where a run's model comes from: a configuration, and then it has learned nothing, or a checkpoint.
package struct ModelSettings: Sendable {
    /// What a model begins as.
    package enum Start: Sendable, Equatable {
        /// The fields of a `config.json`, and where they stand.
        case configuration(JSONObject, source: String)
        /// The path of a checkpoint.
        case checkpoint(String)
    }

    package var start: Start
    /// Of the matrices' first values.
    package var deviation = 0.006
    /// The path of a vocabulary; `nil` for the checkpoint's own, or none.
    package var tokenizer: String?

    package init(_ start: Start) { self.start = start }

    /// - Throws: `InputError` unless there is exactly one of `configuration` and `from`, and for a file that is no JSON.
    package init(_ section: RecipeSection) throws {
        guard section.has("configuration") != section.has("from") else {
            throw section.invalid(
                "configuration", section.has("from") ? "found `from` too" : "found neither it nor `from`",
                "the fields of a config.json or its path, or `from` with the path of a checkpoint")
        }
        if section.has("from") {
            self.init(.checkpoint(try section.text("from")))
        } else {
            self.init(try Self.configuration(section))
            deviation = try section.section("initialization").number("deviation", in: 1e-9...10, default: deviation)
        }
        let path = try section.text("tokenizer", default: "")
        tokenizer = path.isEmpty ? nil : path
    }

    private static func configuration(_ section: RecipeSection) throws -> Start {
        if let path = try? section.text("configuration") {
            guard let fields = try JSONParser.parse(MappedFile(path: path)).object else {
                throw section.invalid("configuration", "found a file that is no JSON object", "a config.json")
            }
            return .configuration(fields, source: path)
        }
        let fields = try section.object("configuration") ?? JSONObject()
        if let stray = fields.members.first(where: { !knownFields.contains($0.key) }) {
            throw section.invalid(
                "configuration.\(stray.key)", "found an unknown field", "a field that this program reads")
        }
        return .configuration(fields, source: section.source)
    }

    /// The model, in memory.
    /// - Throws: `InputError` if there is no such model, or GGUF stands for it, whose layout is not that of a run's.
    package func checkpoint(seed: UInt64) throws -> TrainableCheckpoint {
        switch start {
        case .configuration(let fields, let source):
            return TrainableCheckpoint(
                try InitializedCheckpoint(fields, source: source, deviation: deviation, seed: seed))
        case .checkpoint(let path):
            let source = try openCheckpoint(at: path)
            guard source.format == .safetensors else {
                throw InputError(
                    .unsupported, source: path, found: "found a GGUF file", expected: "a folder with safetensors",
                    advice: "make one with `isobath convert \(path) -o FOLDER`, and name it in the recipe")
            }
            return try TrainableCheckpoint(decoding: source)
        }
    }

    /// What of `config.json` means something here; in a recipe anything else is a slip.
    private static let knownFields: Set<String> = [
        "model_type", "architectures", "torch_dtype", "dtype", "initializer_range", "use_cache", "bos_token_id",
        "eos_token_id", "pad_token_id", "vocab_size", "hidden_size", "intermediate_size", "num_hidden_layers",
        "num_attention_heads", "num_key_value_heads", "head_dim", "max_position_embeddings", "rms_norm_eps",
        "tie_word_embeddings", "hidden_act", "attention_bias", "mlp_bias", "use_sliding_window", "attention_dropout",
        "rope_theta", "rope_scaling", "rope_parameters", "rope_interleave", "q_lora_rank", "kv_lora_rank",
        "qk_nope_head_dim", "qk_rope_head_dim", "v_head_dim", "use_mla", "n_routed_experts", "n_shared_experts",
        "num_experts_per_tok", "moe_intermediate_size", "first_k_dense_replace", "moe_layer_freq", "norm_topk_prob",
        "scoring_func", "topk_method", "n_group", "topk_group", "routed_scaling_factor", "num_nextn_predict_layers",
        "isobath_routing", "isobath_hash_seed",
    ]
}

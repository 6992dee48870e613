import Checkpoints

/// What a tensor is for, independent of how a checkpoint spells it.
package enum TensorRole: String, CaseIterable, Sendable {
    case embedding, finalNorm, head
    // What GGUF stores of Llama 3.1's rotary rule.
    case rotaryDivisors
    case attentionNorm, feedForwardNorm
    // Grouped attention.
    case query, key, value, output
    case queryBias, keyBias, valueBias, outputBias
    case queryNorm, keyNorm
    // Latent attention.
    case queryCompression, queryLatentNorm, queryExpansion
    case latentCompression, latentNorm, latentExpansion, keyExpansion, valueExpansion
    // Feed-forward.
    case gate, up, down
    case router, selectionBias
    case expertGate, expertUp, expertDown
    case sharedGate, sharedUp, sharedDown
    // Multi-token prediction.
    case predictionEmbedding, predictionEmbeddingNorm, predictionHiddenNorm, predictionProjection
    case predictionNorm, predictionHead
}

extension TensorRole {
    /// Whether it is the weight of a norm, which begins at 1.
    package var isNorm: Bool {
        switch self {
        case .finalNorm, .attentionNorm, .feedForwardNorm, .queryNorm, .keyNorm, .queryLatentNorm, .latentNorm,
            .predictionEmbeddingNorm, .predictionHiddenNorm, .predictionNorm:
            true
        default: false
        }
    }

    /// Whether it is added to something, and begins at 0.
    package var isBias: Bool {
        switch self {
        case .queryBias, .keyBias, .valueBias, .outputBias, .selectionBias: true
        default: false
        }
    }
}

/// A container's table from roles to names: `{l}` stands for the layer, `{e}` for the expert.
///
/// A new container, or a family that spells a tensor differently, is a new table.
struct TensorNames {
    private let table: [TensorRole: String]
    /// Whether the experts of a layer lie in one tensor [experts, out, in] or each in its own.
    let stacksExperts: Bool

    static func table(of format: CheckpointFormat) -> TensorNames {
        switch format {
        case .safetensors: huggingFace
        case .gguf: gguf
        }
    }

    /// Whether checkpoints of this container have such tensors at all.
    func has(_ role: TensorRole) -> Bool { table[role] != nil }

    func name(_ role: TensorRole, layer: Int? = nil, expert: Int? = nil) -> String {
        var name = table[role] ?? "(\(role.rawValue))"
        if let layer { name.replace("{l}", with: String(layer)) }
        if let expert { name.replace("{e}", with: String(expert)) }
        return name
    }

    /// The names of the released checkpoints: Hugging Face's for Llama, Qwen2, Qwen3, DeepSeek, -V2 and -V3.
    private static let huggingFace = TensorNames(
        table: [
            .embedding: "model.embed_tokens.weight",
            .finalNorm: "model.norm.weight",
            .head: "lm_head.weight",
            .attentionNorm: "model.layers.{l}.input_layernorm.weight",
            .feedForwardNorm: "model.layers.{l}.post_attention_layernorm.weight",
            .query: "model.layers.{l}.self_attn.q_proj.weight",
            .key: "model.layers.{l}.self_attn.k_proj.weight",
            .value: "model.layers.{l}.self_attn.v_proj.weight",
            .output: "model.layers.{l}.self_attn.o_proj.weight",
            .queryBias: "model.layers.{l}.self_attn.q_proj.bias",
            .keyBias: "model.layers.{l}.self_attn.k_proj.bias",
            .valueBias: "model.layers.{l}.self_attn.v_proj.bias",
            .outputBias: "model.layers.{l}.self_attn.o_proj.bias",
            .queryNorm: "model.layers.{l}.self_attn.q_norm.weight",
            .keyNorm: "model.layers.{l}.self_attn.k_norm.weight",
            .queryCompression: "model.layers.{l}.self_attn.q_a_proj.weight",
            .queryLatentNorm: "model.layers.{l}.self_attn.q_a_layernorm.weight",
            .queryExpansion: "model.layers.{l}.self_attn.q_b_proj.weight",
            .latentCompression: "model.layers.{l}.self_attn.kv_a_proj_with_mqa.weight",
            .latentNorm: "model.layers.{l}.self_attn.kv_a_layernorm.weight",
            .latentExpansion: "model.layers.{l}.self_attn.kv_b_proj.weight",
            .gate: "model.layers.{l}.mlp.gate_proj.weight",
            .up: "model.layers.{l}.mlp.up_proj.weight",
            .down: "model.layers.{l}.mlp.down_proj.weight",
            .router: "model.layers.{l}.mlp.gate.weight",
            .selectionBias: "model.layers.{l}.mlp.gate.e_score_correction_bias",
            .expertGate: "model.layers.{l}.mlp.experts.{e}.gate_proj.weight",
            .expertUp: "model.layers.{l}.mlp.experts.{e}.up_proj.weight",
            .expertDown: "model.layers.{l}.mlp.experts.{e}.down_proj.weight",
            .sharedGate: "model.layers.{l}.mlp.shared_experts.gate_proj.weight",
            .sharedUp: "model.layers.{l}.mlp.shared_experts.up_proj.weight",
            .sharedDown: "model.layers.{l}.mlp.shared_experts.down_proj.weight",
            .predictionEmbedding: "model.layers.{l}.embed_tokens.weight",
            .predictionEmbeddingNorm: "model.layers.{l}.enorm.weight",
            .predictionHiddenNorm: "model.layers.{l}.hnorm.weight",
            .predictionProjection: "model.layers.{l}.eh_proj.weight",
            .predictionNorm: "model.layers.{l}.shared_head.norm.weight",
            .predictionHead: "model.layers.{l}.shared_head.head.weight",
        ], stacksExperts: false)

    /// llama.cpp's names, for its architectures llama, qwen2, qwen3, deepseek and deepseek2.
    private static let gguf = TensorNames(
        table: [
            .embedding: "token_embd.weight",
            .finalNorm: "output_norm.weight",
            .head: "output.weight",
            .rotaryDivisors: "rope_freqs.weight",
            .attentionNorm: "blk.{l}.attn_norm.weight",
            .feedForwardNorm: "blk.{l}.ffn_norm.weight",
            .query: "blk.{l}.attn_q.weight",
            .key: "blk.{l}.attn_k.weight",
            .value: "blk.{l}.attn_v.weight",
            .output: "blk.{l}.attn_output.weight",
            .queryBias: "blk.{l}.attn_q.bias",
            .keyBias: "blk.{l}.attn_k.bias",
            .valueBias: "blk.{l}.attn_v.bias",
            .outputBias: "blk.{l}.attn_output.bias",
            .queryNorm: "blk.{l}.attn_q_norm.weight",
            .keyNorm: "blk.{l}.attn_k_norm.weight",
            .queryCompression: "blk.{l}.attn_q_a.weight",
            .queryLatentNorm: "blk.{l}.attn_q_a_norm.weight",
            .queryExpansion: "blk.{l}.attn_q_b.weight",
            .latentCompression: "blk.{l}.attn_kv_a_mqa.weight",
            .latentNorm: "blk.{l}.attn_kv_a_norm.weight",
            .latentExpansion: "blk.{l}.attn_kv_b.weight",
            .keyExpansion: "blk.{l}.attn_k_b.weight",
            .valueExpansion: "blk.{l}.attn_v_b.weight",
            .gate: "blk.{l}.ffn_gate.weight",
            .up: "blk.{l}.ffn_up.weight",
            .down: "blk.{l}.ffn_down.weight",
            .router: "blk.{l}.ffn_gate_inp.weight",
            .selectionBias: "blk.{l}.exp_probs_b.bias",
            .expertGate: "blk.{l}.ffn_gate_exps.weight",
            .expertUp: "blk.{l}.ffn_up_exps.weight",
            .expertDown: "blk.{l}.ffn_down_exps.weight",
            .sharedGate: "blk.{l}.ffn_gate_shexp.weight",
            .sharedUp: "blk.{l}.ffn_up_shexp.weight",
            .sharedDown: "blk.{l}.ffn_down_shexp.weight",
            .predictionEmbedding: "blk.{l}.nextn.embed_tokens.weight",
            .predictionEmbeddingNorm: "blk.{l}.nextn.enorm.weight",
            .predictionHiddenNorm: "blk.{l}.nextn.hnorm.weight",
            .predictionProjection: "blk.{l}.nextn.eh_proj.weight",
            .predictionNorm: "blk.{l}.nextn.shared_head_norm.weight",
            .predictionHead: "blk.{l}.nextn.shared_head_head.weight",
        ], stacksExperts: true)
}

import Checkpoints
import Files

extension DecoderConfiguration {
    /// What a GGUF file says of this model: `general.architecture` and the keys of that architecture, named and stored as
    /// llama.cpp's converter does. The inverse of reading them.
    ///
    /// `fields` is the `config.json` that this configuration was read from: the few keys that only repeat it are taken
    /// from there, so that nothing is written that the model does not say.
    /// - Throws: `InputError` for a model that GGUF's keys cannot describe.
    package func ggufFields(_ fields: JSONObject, source: String) throws -> [(key: String, value: GGUFValue)] {
        let writer = GGUFFieldWriter(
            configuration: self, reader: FieldReader(fields: fields, source: source),
            architecture: family.ggufArchitecture)
        return [("general.architecture", .string(family.ggufArchitecture))] + (try writer.fields())
    }
}

extension ModelFamily {
    /// The value of `general.architecture` in GGUF.
    package var ggufArchitecture: String {
        switch self {
        case .llama: "llama"
        case .qwen2: "qwen2"
        case .qwen3: "qwen3"
        case .deepSeekMoE: "deepseek"
        case .deepSeekV2, .deepSeekV3: "deepseek2"
        }
    }
}

private struct GGUFFieldWriter {
    typealias Field = (key: String, value: GGUFValue)

    let configuration: DecoderConfiguration
    let reader: FieldReader
    let architecture: String

    func fields() throws -> [Field] {
        let fields = try general() + attention() + rotary() + mixture()
        return fields.map { (architecture + "." + $0.key, $0.value) }
    }

    private func general() -> [Field] {
        var fields: [Field] = [
            ("block_count", .count(configuration.layerCount + configuration.predictionLayerCount)),
            ("context_length", .count(configuration.contextLength)),
            ("embedding_length", .count(configuration.hiddenSize)),
            ("feed_forward_length", .count(configuration.feedForwardSize)),
            ("attention.layer_norm_rms_epsilon", .float32(configuration.normEpsilon)),
        ]
        if configuration.family != .qwen2, configuration.family != .qwen3 {
            fields.append(("vocab_size", .count(configuration.vocabularySize)))
        }
        if configuration.predictionLayerCount > 0 {
            fields.append(("nextn_predict_layers", .count(configuration.predictionLayerCount)))
        }
        return fields
    }

    // MARK: Attention

    private func attention() throws -> [Field] {
        switch configuration.attention {
        case .latent(let latent): return try attention(latent)
        case .grouped(let grouped):
            // deepseek2 is for latent attention; V2's switch that turns it off was never used in a release.
            guard !configuration.family.isLatent else {
                throw reader.unsupported("kv_lora_rank", "no latent attention", "latent attention, as deepseek2 has it")
            }
            var fields: [Field] = [
                ("attention.head_count", .count(grouped.headCount)),
                ("attention.head_count_kv", .count(grouped.keyValueHeadCount)),
            ]
            if reader.has("head_dim") {
                fields.append(("attention.key_length", .count(grouped.headSize)))
                fields.append(("attention.value_length", .count(grouped.headSize)))
            }
            return fields
        }
    }

    /// The file describes the cache: one head of latent and rotary key. The sizes of the true heads stand under *_mla.
    private func attention(_ latent: LatentAttentionConfiguration) throws -> [Field] {
        var fields: [Field] = [
            ("attention.head_count", .count(latent.headCount)), ("attention.head_count_kv", .count(1)),
            ("attention.kv_lora_rank", .count(latent.latentRank)),
            ("attention.key_length", .count(latent.latentRank + latent.rotarySize)),
            ("attention.value_length", .count(latent.latentRank)),
            ("attention.key_length_mla", .count(latent.contentSize + latent.rotarySize)),
            ("attention.value_length_mla", .count(latent.valueSize)),
        ]
        // llama.cpp demands the key unless there are 26 or 27 layers, which it takes for V2-Lite; 0 means none.
        let mayLackQueryRank = (26...27).contains(configuration.layerCount)
        if latent.queryRank != nil || !mayLackQueryRank {
            fields.append(("attention.q_lora_rank", .count(latent.queryRank ?? 0)))
        }
        return fields
    }

    // MARK: Positions

    private func rotary() throws -> [Field] {
        var fields: [Field] = [("rope.freq_base", .float32(configuration.rotary.base))]
        if configuration.family != .qwen2, configuration.family != .qwen3 {
            fields.append(("rope.dimension_count", .count(configuration.rotary.size)))
        }
        switch configuration.rotary.scaling {
        // Llama 3.1's rule stands in a tensor.
        case .llama3, .divisors: break
        case .none:
            if configuration.family == .deepSeekMoE { fields.append(("rope.scaling.type", .string("none"))) }
        case .linear(let factor):
            fields.append(("rope.scaling.type", .string("linear")))
            fields.append(("rope.scaling.factor", .float32(factor)))
        case .yarn(let factor, let context, let fast, let slow):
            guard fast == 32, slow == 1 else {
                throw reader.unsupported("rope_scaling.beta_fast", "\(fast) and \(slow)", "32 and 1, all that GGUF has")
            }
            fields.append(("rope.scaling.type", .string("yarn")))
            fields.append(("rope.scaling.factor", .float32(factor)))
            fields.append(("rope.scaling.original_context_length", .count(Int(context))))
            fields += try yarn()
            fields += try magnitude(factor)
        }
        guard configuration.rotary.pairsAdjacent || !configuration.family.isLatent else {
            throw reader.unsupported("rope_interleave", "false", "adjacent pairs, as deepseek2 has them")
        }
        return fields
    }

    /// A factor on cosines and sines other than YaRN's own.
    private func magnitude(_ factor: Float) throws -> [Field] {
        let magnitude = configuration.rotary.magnitude
        let usual = configuration.family.isLatent ? 1 : yarnMagnitude(factor, 1)
        if magnitude == usual { return [] }
        guard !configuration.family.isLatent else {
            throw reader.unsupported(
                "rope_scaling.mscale", "a factor of \(magnitude) on cosines and sines",
                "mscale like mscale_all_dim, all that GGUF can say")
        }
        return [("rope.scaling.attn_factor", .float32(magnitude / usual))]
    }

    private func yarn() throws -> [Field] {
        guard let scaling = try reader.object("rope_scaling") ?? reader.object("rope_parameters") else { return [] }
        let keys = [
            ("attention_factor", "yarn_attn_factor"), ("attn_factor", "yarn_attn_factor"),
            ("beta_fast", "yarn_beta_fast"), ("beta_slow", "yarn_beta_slow"),
        ]
        var fields: [Field] = []
        for (name, key) in keys where scaling.has(name) && !fields.contains(where: { $0.key.hasSuffix(key) }) {
            fields.append(("rope.scaling." + key, .float32(try scaling.number(name, in: Limits.factor))))
        }
        if configuration.family.isLatent, scaling.has("mscale_all_dim") {
            // In f64 as the converter does, so that the f32 that is stored is the same.
            let weight = scaling.value("mscale_all_dim")?.double ?? 0
            fields.append(("rope.scaling.yarn_log_multiplier", .float32(Float(0.1 * weight))))
        }
        return fields
    }

    // MARK: Experts

    private func mixture() throws -> [Field] {
        guard let mixture = configuration.mixture else {
            guard !configuration.family.hasExperts else {
                throw reader.unsupported("n_routed_experts", "no experts", "a mixture, as \(architecture) has it")
            }
            return []
        }
        guard mixture.choice == .learned else {
            throw reader.unsupported(
                "isobath_routing", "a choice by token ids", "a learned router, all that GGUF can say")
        }
        guard mixture.layerFrequency == 1 else {
            throw reader.unsupported("moe_layer_freq", "\(mixture.layerFrequency)", "1, all that GGUF can say")
        }
        let shared = mixture.sharedSize / mixture.expertSize
        var fields: [Field] = [
            ("leading_dense_block_count", .count(mixture.firstLayer)), ("expert_count", .count(mixture.expertCount)),
            ("expert_used_count", .count(mixture.expertsPerToken)), ("expert_shared_count", .count(shared)),
            ("expert_feed_forward_length", .count(mixture.expertSize)),
            ("expert_weights_scale", .float32(mixture.scalingFactor)),
            ("expert_gating_func", .count(mixture.scoring == .softmax ? 1 : 2)),
        ]
        if mixture.normalizesWeights { fields.append(("expert_weights_norm", .boolean(true))) }
        // Choosing all groups is having none; llama.cpp refuses files that say the first.
        let isLimited = mixture.groupsPerToken < mixture.groupCount
        let (groups, chosen) = isLimited ? (mixture.groupCount, mixture.groupsPerToken) : (1, 1)
        if reader.has("n_group") { fields.append(("expert_group_count", .count(groups))) }
        if reader.has("topk_group") { fields.append(("expert_group_used_count", .count(chosen))) }
        return fields
    }
}

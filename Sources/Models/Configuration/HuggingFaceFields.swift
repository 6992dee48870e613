import Files

extension DecoderConfiguration {
    /// The `config.json` of this model, with the fields that released checkpoints have. The inverse of reading them.
    ///
    /// - Parameters:
    ///   - ggufFields: the metadata that this configuration was read from, for what no computation asks for.
    ///   - type: how most weights are stored, as PyTorch names it.
    /// - Throws: `InputError` for a rotary rule that `config.json` has no words for.
    package func huggingFaceFields(_ ggufFields: JSONObject, type: String, source: String) throws -> JSONObject {
        let writer = HuggingFaceFieldWriter(
            configuration: self,
            gguf: FieldReader(fields: ggufFields, source: source, prefix: family.ggufArchitecture + "."))
        return JSONObject(
            writer.model() + writer.attention() + (try writer.rotary()) + writer.mixture()
                + [("torch_dtype", .string(type)), ("use_cache", .boolean(true))])
    }
}

extension ModelFamily {
    /// The value of `model_type` in `config.json`.
    package var huggingFaceType: String {
        switch self {
        case .llama: "llama"
        case .qwen2: "qwen2"
        case .qwen3: "qwen3"
        case .deepSeekMoE: "deepseek"
        case .deepSeekV2: "deepseek_v2"
        case .deepSeekV3: "deepseek_v3"
        }
    }

    /// The class that transformers has for it.
    fileprivate var huggingFaceClass: String {
        switch self {
        case .llama: "LlamaForCausalLM"
        case .qwen2: "Qwen2ForCausalLM"
        case .qwen3: "Qwen3ForCausalLM"
        case .deepSeekMoE: "DeepseekForCausalLM"
        case .deepSeekV2: "DeepseekV2ForCausalLM"
        case .deepSeekV3: "DeepseekV3ForCausalLM"
        }
    }
}

private struct HuggingFaceFieldWriter {
    typealias Field = (key: String, value: JSONValue)

    let configuration: DecoderConfiguration
    let gguf: FieldReader

    func model() -> [Field] {
        var fields: [Field] = [
            ("architectures", .array([.string(configuration.family.huggingFaceClass)])),
            ("model_type", .string(configuration.family.huggingFaceType)), ("hidden_act", .string("silu")),
            ("hidden_size", .integer(configuration.hiddenSize)),
            ("intermediate_size", .integer(configuration.feedForwardSize)),
            ("num_hidden_layers", .integer(configuration.layerCount)),
            ("vocab_size", .integer(configuration.vocabularySize)),
            ("max_position_embeddings", .integer(configuration.contextLength)),
            ("rms_norm_eps", .decimal(configuration.normEpsilon)),
            ("tie_word_embeddings", .boolean(configuration.tiesEmbeddings)),
        ]
        if configuration.predictionLayerCount > 0 {
            fields.append(("num_nextn_predict_layers", .integer(configuration.predictionLayerCount)))
        }
        return fields
    }

    // MARK: Attention

    func attention() -> [Field] {
        switch configuration.attention {
        case .grouped(let grouped): attention(grouped)
        case .latent(let latent): attention(latent)
        }
    }

    private func attention(_ grouped: GroupedAttentionConfiguration) -> [Field] {
        var fields: [Field] = [
            ("num_attention_heads", .integer(grouped.headCount)),
            ("num_key_value_heads", .integer(grouped.keyValueHeadCount)),
        ]
        if gguf.has("attention.key_length") || grouped.headCount * grouped.headSize != configuration.hiddenSize {
            fields.append(("head_dim", .integer(grouped.headSize)))
        }
        if configuration.family == .qwen2 {
            fields.append(("use_sliding_window", .boolean(false)))
        } else {
            fields.append(("attention_bias", .boolean(grouped.hasInputBias)))
        }
        return fields
    }

    private func attention(_ latent: LatentAttentionConfiguration) -> [Field] {
        [
            ("num_attention_heads", .integer(latent.headCount)), ("num_key_value_heads", .integer(latent.headCount)),
            ("q_lora_rank", latent.queryRank.map(JSONValue.integer) ?? .null),
            ("kv_lora_rank", .integer(latent.latentRank)), ("qk_nope_head_dim", .integer(latent.contentSize)),
            ("qk_rope_head_dim", .integer(latent.rotarySize)), ("v_head_dim", .integer(latent.valueSize)),
            ("attention_bias", .boolean(false)),
        ]
    }

    // MARK: Positions

    func rotary() throws -> [Field] {
        [("rope_theta", .decimal(configuration.rotary.base)), ("rope_scaling", try scaling())]
    }

    private func scaling() throws -> JSONValue {
        switch configuration.rotary.scaling {
        case .none: return .null
        case .linear(let factor):
            return .object(JSONObject([("type", .string("linear")), ("factor", .decimal(factor))]))
        case .llama3(let factor, let low, let high, let context): return llama3(factor, low, high, context)
        case .divisors(let divisors): return try llama3(divisors)
        case .yarn(let factor, let context, let fast, let slow):
            return .object(JSONObject(yarn(factor, context, fast, slow)))
        }
    }

    private func llama3(_ factor: Float, _ low: Float, _ high: Float, _ context: Float) -> JSONValue {
        .object(
            JSONObject([
                ("factor", .decimal(factor)), ("low_freq_factor", .decimal(low)),
                ("high_freq_factor", .decimal(high)),
                ("original_max_position_embeddings", .integer(Int(context))), ("rope_type", .string("llama3")),
            ]))
    }

    /// GGUF keeps what the rule makes of the frequencies, not its numbers. Those of all releases of Llama 3.1 and 3.2 are the
    /// same but for the factor, which is the largest divisor; if they give the same divisors, they are the rule.
    private func llama3(_ divisors: [Float]) throws -> JSONValue {
        var rotary = configuration.rotary
        let factor = divisors.max() ?? 1
        rotary.scaling = .llama3(factor: factor, lowFrequency: 1, highFrequency: 4, originalContext: 8192)
        let found = rotary.ggufDivisors ?? []
        guard zip(found, divisors).allSatisfy({ abs($0 - $1) <= 1e-5 * $1 }) else {
            throw InputError(
                .unsupported, source: gguf.source, field: "rope_freqs.weight",
                found: "found divisors of frequencies that are not Llama 3.1's",
                expected: "a rotary rule that config.json has words for",
                advice: "take the model's release in safetensors")
        }
        return llama3(factor, 1, 4, 8192)
    }

    private func yarn(_ factor: Float, _ context: Float, _ fast: Float, _ slow: Float) -> [Field] {
        var fields: [Field] = [
            ("type", .string("yarn")), ("factor", .decimal(factor)),
            ("original_max_position_embeddings", .integer(Int(context))), ("beta_fast", .decimal(fast)),
            ("beta_slow", .decimal(slow)),
        ]
        let magnitude = configuration.rotary.magnitude
        if configuration.family.isLatent {
            // 0.1 · mscale_all_dim stands in the file; its shortest decimal, so that 0.0707 becomes 0.707 again.
            let weight = gguf.value("rope.scaling.yarn_log_multiplier")?.double.map { Float(10 * $0) } ?? 0
            fields += [("mscale", .decimal(weight)), ("mscale_all_dim", .decimal(weight))]
        } else if magnitude != yarnMagnitude(factor, 1) {
            fields.append(("attention_factor", .decimal(magnitude)))
        } else if let unused = gguf.value("rope.scaling.yarn_attn_factor")?.double {
            // As R1-0528-Qwen3 has it; nobody reads it.
            fields.append(("attn_factor", .decimal(Float(unused))))
        }
        return fields
    }

    // MARK: Experts

    /// What released configurations have no words for.
    private func baseline(_ mixture: MixtureConfiguration) -> [Field] {
        if case .hash(let seed) = mixture.choice {
            return [("isobath_routing", .string("hash")), ("isobath_hash_seed", .integer(seed))]
        }
        // Read as DeepSeekMoE, weights would not be normalised.
        let isGShard = mixture.normalizesWeights && configuration.family == .deepSeekMoE
        return isGShard ? [("isobath_routing", .string("gshard"))] : []
    }

    func mixture() -> [Field] {
        guard let mixture = configuration.mixture else { return [] }
        let method = mixture.hasSelectionBias ? "noaux_tc" : mixture.groupCount > 1 ? "group_limited_greedy" : "greedy"
        var fields: [Field] = [
            ("n_routed_experts", .integer(mixture.expertCount)),
            ("n_shared_experts", .integer(mixture.sharedSize / mixture.expertSize)),
            ("num_experts_per_tok", .integer(mixture.expertsPerToken)),
            ("moe_intermediate_size", .integer(mixture.expertSize)),
            ("first_k_dense_replace", .integer(mixture.firstLayer)),
            ("moe_layer_freq", .integer(mixture.layerFrequency)),
            ("norm_topk_prob", .boolean(mixture.normalizesWeights)),
            ("scoring_func", .string(mixture.scoring.rawValue)),
        ]
        if configuration.family.isLatent || mixture.scalingFactor != 1 {
            fields.append(("routed_scaling_factor", .decimal(mixture.scalingFactor)))
        }
        fields += baseline(mixture)
        guard configuration.family.isLatent else { return fields }
        fields += [
            ("topk_method", .string(method)),
            ("n_group", .integer(mixture.groupCount)), ("topk_group", .integer(mixture.groupsPerToken)),
        ]
        return fields
    }
}

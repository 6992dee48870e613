import Files

extension DecoderConfiguration {
    /// From the fields of a Hugging Face `config.json`.
    ///
    /// - Throws: `InputError` naming the field; `.unsupported` with the model's name for generations that are not built.
    package init(huggingFace fields: JSONObject, source: String) throws {
        let reader = FieldReader(fields: fields, source: source)
        let type = try reader.string("model_type")
        let family = try ModelFamily(huggingFaceType: type, reader)
        try reader.refuseUnknownArithmetic()
        let usesLatent = try family.isLatent && reader.boolean("use_mla", default: true) && reader.has("kv_lora_rank")
        let rotarySize = usesLatent ? try reader.integer("qk_rope_head_dim", in: 2...65_536) : try reader.headSize()
        let rotary = try RotaryReader(reader, size: rotarySize)
        self.init(
            family: family,
            vocabularySize: try reader.integer("vocab_size", in: Limits.vocabulary),
            hiddenSize: try reader.integer("hidden_size", in: Limits.width),
            layerCount: try reader.integer("num_hidden_layers", in: Limits.layers),
            contextLength: try reader.integer("max_position_embeddings", in: Limits.context, default: 4_096),
            normEpsilon: try reader.number("rms_norm_eps", in: 0...1, default: 1e-6),
            tiesEmbeddings: try reader.boolean("tie_word_embeddings", default: false),
            attention: usesLatent
                ? .latent(try reader.latentAttention(rotary: rotary)) : .grouped(try reader.groupedAttention(family)),
            rotary: try rotary.configuration(
                isLatent: usesLatent, adjacent: try usesLatent && reader.boolean("rope_interleave", default: true)),
            feedForwardSize: try reader.integer("intermediate_size", in: Limits.width),
            mixture: family.hasExperts ? try reader.mixture(family) : nil,
            predictionLayerCount: try reader.integer("num_nextn_predict_layers", in: 0...64, default: 0))
    }
}

extension ModelFamily {
    fileprivate init(huggingFaceType type: String, _ reader: FieldReader) throws {
        switch type {
        case "llama": self = .llama
        case "qwen2": self = .qwen2
        case "qwen3": self = .qwen3
        case "deepseek": self = .deepSeekMoE
        case "deepseek_v2": self = .deepSeekV2
        case "deepseek_v3": self = .deepSeekV3
        case "deepseek_v32":
            throw reader.unsupported(
                "model_type", "DeepSeek-V3.2 (\(type)), whose sparse attention is not built", known)
        case "deepseek_v4":
            throw reader.unsupported("model_type", "DeepSeek-V4 (\(type)), whose layers are not built", known)
        case "deepseek_vl_v2", "multi_modality":
            throw reader.unsupported("model_type", "a picture-and-text model (\(type)), which is not built", known)
        default: throw reader.unsupported("model_type", "\"\(printable(type, limit: 60))\"", known)
        }
    }

    var isLatent: Bool { self == .deepSeekV2 || self == .deepSeekV3 }

    var hasExperts: Bool { self == .deepSeekMoE || isLatent }
}

private let known = "llama, qwen2, qwen3, deepseek, deepseek_v2 or deepseek_v3"

extension FieldReader {
    fileprivate func headSize() throws -> Int {
        let heads = try integer("num_attention_heads", in: Limits.heads)
        let hidden = try integer("hidden_size", in: Limits.width)
        let size = try integer("head_dim", in: Limits.heads, default: hidden / heads)
        guard size > 0, size % 2 == 0 else { throw invalid("head_dim", "\(size)", "an even head size") }
        return size
    }

    /// Variants that would run to wrong numbers without a word.
    fileprivate func refuseUnknownArithmetic() throws {
        let activation = try string("hidden_act", default: "silu")
        guard activation == "silu" else { throw unsupported("hidden_act", "\"\(activation)\"", "\"silu\"") }
        if try boolean("mlp_bias", default: false) { throw unsupported("mlp_bias", "true", "false") }
        if try boolean("use_sliding_window", default: false) {
            throw unsupported("use_sliding_window", "true", "attention over the whole context")
        }
        guard let quantization = try object("quantization_config") else { return }
        let method = try quantization.string("quant_method", default: "fp8")
        guard method == "fp8" else {
            throw quantization.unsupported("quant_method", "\"\(method)\"", "\"fp8\" with 128×128 blocks")
        }
        guard let block = quantization.value("weight_block_size") else { return }
        guard block.array?.map(\.integer) == [128, 128] else {
            throw quantization.unsupported("weight_block_size", "other blocks", "[128, 128]")
        }
    }

    fileprivate func groupedAttention(_ family: ModelFamily) throws -> GroupedAttentionConfiguration {
        let heads = try integer("num_attention_heads", in: Limits.heads)
        let shared = try integer("num_key_value_heads", in: Limits.heads, default: heads)
        guard heads % shared == 0 else {
            throw invalid("num_key_value_heads", "\(shared)", "a divisor of the \(heads) attention heads")
        }
        let hasBias = try boolean("attention_bias", default: false)
        return GroupedAttentionConfiguration(
            headCount: heads, keyValueHeadCount: shared, headSize: try headSize(),
            hasInputBias: family == .qwen2 || hasBias, hasOutputBias: hasBias && family != .qwen2,
            normalizesHeads: family == .qwen3)
    }

    fileprivate func latentAttention(rotary: RotaryReader) throws -> LatentAttentionConfiguration {
        if try boolean("attention_bias", default: false) { throw unsupported("attention_bias", "true", "false") }
        let queryRank = try integer("q_lora_rank", in: 0...Limits.width.upperBound, default: 0)
        return LatentAttentionConfiguration(
            headCount: try integer("num_attention_heads", in: Limits.heads),
            queryRank: queryRank == 0 ? nil : queryRank,
            latentRank: try integer("kv_lora_rank", in: Limits.width),
            contentSize: try integer("qk_nope_head_dim", in: Limits.heads),
            rotarySize: try rotary.evenSize(),
            valueSize: try integer("v_head_dim", in: Limits.heads),
            softmaxFactor: try rotary.softmaxFactor(), isExpansionSplit: false)
    }

    fileprivate func mixture(_ family: ModelFamily) throws -> MixtureConfiguration? {
        guard has("n_routed_experts") else { return nil }
        let experts = try integer("n_routed_experts", in: Limits.experts)
        // V3 has one method; configurations that transformers has written leave it out.
        let method = try string("topk_method", default: family == .deepSeekV3 ? "noaux_tc" : "greedy")
        guard ["greedy", "group_limited_greedy", "noaux_tc"].contains(method) else {
            throw unsupported("topk_method", "\"\(method)\"", "greedy, group_limited_greedy or noaux_tc")
        }
        let scoring = try string("scoring_func", default: family == .deepSeekV3 ? "sigmoid" : "softmax")
        guard let scoring = MixtureConfiguration.Scoring(rawValue: scoring) else {
            throw unsupported("scoring_func", "\"\(scoring)\"", "softmax or sigmoid")
        }
        let isGrouped = method != "greedy"
        let size = try integer("moe_intermediate_size", in: Limits.width)
        var mixture = MixtureConfiguration(
            expertCount: experts, expertsPerToken: try integer("num_experts_per_tok", in: 1...experts),
            expertSize: size,
            sharedSize: try integer("n_shared_experts", in: 0...4_096, default: 0) * size,
            firstLayer: try integer("first_k_dense_replace", in: 0...4_096, default: 0),
            layerFrequency: try integer("moe_layer_freq", in: 1...4_096, default: 1),
            scoring: scoring, hasSelectionBias: method == "noaux_tc",
            groupCount: isGrouped ? try integer("n_group", in: 1...experts, default: 1) : 1,
            groupsPerToken: isGrouped ? try integer("topk_group", in: 1...experts, default: 1) : 1,
            groupScore: method == "noaux_tc" ? .sumOfBestTwo : .bestExpert,
            // DeepSeekMoE's code never renormalises, whatever its configuration says.
            normalizesWeights: try family != .deepSeekMoE && boolean("norm_topk_prob", default: false),
            scalingFactor: try number("routed_scaling_factor", in: -1e6...1e6, default: 1))
        try mixture.apply(BaselineRouting(self), self)
        try mixture.validate(self, groups: "n_group", chosen: "num_experts_per_tok")
        return mixture
    }
}

extension MixtureConfiguration {
    /// Checks what the router relies on: whole groups, and enough experts in the chosen ones.
    func validate(_ reader: FieldReader, groups: String, chosen: String) throws {
        guard expertCount % groupCount == 0, groupsPerToken <= groupCount else {
            throw reader.invalid(groups, "\(groupCount) groups", "a divisor of the \(expertCount) experts")
        }
        guard expertsPerToken <= groupsPerToken * (expertCount / groupCount) else {
            throw reader.invalid(
                chosen, "\(expertsPerToken)", "no more than the experts of \(groupsPerToken) groups together")
        }
    }
}

import Checkpoints
import Files
import Foundation

extension DecoderConfiguration {
    /// From GGUF metadata, as llama.cpp's converter writes it.
    ///
    /// - Throws: `InputError` naming the field; `.unsupported` with the model's name for generations that are not built.
    package init(gguf checkpoint: any Checkpoint) throws {
        let general = FieldReader(fields: checkpoint.fields, source: checkpoint.path)
        let architecture = try general.string("general.architecture")
        let family = try ModelFamily(ggufArchitecture: architecture, general)
        let reader = FieldReader(fields: checkpoint.fields, source: checkpoint.path, prefix: architecture + ".")
        let rotary = try reader.rotary(family, checkpoint)
        let predictionLayers = try reader.integer("nextn_predict_layers", in: 0...64, default: 0)
        let blocks = try reader.integer("block_count", in: Limits.layers)
        guard blocks > predictionLayers else {
            throw reader.invalid("nextn_predict_layers", "\(predictionLayers)", "fewer than the \(blocks) blocks")
        }
        self.init(
            family: family,
            vocabularySize: try reader.ggufVocabularySize(checkpoint),
            hiddenSize: try reader.integer("embedding_length", in: Limits.width),
            layerCount: blocks - predictionLayers,
            contextLength: try reader.integer("context_length", in: Limits.context, default: 4_096),
            normEpsilon: try reader.number("attention.layer_norm_rms_epsilon", in: 0...1, default: 1e-6),
            tiesEmbeddings: checkpoint.entry(named: "output.weight") == nil,
            attention: family.isLatent
                ? .latent(try reader.ggufLatentAttention(checkpoint))
                : .grouped(try reader.ggufGroupedAttention(family, checkpoint)),
            rotary: rotary,
            feedForwardSize: try reader.integer("feed_forward_length", in: Limits.width),
            mixture: family.hasExperts ? try reader.ggufMixture(family, checkpoint) : nil,
            predictionLayerCount: predictionLayers)
    }
}

extension ModelFamily {
    fileprivate init(ggufArchitecture name: String, _ reader: FieldReader) throws {
        switch name {
        case "llama": self = .llama
        case "qwen2": self = .qwen2
        case "qwen3": self = .qwen3
        case "deepseek": self = .deepSeekMoE
        // V2 and V3 share an architecture; the router's kind of score tells them apart.
        case "deepseek2":
            let scoring = reader.fields["deepseek2.expert_gating_func"]?.integer
            self = scoring == 2 ? .deepSeekV3 : .deepSeekV2
        case "deepseek32":
            throw reader.unsupported("general.architecture", "DeepSeek-V3.2 (deepseek32), which is not built", known)
        case "deepseek4":
            throw reader.unsupported("general.architecture", "DeepSeek-V4 (deepseek4), which is not built", known)
        default: throw reader.unsupported("general.architecture", "\"\(printable(name, limit: 60))\"", known)
        }
    }
}

private let known = "llama, qwen2, qwen3, deepseek or deepseek2"

extension FieldReader {
    fileprivate func ggufVocabularySize(_ checkpoint: any Checkpoint) throws -> Int {
        let name = "token_embd.weight"
        guard let table = checkpoint.entry(named: name) else {
            throw InputError(
                .missing, source: source, field: name, found: "found no such tensor", expected: "the embedding table",
                advice: "fetch the checkpoint again: it is incomplete, or holds a vocabulary and no model")
        }
        guard table.tensor.shape.rank == 2, Limits.vocabulary.contains(table.tensor.shape[0]) else {
            throw InputError(
                .wrongShape, source: table.file, field: name, found: "found the shape \(table.tensor.shape)",
                expected: "[vocabulary × width]", advice: "fetch the checkpoint again: this tensor is damaged")
        }
        return table.tensor.shape[0]
    }

    fileprivate func ggufGroupedAttention(
        _ family: ModelFamily, _ checkpoint: any Checkpoint
    ) throws -> GroupedAttentionConfiguration {
        let heads = try integer("attention.head_count", in: Limits.heads)
        let shared = try integer("attention.head_count_kv", in: Limits.heads, default: heads)
        guard heads % shared == 0 else {
            throw invalid("attention.head_count_kv", "\(shared)", "a divisor of the \(heads) attention heads")
        }
        if family == .llama, try integer("expert_count", in: 0...Limits.experts.upperBound, default: 0) > 0 {
            throw unsupported("expert_count", "a mixture of another family", "a dense model")
        }
        return GroupedAttentionConfiguration(
            headCount: heads, keyValueHeadCount: shared, headSize: try ggufHeadSize(),
            hasInputBias: checkpoint.entry(named: "blk.0.attn_q.bias") != nil,
            hasOutputBias: checkpoint.entry(named: "blk.0.attn_output.bias") != nil,
            normalizesHeads: family == .qwen3)
    }

    fileprivate func ggufHeadSize() throws -> Int {
        let heads = try integer("attention.head_count", in: Limits.heads)
        let width = try integer("embedding_length", in: Limits.width)
        let size = try integer("attention.key_length", in: Limits.heads, default: width / heads)
        guard size > 0, size % 2 == 0 else { throw invalid("attention.key_length", "\(size)", "an even head size") }
        guard try integer("attention.value_length", in: Limits.heads, default: size) == size else {
            throw unsupported("attention.value_length", "another size than the keys'", "\(size)")
        }
        return size
    }

    fileprivate func ggufLatentAttention(_ checkpoint: any Checkpoint) throws -> LatentAttentionConfiguration {
        // Newer files describe the cache (one head of latent and rotary key) and keep the true sizes under *_mla.
        let isNew = has("attention.key_length_mla")
        let suffix = isNew ? "_mla" : ""
        let rotary = try integer("rope.dimension_count", in: 2...65_536)
        let key = try integer("attention.key_length" + suffix, in: Limits.heads)
        guard key > rotary, rotary % 2 == 0 else {
            throw invalid("attention.key_length" + suffix, "\(key)", "more than the \(rotary) rotary values")
        }
        let queryRank = try integer("attention.q_lora_rank", in: 0...Limits.width.upperBound, default: 0)
        return LatentAttentionConfiguration(
            headCount: try integer("attention.head_count", in: Limits.heads),
            queryRank: queryRank == 0 ? nil : queryRank,
            latentRank: try integer("attention.kv_lora_rank", in: Limits.width),
            contentSize: key - rotary, rotarySize: rotary,
            valueSize: try integer("attention.value_length" + suffix, in: Limits.heads),
            softmaxFactor: try ggufSoftmaxFactor(),
            isExpansionSplit: checkpoint.entry(named: "blk.0.attn_kv_b.weight") == nil)
    }

    /// (1 + yarn_log_multiplier · ln s)²: the multiplier is 0.1 · mscale_all_dim.
    private func ggufSoftmaxFactor() throws -> Float {
        guard try string("rope.scaling.type", default: "none") == "yarn" else { return 1 }
        let factor = try number("rope.scaling.factor", in: Limits.factor)
        let multiplier = try number("rope.scaling.yarn_log_multiplier", in: 0...1e6, default: 0)
        guard factor > 1 else { return 1 }
        let m = Float(1 + Double(multiplier) * log(Double(factor)))
        return m * m
    }

    fileprivate func rotary(_ family: ModelFamily, _ checkpoint: any Checkpoint) throws -> RotaryConfiguration {
        let size = try integer("rope.dimension_count", in: 2...65_536, default: family.isLatent ? nil : ggufHeadSize())
        guard size % 2 == 0 else { throw invalid("rope.dimension_count", "\(size)", "an even size") }
        if !family.isLatent, size != (try ggufHeadSize()) {
            throw unsupported("rope.dimension_count", "\(size)", "the whole head of \(try ggufHeadSize()) values")
        }
        return RotaryConfiguration(
            size: size, base: try number("rope.freq_base", in: Limits.rotaryBase, default: 10_000),
            scaling: try ggufScaling(checkpoint, pairs: size / 2), magnitude: try ggufMagnitude(family),
            pairsAdjacent: family != .qwen2 && family != .qwen3)
    }

    private func ggufScaling(_ checkpoint: any Checkpoint, pairs: Int) throws -> RotaryScaling {
        if let entry = checkpoint.entry(named: "rope_freqs.weight") {
            let divisors = entry.tensor.elementType == .f32 ? entry.tensor.floats : []
            guard divisors.count == pairs, divisors.allSatisfy({ Limits.factor.contains(Double($0)) }) else {
                throw InputError(
                    .wrongShape, source: entry.file, field: entry.name, found: "found \(entry.tensor.shape)",
                    expected: "\(pairs) positive f32 divisors", advice: "fetch the checkpoint again")
            }
            return .divisors(divisors)
        }
        switch try string("rope.scaling.type", default: "none") {
        case "none": return .none
        case "linear": return .linear(factor: try number("rope.scaling.factor", in: Limits.factor))
        case "yarn":
            // llama.cpp applies these betas whatever a file says.
            return .yarn(
                factor: try number("rope.scaling.factor", in: Limits.factor),
                originalContext: try number("rope.scaling.original_context_length", in: 1...1e9),
                betaFast: 32, betaSlow: 1)
        case let other: throw unsupported("rope.scaling.type", "\"\(printable(other, limit: 60))\"", "linear or yarn")
        }
    }

    private func ggufMagnitude(_ family: ModelFamily) throws -> Float {
        guard try string("rope.scaling.type", default: "none") == "yarn" else { return 1 }
        let attention = try number("rope.scaling.attn_factor", in: Limits.factor, default: 1)
        guard !family.isLatent else { return attention }
        return attention * yarnMagnitude(try number("rope.scaling.factor", in: Limits.factor), 1)
    }

    fileprivate func ggufMixture(_ family: ModelFamily, _ checkpoint: any Checkpoint) throws -> MixtureConfiguration? {
        guard try integer("expert_count", in: 0...Limits.experts.upperBound, default: 0) > 0 else { return nil }
        let experts = try integer("expert_count", in: Limits.experts)
        let first = try integer("leading_dense_block_count", in: 0...4_096, default: 0)
        let gating = try integer("expert_gating_func", in: 0...16, default: 1)
        guard gating <= 2 else { throw unsupported("expert_gating_func", "\(gating)", "1 (softmax) or 2 (sigmoid)") }
        let hasBias = checkpoint.entry(named: "blk.\(first).exp_probs_b.bias") != nil
        let size = try integer("expert_feed_forward_length", in: Limits.width)
        let groups = try integer("expert_group_count", in: 0...experts, default: 1)
        let mixture = MixtureConfiguration(
            expertCount: experts, expertsPerToken: try integer("expert_used_count", in: 1...experts),
            expertSize: size, sharedSize: try integer("expert_shared_count", in: 0...4_096, default: 0) * size,
            firstLayer: first, layerFrequency: 1, scoring: gating == 2 ? .sigmoid : .softmax,
            hasSelectionBias: hasBias, groupCount: max(groups, 1),
            groupsPerToken: groups > 1 ? try integer("expert_group_used_count", in: 1...experts, default: groups) : 1,
            // DeepSeek's rule, not llama.cpp's, which always sums two.
            groupScore: hasBias ? .sumOfBestTwo : .bestExpert,
            normalizesWeights: try family != .deepSeekMoE && boolean("expert_weights_norm", default: false),
            scalingFactor: try number("expert_weights_scale", in: -1e6...1e6, default: 1))
        try mixture.validate(self, groups: "expert_group_count", chosen: "expert_used_count")
        return mixture
    }
}

import Files
import Foundation
import TestSupport
import Testing

@testable import Models

/// The released configurations: each is read field by field, or refused by its name.
struct ConfigurationTests {
    /// What the sentence says of a model that is not run, by its `model_type`.
    static let refusals = [
        "deepseek_v32": "DeepSeek-V3.2", "deepseek_v4": "DeepSeek-V4", "deepseek_vl_v2": "picture-and-text",
        "multi_modality": "picture-and-text",
    ]
    static let refused = ReleasedConfiguration.all.filter { refusals[$0.type] != nil }
    static let read = ReleasedConfiguration.all.filter { refusals[$0.type] == nil }

    @Test func allAreThere() {
        #expect(ReleasedConfiguration.all.count == 42)
        #expect(Self.refused.count == 11 && Self.read.count == 31)
    }

    @Test(arguments: refused.map(\.name))
    func unbuiltGenerationsAreRefusedByName(name: String) throws {
        let released = try ReleasedConfiguration(name + ".json")
        let error = try #require(throws: InputError.self) { _ = try released.configuration() }
        #expect(error.kind == .unsupported && error.field == "model_type")
        #expect(error.description.contains(try #require(Self.refusals[released.type])), "\(error)")
    }

    @Test(arguments: read.map(\.name))
    func parametersMatchThePublishedCount(name: String) throws {
        let released = try ReleasedConfiguration(name + ".json")
        let count = ParameterCount(try released.configuration())
        #expect(count.total == released.specification["params_total"]?.integer)
        let active = released.specification["params_active_excluding_input_embedding"]?.integer
        if let active { #expect(count.active == active) }
        let isMixture = released.fields["n_routed_experts"] != nil
        #expect(isMixture == (active != nil))
        #expect(isMixture || released.specification["params_active"]?.integer == count.total)
    }

    @Test(arguments: read.map(\.name))
    func generalFields(name: String) throws {
        let released = try ReleasedConfiguration(name + ".json")
        let (model, fields) = (try released.configuration(), released.fields)
        #expect(model.vocabularySize == fields["vocab_size"]?.integer)
        #expect(model.hiddenSize == fields["hidden_size"]?.integer)
        #expect(model.layerCount == fields["num_hidden_layers"]?.integer)
        #expect(model.contextLength == fields["max_position_embeddings"]?.integer)
        #expect(model.normEpsilon == fields["rms_norm_eps"]?.float)
        #expect(model.tiesEmbeddings == fields["tie_word_embeddings"]?.boolean)
        #expect(model.feedForwardSize == fields["intermediate_size"]?.integer)
        #expect(model.predictionLayerCount == fields["num_nextn_predict_layers"]?.integer ?? 0)
        #expect(model.family == Self.families[released.type])
    }

    static let families: [String: ModelFamily] = [
        "llama": .llama, "qwen2": .qwen2, "qwen3": .qwen3, "deepseek": .deepSeekMoE, "deepseek_v2": .deepSeekV2,
        "deepseek_v3": .deepSeekV3,
    ]

    @Test(arguments: read.map(\.name))
    func attention(name: String) throws {
        let released = try ReleasedConfiguration(name + ".json")
        let (model, fields) = (try released.configuration(), released.fields)
        #expect(model.attention.headCount == fields["num_attention_heads"]?.integer)
        switch model.attention {
        case .grouped(let grouped):
            #expect(fields["kv_lora_rank"] == nil)
            #expect(grouped.keyValueHeadCount == fields["num_key_value_heads"]?.integer)
            #expect(grouped.headSize == fields["head_dim"]?.integer ?? model.hiddenSize / grouped.headCount)
            #expect(grouped.hasInputBias == (released.type == "qwen2") && !grouped.hasOutputBias)
            #expect(grouped.normalizesHeads == (released.type == "qwen3"))
            #expect(model.rotary.size == grouped.headSize && !model.rotary.pairsAdjacent)
        case .latent(let latent):
            #expect(latent.queryRank == fields["q_lora_rank"]?.integer)
            #expect(latent.latentRank == fields["kv_lora_rank"]?.integer)
            #expect(latent.contentSize == fields["qk_nope_head_dim"]?.integer)
            #expect(latent.rotarySize == fields["qk_rope_head_dim"]?.integer)
            #expect(latent.valueSize == fields["v_head_dim"]?.integer)
            #expect(!latent.isExpansionSplit)
            #expect(model.rotary.size == latent.rotarySize && model.rotary.pairsAdjacent)
        }
    }

    @Test(arguments: read.map(\.name))
    func mixture(name: String) throws {
        let released = try ReleasedConfiguration(name + ".json")
        let (model, fields) = (try released.configuration(), released.fields)
        guard let mixture = model.mixture else {
            #expect(fields["n_routed_experts"] == nil)
            return
        }
        let size = try #require(fields["moe_intermediate_size"]?.integer)
        #expect(mixture.expertCount == fields["n_routed_experts"]?.integer)
        #expect(mixture.expertsPerToken == fields["num_experts_per_tok"]?.integer)
        #expect(mixture.expertSize == size)
        #expect(mixture.sharedSize == (try #require(fields["n_shared_experts"]?.integer)) * size)
        #expect(mixture.firstLayer == fields["first_k_dense_replace"]?.integer && mixture.layerFrequency == 1)
        #expect(mixture.scoring.rawValue == fields["scoring_func"]?.string)
        #expect(mixture.normalizesWeights == fields["norm_topk_prob"]?.boolean)
        #expect(mixture.scalingFactor == fields["routed_scaling_factor"]?.float ?? 1)
        #expect(mixture.groupCount == fields["n_group"]?.integer ?? 1)
        #expect(mixture.groupsPerToken == fields["topk_group"]?.integer ?? 1)
        let isV3 = released.type == "deepseek_v3"
        #expect(mixture.hasSelectionBias == isV3)
        #expect(mixture.groupScore == (isV3 ? .sumOfBestTwo : .bestExpert))
        let layers = (0..<model.layerCount).filter { model.isMixture(layer: $0) }
        #expect(layers == Array(mixture.firstLayer..<model.layerCount))
    }

    @Test(arguments: read.map(\.name))
    func rotaryEmbedding(name: String) throws {
        let released = try ReleasedConfiguration(name + ".json")
        let (rotary, scaling) = (try released.configuration().rotary, released.fields["rope_scaling"]?.object)
        #expect(rotary.base == released.fields["rope_theta"]?.float)
        let kind = scaling?["type"]?.string ?? scaling?["rope_type"]?.string
        let factor = scaling?["factor"]?.float ?? 1
        let context = scaling?["original_max_position_embeddings"]?.float ?? 0
        switch kind {
        case nil: #expect(rotary.scaling == .none)
        case "linear": #expect(rotary.scaling == .linear(factor: factor))
        case "llama3":
            #expect(
                rotary.scaling
                    == .llama3(factor: factor, lowFrequency: 1, highFrequency: 4, originalContext: context))
        case "yarn":
            #expect(
                rotary.scaling == .yarn(factor: factor, originalContext: context, betaFast: 32, betaSlow: 1))
        default: Issue.record("\(name) has a scaling that no test knows")
        }
    }

    /// m(s, k) = 0.1 k ln s + 1. Where both mscales are equal, cosines and sines stay as they are.
    @Test func attentionFactorsOfYaRN() throws {
        for name in ["deepseek-v2", "deepseek-v2-lite", "deepseek-v3", "deepseek-r1"] {
            let released = try ReleasedConfiguration(name + ".json")
            let model = try released.configuration()
            guard case .latent(let latent) = model.attention else { throw Missing() }
            let mscale = try #require(released.fields["rope_scaling"]?["mscale_all_dim"]?.double)
            #expect(abs(Double(latent.softmaxFactor) - pow(0.1 * mscale * log(40) + 1, 2)) < 1e-6)
            #expect(model.rotary.magnitude == 1)
        }
        let prover = try ReleasedConfiguration("deepseek-prover-v2-7b.json").configuration()
        #expect(abs(Double(prover.rotary.magnitude) - (0.1 * log(16) + 1)) < 1e-6)
    }

    private struct Missing: Error {}

    /// V3.1's scales are powers of two; to the decoder that is no difference.
    @Test func scaleFormatMakesNoOtherModel() throws {
        let (v3, v31) = (
            try ReleasedConfiguration("deepseek-v3.json"), try ReleasedConfiguration("deepseek-v3.1.json")
        )
        #expect(v31.fields["quantization_config"]?["scale_fmt"]?.string == "ue8m0")
        #expect(try v3.configuration() == v31.configuration())
    }

    /// transformers writes V3's configuration without the method of choosing, of which it knows one.
    @Test func methodOfV3MayBeLeftOut() throws {
        let released = try ReleasedConfiguration("deepseek-v3.json")
        let fields = JSONObject(
            released.fields.members.filter { !["topk_method", "scoring_func", "moe_layer_freq"].contains($0.key) })
        #expect(
            try DecoderConfiguration(huggingFace: fields, source: "config.json") == released.configuration())
    }
}

extension ReleasedConfiguration {
    fileprivate var type: String { fields["model_type"]?.string ?? "" }
}

extension JSONValue {
    fileprivate var float: Float? { double.map { Float($0) } }
}

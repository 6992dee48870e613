import Tensors

/// Everything that makes one decoder of the family different from another, as data.
///
/// Made from `config.json` or from GGUF metadata, validated as it is made; layers read it once, when they are built.
public struct DecoderConfiguration: Sendable, Equatable {
    /// The generation, for reports; no layer asks for it.
    public var family: ModelFamily
    /// Token ids are 0 ..< this.
    public var vocabularySize: Int
    /// Width of the residual stream.
    public var hiddenSize: Int
    /// Main decoder layers.
    public var layerCount: Int
    /// The longest sequence that the model was made for.
    public var contextLength: Int
    /// ε inside the root of RMSNorm.
    public var normEpsilon: Float
    /// The output projection is the embedding table.
    public var tiesEmbeddings: Bool
    /// How tokens look at each other.
    public var attention: AttentionConfiguration
    /// How positions turn queries and keys.
    public var rotary: RotaryConfiguration
    /// Inner width of the dense feed-forward layers.
    public var feedForwardSize: Int
    /// `nil` for models without experts.
    public var mixture: MixtureConfiguration?
    /// Multi-token-prediction layers after the main ones.
    public var predictionLayerCount: Int

    /// Whether layer `index` is a mixture of experts; prediction layers always are where the model has any.
    public func isMixture(layer index: Int) -> Bool {
        guard let mixture else { return false }
        return index >= layerCount || index >= mixture.firstLayer && index % mixture.layerFrequency == 0
    }
}

/// The families of text models, by the names that people know.
public enum ModelFamily: String, Sendable, Codable, CaseIterable {
    case llama = "Llama layout (DeepSeek LLM, Coder, Math, Prover, R1-Distill-Llama)"
    case qwen2 = "Qwen2 layout (R1-Distill-Qwen)"
    case qwen3 = "Qwen3 layout (R1-0528-Qwen3)"
    case deepSeekMoE = "DeepSeekMoE"
    case deepSeekV2 = "DeepSeek-V2"
    case deepSeekV3 = "DeepSeek-V3 / R1"
}

/// How tokens look at each other.
public enum AttentionConfiguration: Sendable, Equatable {
    case grouped(GroupedAttentionConfiguration)
    case latent(LatentAttentionConfiguration)

    /// Query heads.
    public var headCount: Int {
        switch self {
        case .grouped(let grouped): grouped.headCount
        case .latent(let latent): latent.headCount
        }
    }
}

/// Multi-head or grouped-query attention.
public struct GroupedAttentionConfiguration: Sendable, Equatable {
    /// Query heads.
    public var headCount: Int
    /// Heads of keys and values; query heads share them evenly.
    public var keyValueHeadCount: Int
    /// Values of one head.
    public var headSize: Int
    /// Biases on the q, k and v projections (Qwen2).
    public var hasInputBias: Bool
    /// A bias on the output projection (Llama with `attention_bias`).
    public var hasOutputBias: Bool
    /// Queries and keys are normalised per head before rotation (Qwen3).
    public var normalizesHeads: Bool
}

/// Multi-head latent attention; DeepSeek-V2 (arXiv 2405.04434) §2.1.
public struct LatentAttentionConfiguration: Sendable, Equatable {
    /// Query heads.
    public var headCount: Int
    /// Rank of the compressed query; `nil` where queries are not compressed (V2-Lite).
    public var queryRank: Int?
    /// Rank of the latent that stands for keys and values.
    public var latentRank: Int
    /// Part of a query or key head without position.
    public var contentSize: Int
    /// Part of a query or key head that is rotated; keys share it among heads.
    public var rotarySize: Int
    /// Values of one value head.
    public var valueSize: Int
    /// m² of YaRN, multiplied into the softmax scale; 1 without YaRN.
    public var softmaxFactor: Float
    /// The up-projections are stored as one matrix, or split by use with the key part transposed (newer GGUF files).
    public var isExpansionSplit: Bool
}

/// A feed-forward layer of many small experts; DeepSeekMoE (arXiv 2401.06066) §3.
public struct MixtureConfiguration: Sendable, Equatable {
    /// How affinities become scores.
    public enum Scoring: String, Sendable, Codable { case softmax, sigmoid }
    /// What makes a group of experts worth choosing.
    public enum GroupScore: String, Sendable, Codable { case bestExpert, sumOfBestTwo }
    /// By what experts are chosen.
    public enum Choice: Sendable, Equatable {
        /// By the scores of a gate.
        case learned
        /// By a fixed function of the token's id, its one expert weighing 1: hash layers, Roller et al. (arXiv 2106.04426).
        case hash(seed: Int)
    }

    /// Routed experts of a layer.
    public var expertCount: Int
    /// Routed experts that a token uses.
    public var expertsPerToken: Int
    /// Inner width of one routed expert.
    public var expertSize: Int
    /// Inner width of the shared expert, all of them together; 0 where there is none.
    public var sharedSize: Int
    /// Layers before this one are dense.
    public var firstLayer: Int
    /// Of the layers from there on, those whose index this divides are mixtures.
    public var layerFrequency: Int
    /// How affinities become scores.
    public var scoring: Scoring
    /// The bias of V3's balancing: it takes part in choosing, never in weighing.
    public var hasSelectionBias: Bool
    /// Groups that the experts are divided into; 1 for none.
    public var groupCount: Int
    /// Groups that a token may choose experts from.
    public var groupsPerToken: Int
    /// By what groups are chosen.
    public var groupScore: GroupScore
    /// The chosen weights are divided by their sum.
    public var normalizesWeights: Bool
    /// Factor on the weights of the routed experts.
    public var scalingFactor: Float
    /// By what experts are chosen.
    public var choice = Choice.learned
}

/// How positions turn queries and keys.
public struct RotaryConfiguration: Sendable, Equatable {
    /// Values of a head that are turned.
    public var size: Int
    /// θ: the base of the geometric series of frequencies.
    public var base: Float
    /// How the model is stretched to long sequences.
    public var scaling: RotaryScaling
    /// Factor on cosines and sines.
    public var magnitude: Float
    /// Whether adjacent values or halves of the head form pairs.
    public var pairsAdjacent: Bool
}

/// How a model made for short sequences is stretched to long ones.
public enum RotaryScaling: Sendable, Equatable {
    case none
    /// All frequencies divided by a factor.
    case linear(factor: Float)
    /// Llama 3.1: low frequencies divided, high ones kept, the middle blended.
    case llama3(factor: Float, lowFrequency: Float, highFrequency: Float, originalContext: Float)
    /// YaRN (arXiv 2309.00071) §3.2: a ramp between the two over the dimensions.
    case yarn(factor: Float, originalContext: Float, betaFast: Float, betaSlow: Float)
    /// A divisor for each frequency, as GGUF files store Llama 3.1's rule.
    case divisors([Float])
}

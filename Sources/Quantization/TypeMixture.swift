import Models
import Tensors

extension FileType {
    /// How a tensor of a model is stored under this type.
    package func elementType(
        of tensor: TensorSpecification, in configuration: DecoderConfiguration
    ) -> ElementType {
        guard tensor.role.isQuantized else { return .f32 }
        guard elementType.valuesPerBlock > 1 else { return elementType }
        let wanted = TypeMixture(fileType: self, configuration: configuration).type(of: tensor)
        return wanted.fitting(width: tensor.shape.width)
    }
}

extension TensorRole {
    /// Whether the tensor is a matrix of weights: norms, biases, divisors and routers stay f32.
    package var isQuantized: Bool {
        switch self {
        case .finalNorm, .rotaryDivisors, .attentionNorm, .feedForwardNorm, .queryBias, .keyBias, .valueBias,
            .outputBias, .queryNorm, .keyNorm, .queryLatentNorm, .latentNorm, .router, .selectionBias,
            .predictionEmbeddingNorm, .predictionHiddenNorm, .predictionNorm:
            false
        case .embedding, .head, .query, .key, .value, .output, .queryCompression, .queryExpansion,
            .latentCompression, .latentExpansion, .keyExpansion, .valueExpansion, .gate, .up, .down, .expertGate,
            .expertUp, .expertDown, .sharedGate, .sharedUp, .sharedDown, .predictionEmbedding, .predictionProjection,
            .predictionHead:
            true
        }
    }

    fileprivate var isDown: Bool { self == .down || self == .expertDown || self == .sharedDown }

    /// What llama.cpp's rules take for the values of attention; those of split latent attention are none to them.
    fileprivate var isValue: Bool { self == .value || self == .latentExpansion }
}

extension ElementType {
    /// This type, or the one that llama.cpp takes in its place for rows that are no whole number of its blocks.
    package func fitting(width: Int) -> ElementType {
        guard width % valuesPerBlock != 0 else { return self }
        let smaller: ElementType =
            switch self {
            case .q2_k, .q3_k: .q4_0
            case .q4_k: .q5_0
            case .q5_k: .q5_1
            case .q6_k: .q8_0
            case .iq4_xs: .iq4_nl
            default: .f16
            }
        return width % smaller.valuesPerBlock == 0 ? smaller : .f16
    }
}

/// Which tensors of a model get another type than most.
private struct TypeMixture {
    let fileType: FileType
    let configuration: DecoderConfiguration

    private var base: ElementType { fileType.elementType }
    private var layerCount: Int { configuration.layerCount + configuration.predictionLayerCount }

    func type(of tensor: TensorSpecification) -> ElementType {
        if tensor.role == .head || tensor.role == .embedding && configuration.tiesEmbeddings {
            // A head whose rows do not fit gets eight bits at once, as do heads of eight-bit files.
            return base == .q8_0 || tensor.shape.width % base.valuesPerBlock != 0 ? .q8_0 : .q6_k
        }
        if fileType == .dq3_k_m { return dynamic(tensor) }
        let layer = tensor.layer ?? 0
        if tensor.role.isValue { return value(layer) }
        if tensor.role.isDown { return down(layer) }
        if tensor.role == .output { return output }
        return base
    }

    // MARK: llama.cpp's mixtures

    /// Query heads that share a key head.
    private var sharing: Int {
        guard case .grouped(let grouped) = configuration.attention else { return configuration.attention.headCount }
        return grouped.headCount / grouped.keyValueHeadCount
    }

    private func value(_ layer: Int) -> ElementType {
        let type = plainValue(layer)
        // Values of the models with 80 layers are small beside the rest.
        let isLarge = layerCount == 80 && (configuration.family == .llama || configuration.family == .qwen2)
        return isLarge && (type == .q3_k || type == .q4_k) ? .q5_k : type
    }

    private func plainValue(_ layer: Int) -> ElementType {
        switch fileType {
        case .q2_k: sharing >= 4 ? .q4_k : .q3_k
        case .q3_k_m: layer < 2 ? .q5_k : .q4_k
        case .q4_k_m, .q5_k_m: getsMoreBits(layer) ? .q6_k : base
        case .iq4_nl, .iq4_xs: sharing >= 4 ? .q5_k : base
        default: base
        }
    }

    private func down(_ layer: Int) -> ElementType {
        switch fileType {
        case .q2_k: .q3_k
        case .q3_k_m: layer < layerCount / 16 ? .q5_k : .q4_k
        case .q4_k_m, .q5_k_m: getsMoreBits(layer) ? .q6_k : base
        case .iq4_nl, .iq4_xs: layer < layerCount / 8 ? .q5_k : base
        default: base
        }
    }

    private var output: ElementType {
        switch fileType {
        case .q2_k: .q3_k
        case .q3_k_m: .q4_k
        default: base
        }
    }

    /// The first and last eighth of the layers, and every third between.
    private func getsMoreBits(_ layer: Int) -> Bool {
        let eighth = layerCount / 8
        return layer < eighth || layer >= 7 * layerCount / 8 || (layer - eighth) % 3 == 2
    }

    // MARK: DQ3_K_M

    /// Three bits for the experts, which are nearly all of a large mixture; more for their down projections, and four to six
    /// for everything else.
    private func dynamic(_ tensor: TensorSpecification) -> ElementType {
        switch tensor.role {
        case .expertGate, .expertUp: .q3_k
        case .expertDown: dynamicDown(tensor.layer ?? 0)
        case .down, .sharedDown, .latentCompression, .latentExpansion, .keyExpansion, .valueExpansion: .q6_k
        default: .q4_k
        }
    }

    /// Of V3's 58 mixture layers the first two have six bits, then every fifth has four, beginning at once: 2 and 12. A model
    /// cut down to a few layers has them in the same shares, so that it stands for the middle of the whole one.
    private func dynamicDown(_ layer: Int) -> ElementType {
        let first = configuration.mixture?.firstLayer ?? 0
        let sixBits = max(configuration.layerCount - first, 0) / 29
        let place = layer - first
        if place < sixBits { return .q6_k }
        return (place - sixBits) % 5 == 0 ? .q4_k : .q3_k
    }
}

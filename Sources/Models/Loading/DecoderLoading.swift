import Checkpoints
import Files
import Tensors

extension DecoderConfiguration {
    /// The configuration of `checkpoint`, whatever its container.
    package init(of checkpoint: any Checkpoint) throws {
        switch checkpoint.format {
        case .safetensors: try self.init(huggingFace: checkpoint.fields, source: checkpoint.path + "/config.json")
        case .gguf: try self.init(gguf: checkpoint)
        }
    }
}

extension Decoder {
    /// The decoder of `checkpoint`: its tensors are found, checked against the configuration, and left where they are.
    /// - Parameters:
    ///   - adapter: what is added to some of its weights.
    ///   - expertMemory: the most bytes for routed experts, which are then read when they are chosen; `nil`, or enough
    ///     for all of them, to leave them where they are too.
    ///   - foresees: whether experts that the next layer may choose are read ahead.
    ///   - open: how the files are opened that experts are read from.
    /// - Throws: `InputError` naming the tensor that is missing, misshapen or of the wrong type, or saying that the
    ///   memory for experts is too small.
    package init(
        _ checkpoint: any Checkpoint, adapter: Adapter? = nil, expertMemory: Int? = nil, foresees: Bool = true,
        opening open: ExpertStore.Opener = { try UncachedFile(path: $0, byteCount: $1) }
    ) throws {
        let configuration = try DecoderConfiguration(of: checkpoint)
        // Checking norms and scales touches a page here and there of what may be hundreds of gigabytes.
        checkpoint.expect(.scattered)
        let loader = WeightLoader(checkpoint, adapter: adapter)
        let experts = ExpertLoader(configuration, loader)
        let (sources, store) = try experts.sources(memory: expertMemory, open)
        self = try DecoderBuilder(configuration, loader, sources, foresees).decoder(store)
        if store == nil { checkpoint.expect(.normal) } else { experts.expectTheRestSoon() }
    }
}

/// Makes the layers of a decoder from a configuration and a checkpoint's tensors.
private struct DecoderBuilder {
    let configuration: DecoderConfiguration
    let loader: WeightLoader
    let hidden: Int
    /// The experts of every layer that has some.
    let experts: [Int: ExpertSource]
    let foresees: Bool

    /// The norms inside of latent attention have their own ε, whatever `rms_norm_eps` says (DeepSeek's code).
    private let latentEpsilon: Float = 1e-6

    init(
        _ configuration: DecoderConfiguration, _ loader: WeightLoader, _ experts: [Int: ExpertSource],
        _ foresees: Bool
    ) {
        self.configuration = configuration
        self.foresees = foresees
        self.experts = experts
        self.loader = loader
        self.hidden = configuration.hiddenSize
    }

    func decoder(_ store: ExpertStore?) throws -> Decoder {
        let embedding = try loader.matrix(.embedding, rows: configuration.vocabularySize, columns: hidden)
        let head =
            try configuration.tiesEmbeddings
            ? embedding : loader.matrix(.head, rows: configuration.vocabularySize, columns: hidden)
        return Decoder(
            configuration: configuration, embedding: embedding,
            layers: withForesight(try (0..<configuration.layerCount).map(layer)),
            finalNorm: try loader.norm(.finalNorm, width: hidden, epsilon: configuration.normEpsilon), head: head,
            predictions: try predictions(embedding: embedding, head: head), expertStore: store,
            isAdapted: loader.adapter != nil)
    }

    private func layer(_ index: Int) throws -> DecoderLayer {
        DecoderLayer(
            attentionNorm: try norm(.attentionNorm, index, width: hidden),
            attention: try attention(index),
            feedForwardNorm: try norm(.feedForwardNorm, index, width: hidden),
            feedForward: try experts[index].map { .mixture(try mixture(index, $0)) } ?? .dense(dense(index)),
            index: index)
    }

    /// Each layer sees what the next one will read.
    private func withForesight(_ layers: [DecoderLayer]) -> [DecoderLayer] {
        var layers = layers
        for (index, next) in layers.enumerated().dropFirst() where foresees {
            guard case .mixture(let mixture) = next.feedForward, case .stored(let store, let place) = mixture.experts
            else { continue }
            layers[index - 1].foresight = Foresight(
                norm: next.feedForwardNorm, router: mixture.router, store: store, layer: place)
        }
        return layers
    }

    private func norm(_ role: TensorRole, _ layer: Int, width: Int) throws -> RMSNorm {
        try loader.norm(role, layer: layer, width: width, epsilon: configuration.normEpsilon)
    }

    // MARK: Attention

    private func attention(_ index: Int) throws -> DecoderLayer.Attention {
        switch configuration.attention {
        case .grouped(let grouped): .grouped(try attention(grouped, index))
        case .latent(let latent): .latent(try attention(latent, index))
        }
    }

    private func attention(_ grouped: GroupedAttentionConfiguration, _ index: Int) throws -> GroupedAttention {
        let (size, hasBias) = (grouped.headSize, grouped.hasInputBias)
        let (queries, keys) = (grouped.headCount * size, grouped.keyValueHeadCount * size)
        return GroupedAttention(
            query: try loader.linear(.query, bias: hasBias ? .queryBias : nil, layer: index, from: hidden, to: queries),
            key: try loader.linear(.key, bias: hasBias ? .keyBias : nil, layer: index, from: hidden, to: keys),
            value: try loader.linear(.value, bias: hasBias ? .valueBias : nil, layer: index, from: hidden, to: keys),
            queryNorm: grouped.normalizesHeads ? try norm(.queryNorm, index, width: size) : nil,
            keyNorm: grouped.normalizesHeads ? try norm(.keyNorm, index, width: size) : nil,
            output: try loader.linear(
                .output, bias: grouped.hasOutputBias ? .outputBias : nil, layer: index, from: queries, to: hidden),
            headCount: grouped.headCount, keyValueHeadCount: grouped.keyValueHeadCount, headSize: size, layer: index)
    }

    private func attention(_ latent: LatentAttentionConfiguration, _ index: Int) throws -> LatentAttention {
        let compressed = latent.latentRank + latent.rotarySize
        let (keys, values) = try loader.expansions(latent, layer: index)
        let (outputs, flipped) = (
            HeadwiseWeight.Orientation.outputsByInputs, HeadwiseWeight.Orientation.inputsByOutputs
        )
        let isSplit = latent.isExpansionSplit
        return LatentAttention(
            query: try query(latent, index),
            compress: try loader.linear(.latentCompression, layer: index, from: hidden, to: compressed),
            normalize: try loader.norm(.latentNorm, layer: index, width: latent.latentRank, epsilon: latentEpsilon),
            keyExpansion: HeadwiseWeight(keys, isSplit ? flipped : outputs),
            keyAbsorption: HeadwiseWeight(keys, isSplit ? outputs : flipped),
            valueExpansion: HeadwiseWeight(values, outputs),
            output: try loader.linear(.output, layer: index, from: latent.headCount * latent.valueSize, to: hidden),
            configuration: latent, layer: index)
    }

    private func query(_ latent: LatentAttentionConfiguration, _ index: Int) throws -> LatentQuery {
        let outputs = latent.headCount * (latent.contentSize + latent.rotarySize)
        guard let rank = latent.queryRank else {
            let direct = try loader.linear(.query, layer: index, from: hidden, to: outputs)
            return LatentQuery(compress: nil, normalize: nil, expand: direct)
        }
        return LatentQuery(
            compress: try loader.linear(.queryCompression, layer: index, from: hidden, to: rank),
            normalize: try loader.norm(.queryLatentNorm, layer: index, width: rank, epsilon: latentEpsilon),
            expand: try loader.linear(.queryExpansion, layer: index, from: rank, to: outputs))
    }

    // MARK: Feed-forward

    private func dense(_ index: Int) throws -> FeedForward {
        try feedForward(.gate, .up, .down, index, inner: configuration.feedForwardSize)
    }

    private func feedForward(
        _ gate: TensorRole, _ up: TensorRole, _ down: TensorRole, _ index: Int, inner: Int
    ) throws -> FeedForward {
        FeedForward(
            gate: try loader.matrix(gate, layer: index, rows: inner, columns: hidden),
            up: try loader.matrix(up, layer: index, rows: inner, columns: hidden),
            down: try loader.matrix(down, layer: index, rows: hidden, columns: inner))
    }

    private func mixture(_ index: Int, _ experts: ExpertSource) throws -> MixtureOfExperts {
        guard let mixture = configuration.mixture else { preconditionFailure("a mixture layer has a configuration") }
        let count = mixture.expertCount
        return MixtureOfExperts(
            router: Router(
                gate: mixture.choice == .learned
                    ? try loader.linear(.router, layer: index, from: hidden, to: count) : nil,
                selectionBias: mixture.hasSelectionBias
                    ? try loader.vector(.selectionBias, layer: index, count: count) : nil,
                configuration: mixture, layer: index),
            experts: experts,
            shared: mixture.sharedSize == 0
                ? nil : try feedForward(.sharedGate, .sharedUp, .sharedDown, index, inner: mixture.sharedSize),
            layer: index)
    }

    // MARK: Multi-token prediction

    private func predictions(embedding: Weight, head: Weight) throws -> [MultiTokenPrediction] {
        try loader.predictionLayers(configuration).map { index in
            MultiTokenPrediction(
                embedding: try copy(of: embedding, .predictionEmbedding, index),
                embeddingNorm: try norm(.predictionEmbeddingNorm, index, width: hidden),
                hiddenNorm: try norm(.predictionHiddenNorm, index, width: hidden),
                projection: try loader.linear(.predictionProjection, layer: index, from: 2 * hidden, to: hidden),
                layer: try layer(index), norm: try norm(.predictionNorm, index, width: hidden),
                head: try copy(of: head, .predictionHead, index))
        }
    }

    /// Embedding and head of a prediction layer are copies of the main model's, and may be left out.
    private func copy(of main: Weight, _ role: TensorRole, _ index: Int) throws -> Weight {
        guard loader.has(role, layer: index) else { return main }
        return try loader.matrix(role, layer: index, rows: main.rows, columns: main.columns)
    }
}

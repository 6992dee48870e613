import Checkpoints
import Tensors

/// A tensor that a checkpoint of some configuration has.
package struct TensorSpecification: Sendable, Equatable {
    /// What it is for.
    package let role: TensorRole
    /// The layer it belongs to; `nil` for those of the whole model.
    package let layer: Int?
    /// The expert it belongs to, where each has a tensor of its own.
    package let expert: Int?
    /// What it is called.
    package let name: String
    /// Outermost first.
    package let shape: Shape
}

extension DecoderConfiguration {
    /// The tensors of a GGUF file of this model, in the order in which a token meets them; the inverse of loading it.
    ///
    /// The expansions of latent attention are split by use, as converters write them now. Embedding and head of a
    /// prediction layer are copies of the main model's and left out.
    package var ggufTensors: [TensorSpecification] { tensors(of: .gguf) }

    /// The tensors of a checkpoint of this model in `format`, in the order in which a token meets them.
    ///
    /// - Parameter copies: which copies of the embedding and the head the prediction layers have.
    package func tensors(
        of format: CheckpointFormat, copies: (TensorRole, Int) -> Bool = { _, _ in false }
    ) -> [TensorSpecification] {
        var inventory = TensorInventory(self, format)
        inventory.addModel(copies)
        return inventory.tensors
    }
}

/// Collects the tensors of a model; each function is the counterpart of one that loads a layer.
private struct TensorInventory {
    private(set) var tensors: [TensorSpecification] = []
    private let configuration: DecoderConfiguration
    private let names: TensorNames
    private let hidden: Int

    init(_ configuration: DecoderConfiguration, _ format: CheckpointFormat) {
        self.configuration = configuration
        self.names = TensorNames.table(of: format)
        self.hidden = configuration.hiddenSize
    }

    private mutating func add(_ role: TensorRole, _ layer: Int? = nil, expert: Int? = nil, _ shape: Shape) {
        tensors.append(
            TensorSpecification(
                role: role, layer: layer, expert: expert, name: names.name(role, layer: layer, expert: expert),
                shape: shape))
    }

    mutating func addModel(_ copies: (TensorRole, Int) -> Bool) {
        let table: Shape = [configuration.vocabularySize, hidden]
        if configuration.rotary.hasDivisors, names.has(.rotaryDivisors) {
            add(.rotaryDivisors, nil, [configuration.rotary.size / 2])
        }
        add(.embedding, nil, table)
        for layer in 0..<configuration.layerCount { addLayer(layer) }
        add(.finalNorm, nil, [hidden])
        if !configuration.tiesEmbeddings { add(.head, nil, table) }
        for layer in configuration.layerCount..<configuration.layerCount + configuration.predictionLayerCount {
            for role in [TensorRole.predictionEmbedding, .predictionHead] where copies(role, layer) {
                add(role, layer, table)
            }
            addPrediction(layer)
        }
    }

    private mutating func addLayer(_ layer: Int) {
        add(.attentionNorm, layer, [hidden])
        switch configuration.attention {
        case .grouped(let grouped): addAttention(grouped, layer)
        case .latent(let latent): addAttention(latent, layer)
        }
        add(.feedForwardNorm, layer, [hidden])
        if let mixture = configuration.mixture, configuration.isMixture(layer: layer) {
            addMixture(mixture, layer)
        } else {
            addFeedForward(.gate, .up, .down, layer, inner: configuration.feedForwardSize)
        }
    }

    private mutating func addAttention(_ grouped: GroupedAttentionConfiguration, _ layer: Int) {
        let (queries, keys) = (
            grouped.headCount * grouped.headSize, grouped.keyValueHeadCount * grouped.headSize
        )
        add(.query, layer, [queries, hidden])
        add(.key, layer, [keys, hidden])
        add(.value, layer, [keys, hidden])
        if grouped.hasInputBias {
            add(.queryBias, layer, [queries])
            add(.keyBias, layer, [keys])
            add(.valueBias, layer, [keys])
        }
        if grouped.normalizesHeads {
            add(.queryNorm, layer, [grouped.headSize])
            add(.keyNorm, layer, [grouped.headSize])
        }
        add(.output, layer, [hidden, queries])
        if grouped.hasOutputBias { add(.outputBias, layer, [hidden]) }
    }

    private mutating func addAttention(_ latent: LatentAttentionConfiguration, _ layer: Int) {
        let (h, r) = (latent.headCount, latent.latentRank)
        let outputs = h * (latent.contentSize + latent.rotarySize)
        if let rank = latent.queryRank {
            add(.queryCompression, layer, [rank, hidden])
            add(.queryLatentNorm, layer, [rank])
            add(.queryExpansion, layer, [outputs, rank])
        } else {
            add(.query, layer, [outputs, hidden])
        }
        add(.latentCompression, layer, [r + latent.rotarySize, hidden])
        add(.latentNorm, layer, [r])
        if names.has(.keyExpansion) {
            add(.keyExpansion, layer, [h, r, latent.contentSize])
            add(.valueExpansion, layer, [h, latent.valueSize, r])
        } else {
            add(.latentExpansion, layer, [h * (latent.contentSize + latent.valueSize), r])
        }
        add(.output, layer, [hidden, h * latent.valueSize])
    }

    private mutating func addFeedForward(
        _ gate: TensorRole, _ up: TensorRole, _ down: TensorRole, _ layer: Int, inner: Int
    ) {
        add(gate, layer, [inner, hidden])
        add(up, layer, [inner, hidden])
        add(down, layer, [hidden, inner])
    }

    private mutating func addMixture(_ mixture: MixtureConfiguration, _ layer: Int) {
        let (count, inner) = (mixture.expertCount, mixture.expertSize)
        if mixture.choice == .learned { add(.router, layer, [count, hidden]) }
        if mixture.hasSelectionBias { add(.selectionBias, layer, [count]) }
        addExperts(.expertGate, layer, count, rows: inner, columns: hidden)
        addExperts(.expertUp, layer, count, rows: inner, columns: hidden)
        addExperts(.expertDown, layer, count, rows: hidden, columns: inner)
        if mixture.sharedSize > 0 {
            addFeedForward(.sharedGate, .sharedUp, .sharedDown, layer, inner: mixture.sharedSize)
        }
    }

    private mutating func addExperts(_ role: TensorRole, _ layer: Int, _ count: Int, rows: Int, columns: Int) {
        if names.stacksExperts { return add(role, layer, [count, rows, columns]) }
        for expert in 0..<count { add(role, layer, expert: expert, [rows, columns]) }
    }

    private mutating func addPrediction(_ layer: Int) {
        add(.predictionEmbeddingNorm, layer, [hidden])
        add(.predictionHiddenNorm, layer, [hidden])
        add(.predictionProjection, layer, [hidden, 2 * hidden])
        addLayer(layer)
        add(.predictionNorm, layer, [hidden])
    }
}

extension RotaryConfiguration {
    /// Whether a GGUF file stores the rule as one divisor for each frequency.
    fileprivate var hasDivisors: Bool {
        switch scaling {
        case .llama3, .divisors: true
        case .none, .linear, .yarn: false
        }
    }

    /// By what each frequency is divided, where GGUF stores the rule so; `nil` for other rules. Computed in the order of
    /// llama.cpp's converter, whose values come out bit by bit.
    package var ggufDivisors: [Float]? {
        switch scaling {
        case .none, .linear, .yarn: return nil
        case .divisors(let divisors): return divisors
        case .llama3(let factor, let low, let high, let context):
            var plain = self
            plain.scaling = .none
            return RotaryEmbedding(plain).inverseFrequencies.map { frequency in
                let wavelength = 2 * Float.pi / frequency
                if wavelength < context / high { return 1 }
                if wavelength > context / low { return factor }
                let smooth = (context / wavelength - low) / (high - low)
                return 1 / ((1 - smooth) / factor + smooth)
            }
        }
    }
}

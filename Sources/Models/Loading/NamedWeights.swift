import Checkpoints
import Tensors

/// A weight of a decoder, and the tensor of a GGUF file of the model that it is, or is a part of.
package struct NamedWeight: Sendable {
    /// The tensor's name in GGUF, whatever container this checkpoint is.
    package let name: String
    /// The layer it belongs to; `nil` for the head.
    package let layer: Int?
    /// Which of the tensor's equal parts it is: an expert's or a head's.
    package let part: Int
    /// How many parts there are; 1 for a matrix.
    package let parts: Int
    /// Whether the parts are experts, which see tokens of their own, or heads, which all see every token.
    package let isExpert: Bool
    /// Columns of the part, in the tensor of the GGUF file: what a product sums over.
    package let inputs: Int
    /// What states are multiplied with.
    package let weight: Weight
}

extension Decoder {
    /// The weights that states are multiplied with: those of all layers in order, prediction layers included, and the head.
    ///
    /// Of experts that are read when they are chosen there are none here.
    /// - Parameter splitsExpansions: whether the expansions of latent attention are split by use, as converters write them
    ///   now, or one tensor; its first head then stands for all of it.
    package func namedWeights(splitsExpansions: Bool) -> [NamedWeight] {
        var list = WeightList(splitsExpansions: splitsExpansions)
        for layer in layers { list.add(layer) }
        list.add(configuration.tiesEmbeddings ? .embedding : .head, nil, head)
        for prediction in predictions {
            list.add(.predictionProjection, prediction.layer.index, prediction.projection.weight)
            list.add(prediction.layer)
            list.add(.predictionHead, prediction.layer.index, prediction.head)
        }
        return list.weights
    }
}

private struct WeightList {
    let splitsExpansions: Bool
    private(set) var weights: [NamedWeight] = []
    private let names = TensorNames.table(of: .gguf)

    init(splitsExpansions: Bool) { self.splitsExpansions = splitsExpansions }

    mutating func add(_ role: TensorRole, _ layer: Int?, _ weight: Weight?) {
        if let weight { add(role, layer, parts: [weight]) }
    }

    private mutating func add(_ role: TensorRole, _ layer: Int?, _ heads: HeadwiseWeight) {
        add(role, layer, parts: heads.heads, inputs: heads.inputs)
    }

    private mutating func add(
        _ role: TensorRole, _ layer: Int?, parts: [Weight], inputs: Int? = nil, areExperts: Bool = false
    ) {
        let name = names.name(role, layer: layer)
        weights += parts.enumerated().map { part, weight in
            NamedWeight(
                name: name, layer: layer, part: part, parts: parts.count, isExpert: areExperts,
                inputs: inputs ?? weight.columns, weight: weight)
        }
    }

    mutating func add(_ layer: DecoderLayer) {
        switch layer.attention {
        case .grouped(let grouped): add(grouped, layer.index)
        case .latent(let latent): add(latent, layer.index)
        }
        switch layer.feedForward {
        case .dense(let dense): add(dense, .gate, .up, .down, layer.index)
        case .mixture(let mixture): add(mixture, layer.index)
        }
    }

    private mutating func add(_ grouped: GroupedAttention, _ layer: Int) {
        add(.query, layer, grouped.query.weight)
        add(.key, layer, grouped.key.weight)
        add(.value, layer, grouped.value.weight)
        add(.output, layer, grouped.output.weight)
    }

    private mutating func add(_ latent: LatentAttention, _ layer: Int) {
        add(.queryCompression, layer, latent.query.compress?.weight)
        add(latent.query.compress == nil ? .query : .queryExpansion, layer, latent.query.expand.weight)
        add(.latentCompression, layer, latent.compress.weight)
        if splitsExpansions {
            add(.keyExpansion, layer, latent.keyAbsorption)
            add(.valueExpansion, layer, latent.valueExpansion)
        } else {
            add(.latentExpansion, layer, latent.keyExpansion.heads.first)
        }
        add(.output, layer, latent.output.weight)
    }

    private mutating func add(
        _ dense: FeedForward, _ gate: TensorRole, _ up: TensorRole, _ down: TensorRole, _ layer: Int
    ) {
        add(gate, layer, dense.gate)
        add(up, layer, dense.up)
        add(down, layer, dense.down)
    }

    private mutating func add(_ mixture: MixtureOfExperts, _ layer: Int) {
        if let gate = mixture.router.gate { add(.router, layer, gate.weight) }
        if case .mapped(let experts) = mixture.experts {
            add(.expertGate, layer, parts: experts.gates, areExperts: true)
            add(.expertUp, layer, parts: experts.ups, areExperts: true)
            add(.expertDown, layer, parts: experts.downs, areExperts: true)
        }
        if let shared = mixture.shared { add(shared, .sharedGate, .sharedUp, .sharedDown, layer) }
    }
}

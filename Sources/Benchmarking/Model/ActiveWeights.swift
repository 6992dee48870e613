import Checkpoints
import Generation
import Models
import Tensors

/// The weights that tokens meet on their way through a decoder: bytes that are read, multiplications that are done.
///
/// The embedding table does not count, as a token takes one row of it, unless it is the output head too. Layers that
/// predict further tokens do not count either. Of the routed experts of a layer only those that are chosen do.
package struct ActiveWeights: Sendable, Equatable {
    /// Some weights together.
    package struct Size: Sendable, Equatable {
        /// Bytes as stored, scales included.
        package var bytes = 0
        /// Multiply-adds that one row of activations takes.
        package var products = 0

        mutating func add(_ entry: TensorEntry) {
            bytes += entry.tensor.byteCount
            // Norms and biases are vectors, scales belong to the values that they scale.
            if entry.tensor.shape.rank > 1, !entry.isAuxiliary { products += entry.tensor.shape.count }
        }
    }

    /// What every token meets in the layers.
    package private(set) var layers = Size()
    /// Final norm aside, what turns a state into logits.
    package private(set) var head = Size()
    /// One routed expert of each mixture layer, by the layer's number.
    package private(set) var experts: [Int: Size] = [:]
    /// Routed experts of a layer, and how many of them one token uses; 0 without a mixture.
    package let expertCount: Int
    package let expertsPerToken: Int

    package init(_ model: LanguageModel) {
        self.init(model.checkpoint.tensors, model.configuration)
    }

    init(_ entries: [TensorEntry], _ configuration: DecoderConfiguration) {
        expertCount = configuration.mixture?.expertCount ?? 0
        expertsPerToken = configuration.mixture?.expertsPerToken ?? 0
        for entry in entries {
            if let layer = entry.layer, layer >= configuration.layerCount { continue }
            if entry.isEmbedding {
                if configuration.tiesEmbeddings { head.add(entry) }
            } else if entry.isHead {
                head.add(entry)
            } else if entry.isRoutedExpert, let layer = entry.layer {
                experts[layer, default: Size()].add(entry)
            } else {
                layers.add(entry)
            }
        }
        // So far the sum over all experts of a layer, which are of one shape and type.
        experts = experts.mapValues {
            Size(bytes: $0.bytes / max(expertCount, 1), products: $0.products / max(expertCount, 1))
        }
    }
}

// MARK: - One step

extension ActiveWeights {
    /// Bytes of the weights that a step reads, each distinct weight once.
    /// - Parameter distinct: how many experts of each mixture layer the step's tokens chose between them.
    package func bytes(distinctExperts distinct: [Int: Double]) -> Double {
        let routed = experts.reduce(0.0) { $0 + Double($1.value.bytes) * (distinct[$1.key] ?? 0) }
        return Double(layers.bytes + head.bytes) + routed
    }

    /// Operations of a step of `rows` tokens whose logits are wanted for `logitRows`: two for each multiply-add with a
    /// weight.
    package func operations(rows: Int, logitRows: Int) -> Double {
        let routed = experts.values.reduce(0) { $0 + $1.products * expertsPerToken }
        return 2 * (Double(rows) * Double(layers.products + routed) + Double(logitRows) * Double(head.products))
    }

    /// How many experts of each mixture layer `rows` tokens choose between them if all experts are equally likely.
    package func expectedExperts(rows: Int) -> [Int: Double] {
        var missed = 1.0
        for _ in 0..<rows { missed *= 1 - Double(expertsPerToken) / Double(max(expertCount, 1)) }
        return experts.mapValues { _ in Double(expertCount) * (1 - missed) }
    }
}

extension TensorEntry {
    fileprivate var isEmbedding: Bool { name == "token_embd.weight" || name == "model.embed_tokens.weight" }

    fileprivate var isHead: Bool { name.hasPrefix("output.") || name.hasPrefix("lm_head.") }
}

import Checkpoints
import Models
import Tensors

/// A tensor of a model that training may change.
package struct Parameter: Sendable {
    /// What it is to an optimizer.
    package enum Kind: String, Sendable, CaseIterable {
        /// A matrix of a layer, routers and experts among them.
        case matrix
        case embedding
        case head
        case norm
        case bias
        /// The bias that chooses experts, which has no derivative and is changed by balancing only (DeepSeek-V3 §2.1.2).
        case selectionBias
    }

    /// As the checkpoint calls it.
    package let name: String
    /// What the decoder looks at: a change here is a change of the model.
    package let tensor: Tensor
    package let kind: Kind

    package init(name: String, tensor: Tensor, kind: Kind) {
        (self.name, self.tensor, self.kind) = (name, tensor, kind)
    }
}

extension TrainableCheckpoint {
    /// All tensors that the model of this checkpoint has, in the order of the checkpoint.
    /// - Throws: `InputError` if the checkpoint describes no model.
    package func parameters() throws -> [Parameter] {
        let configuration = try DecoderConfiguration(of: self)
        let specifications = configuration.tensors(of: format) { _, _ in true }
        let roles = Dictionary(specifications.map { ($0.name, $0.role) }, uniquingKeysWith: { first, _ in first })
        return tensors.compactMap { entry in
            roles[entry.name].map { Parameter(name: entry.name, tensor: entry.tensor, kind: $0.kind) }
        }
    }
}

extension TensorRole {
    fileprivate var kind: Parameter.Kind {
        switch self {
        case .embedding, .predictionEmbedding: .embedding
        case .head, .predictionHead: .head
        case .selectionBias: .selectionBias
        default: isNorm ? .norm : isBias ? .bias : .matrix
        }
    }
}

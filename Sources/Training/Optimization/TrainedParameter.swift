import Models
import Tensors

/// A tensor that training changes, and what kind of thing it is to an optimizer.
package struct TrainedParameter: Sendable {
    package enum Kind: String, Sendable, CaseIterable {
        /// Turns hidden states into others: projections, experts, routers. Of several dimensions, the last two are the matrix.
        case matrix
        /// Has a row for every token: embeddings and output heads.
        case table
        /// Norms and biases.
        case vector
    }

    /// As in the checkpoint.
    package let name: String
    /// f32 memory of the program's own, changed in place.
    package let tensor: Tensor
    package let kind: Kind

    package init(name: String, tensor: Tensor, kind: Kind) {
        (self.name, self.tensor, self.kind) = (name, tensor, kind)
    }

    /// The matrices that a tensor of kind `matrix` is made of: one, or the experts of a layer.
    static func matrices(of tensor: Tensor) -> [Tensor] {
        guard tensor.shape.rank > 2 else { return [tensor] }
        let (rows, columns) = (tensor.shape[tensor.shape.rank - 2], tensor.shape.width)
        let all = tensor.reshaped([tensor.shape.rows, columns])
        return (0..<tensor.shape.rows / max(rows, 1)).map { all.slice($0 * rows..<($0 + 1) * rows) }
    }
}

extension TrainableCheckpoint {
    /// What has gradients: all tensors but the biases that choose experts, which balancing changes, and rotary divisors.
    /// - Throws: `InputError` if the fields describe no model.
    package func trainedParameters() throws -> [TrainedParameter] {
        let all = try DecoderConfiguration(of: self).tensors(of: format) { _, _ in true }
        let roles = Dictionary(all.map { ($0.name, $0.role) }) { first, _ in first }
        return tensors.compactMap { entry in
            let kind: TrainedParameter.Kind
            switch roles[entry.name] {
            case .selectionBias, .rotaryDivisors: return nil
            case .embedding, .head, .predictionEmbedding, .predictionHead: kind = .table
            default: kind = entry.tensor.shape.rank > 1 ? .matrix : .vector
            }
            return TrainedParameter(name: entry.name, tensor: entry.tensor, kind: kind)
        }
    }
}

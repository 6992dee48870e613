import Checkpoints
import Models
import Tensors

/// What a model of some shape holds and what one token reads of it.
package struct SyntheticSize: Sendable, Equatable {
    /// All parameters, prediction layers included.
    package private(set) var parameters = 0
    /// Parameters that one token meets: all but the experts that are not chosen, the embedding table, which one row is read
    /// of, and prediction layers.
    package private(set) var activeParameters = 0
    /// Bytes of all tensors.
    package private(set) var bytes = 0
    /// Bytes of the active parameters.
    package private(set) var activeBytes = 0
}

extension SyntheticModel {
    /// The sizes of the model under its file type.
    package var size: SyntheticSize {
        var size = SyntheticSize()
        for (specification, plan) in zip(specifications, plans) { size.add(specification, plan.type, configuration) }
        return size
    }
}

extension SyntheticSize {
    fileprivate mutating func add(
        _ tensor: TensorSpecification, _ type: ElementType, _ configuration: DecoderConfiguration
    ) {
        guard tensor.role != .rotaryDivisors else { return }
        let rowBytes = type.byteCount(ofRowWithWidth: tensor.shape.width) ?? 0
        let (count, byteCount) = (tensor.shape.count, rowBytes * tensor.shape.rows)
        parameters += count
        bytes += byteCount
        if let layer = tensor.layer, layer >= configuration.layerCount { return }
        switch tensor.role {
        case .embedding where !configuration.tiesEmbeddings:
            activeBytes += rowBytes
        case .expertGate, .expertUp, .expertDown:
            guard let mixture = configuration.mixture else { return }
            activeParameters += count / mixture.expertCount * mixture.expertsPerToken
            activeBytes += byteCount / mixture.expertCount * mixture.expertsPerToken
        default:
            activeParameters += count
            activeBytes += byteCount
        }
    }
}

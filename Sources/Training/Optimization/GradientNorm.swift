import Tensors

/// The length of all gradients as one vector.
package enum GradientNorm {
    /// √Σ g², in double precision.
    package static func norm(of gradients: [Tensor]) -> Double {
        gradients.reduce(0.0) { sum, gradient in
            gradient.withFloats { $0.reduce(sum) { $0 + Double($1) * Double($1) } }
        }.squareRoot()
    }

    /// Shortens gradients, in place, whose length is more than `limit`; Pascanu et al. (arXiv 1211.5063), algorithm 1.
    /// - Returns: the length before; if that is no finite number, nothing is changed.
    @discardableResult
    package static func clip(_ gradients: [Tensor], to limit: Double) -> Double {
        let norm = norm(of: gradients)
        // As PyTorch does: the small number keeps a length of nearly nothing from dividing by it.
        let factor = Float(limit / (norm + 1e-6))
        guard norm.isFinite, factor < 1 else { return norm }
        for gradient in gradients {
            gradient.withMutableFloats { values in
                for index in values.indices { values[index] *= factor }
            }
        }
        return norm
    }
}

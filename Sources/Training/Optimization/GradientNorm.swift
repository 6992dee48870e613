import Tensors

/// The length of all gradients as one vector.
package enum GradientNorm {
    /// √Σ g², in double precision.
    package static func norm(of gradients: [Tensor]) -> Double {
        let loops = DerivativeLoops.shared
        return gradients.reduce(0.0) { $0 + loops.squares($1) }.squareRoot()
    }

    /// Shortens gradients, in place, whose length is more than `limit`; Pascanu et al. (arXiv 1211.5063), algorithm 1.
    /// - Returns: the length before; if that is no finite number, nothing is changed.
    @discardableResult
    package static func clip(_ gradients: [Tensor], to limit: Double) -> Double {
        let norm = norm(of: gradients)
        // As PyTorch does: the small number keeps a length of nearly nothing from dividing by it.
        let factor = Float(limit / (norm + 1e-6))
        guard norm.isFinite, factor < 1 else { return norm }
        let loops = DerivativeLoops.shared
        for gradient in gradients { loops.scale(gradient, by: factor) }
        return norm
    }
}

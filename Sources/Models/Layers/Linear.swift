import Tensors

/// y = x·Wᵀ (+ b).
struct Linear: Sendable {
    let weight: Weight
    let bias: Tensor?

    func callAsFunction(_ x: Tensor, _ operations: any Operations) -> Tensor {
        biased(operations.linear(x, weight), operations)
    }

    private func biased(_ product: Tensor, _ operations: any Operations) -> Tensor {
        bias.map { operations.addBias(product, $0) } ?? product
    }

    /// Several layers of the same rows.
    static func all(_ layers: [Linear], _ x: Tensor, _ operations: any Operations) -> [Tensor] {
        zip(layers, operations.linears(x, layers.map(\.weight))).map { $0.biased($1, operations) }
    }
}

/// x / RMS(x) · weight; Zhang and Sennrich (arXiv 1910.07467).
struct RMSNorm: Sendable {
    let weight: Tensor
    let epsilon: Float

    func callAsFunction(_ x: Tensor, _ operations: any Operations) -> Tensor {
        operations.normalize(x, weight: weight, epsilon: epsilon)
    }
}

import Tensors

/// y = x·Wᵀ (+ b).
struct Linear: Sendable {
    let weight: Weight
    let bias: Tensor?

    func callAsFunction(_ x: Tensor, _ operations: any Operations) -> Tensor {
        let product = operations.linear(x, weight)
        return bias.map { operations.addBias(product, $0) } ?? product
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

import Tensors

/// down(SiLU(gate(x)) · up(x)); Shazeer (arXiv 2002.05202) eq. 6 without biases.
struct FeedForward: Sendable {
    let gate: Linear  // [n, d] → [n, inner]
    let up: Linear  // [n, d] → [n, inner]
    let down: Linear  // [n, inner] → [n, d]

    func callAsFunction(_ x: Tensor, _ operations: any Operations) -> Tensor {
        down(operations.gatedSiLU(gate(x, operations), up(x, operations)), operations)
    }
}

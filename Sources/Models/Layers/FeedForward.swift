import Tensors

/// down(SiLU(gate(x)) · up(x)); Shazeer (arXiv 2002.05202) eq. 6 without biases.
struct FeedForward: Sendable {
    let gate: Weight  // [n, d] → [n, inner]
    let up: Weight  // [n, d] → [n, inner]
    let down: Weight  // [n, inner] → [n, d]

    func callAsFunction(_ x: Tensor, _ operations: any Operations) -> Tensor {
        let all = RowGroup(index: 0, rows: 0..<x.shape[0])
        return operations.linear(operations.gatedLinear(x, gates: [gate], ups: [up], [all], sources: nil), down)
    }
}

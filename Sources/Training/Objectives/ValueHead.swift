import Checkpoints
import Tensors

/// A linear layer on the decoder's last states that guesses the reward still to come: the critic of PPO, Schulman et al. (arXiv
/// 1707.06347), on the policy's own body.
package struct ValueHead: Sendable {
    /// [1, hidden].
    package let weight: Tensor
    /// [1].
    package let bias: Tensor

    /// Zeros: it expects nothing before it has learned.
    package init(hidden: Int) {
        weight = Tensor([Float](repeating: 0, count: hidden), shape: [1, hidden])
        bias = Tensor([0], shape: [1])
    }

    /// Under the names that a run saves them by.
    package var entries: [TensorEntry] {
        [
            TensorEntry(name: "value_head.weight", tensor: weight, file: "value head"),
            TensorEntry(name: "value_head.bias", tensor: bias, file: "value head"),
        ]
    }

    /// [m, hidden] → [m, 1].
    func values(_ states: Tensor, _ operations: any Operations) -> Tensor {
        operations.addBias(operations.linear(states, Weight(weight)), bias)
    }
}

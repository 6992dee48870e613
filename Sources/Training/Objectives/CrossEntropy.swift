import Tensors

/// The mean of −log p(target) over rows of logits that have a target, with its derivative.
package struct CrossEntropy {
    package let loss: Double
    /// (softmax − 1 at the target) / rows with a target, and zeros in rows without: [n, vocabulary].
    package let gradient: Tensor

    /// - Precondition: a column, or `nil`, for each row.
    package init(_ logits: Tensor, targets: [Int32?]) {
        let rows = targets.count { $0 != nil }
        gradient = Tensor(uninitialized: logits.shape)
        let losses = DerivativeLoops.shared.crossEntropies(
            logits, targets: targets, factor: 1 / Double(max(rows, 1)), into: gradient)
        loss = losses.reduce(0, +) / Double(max(rows, 1))
    }
}

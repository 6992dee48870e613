import Tensors

/// The mean of −log p(target) over rows of logits that have a target, with its derivative.
package struct CrossEntropy {
    package let loss: Double
    /// (softmax − 1 at the target) / rows with a target, and zeros in rows without: [n, vocabulary].
    package let gradient: Tensor

    /// - Precondition: a column, or `nil`, for each row.
    package init(_ logits: Tensor, targets: [Int32?]) {
        self.init(logits, targets: targets, into: Tensor(uninitialized: logits.shape))
    }

    /// The same where the logits are needed no more: their memory, the largest piece of a step, becomes the gradient's.
    package init(replacing logits: Tensor, targets: [Int32?]) { self.init(logits, targets: targets, into: logits) }

    private init(_ logits: Tensor, targets: [Int32?], into gradient: Tensor) {
        let rows = targets.count { $0 != nil }
        self.gradient = gradient
        let losses = DerivativeLoops.shared.crossEntropies(
            logits, targets: targets, factor: 1 / Double(max(rows, 1)), into: gradient)
        loss = losses.reduce(0, +) / Double(max(rows, 1))
    }
}

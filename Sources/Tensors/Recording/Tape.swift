import Synchronization

/// What was computed, in order, with how derivatives go back through it.
package final class Tape: Sendable {
    /// Given the gradient of a step's result, adds to the gradients of what it was computed from.
    typealias Backward = @Sendable (_ gradient: Tensor, _ gradients: Gradients) -> Void

    private enum Step {
        case result(TensorPlace, Backward)
        case loss(on: Tensor, gradient: Tensor)
    }

    private let steps = Mutex<[Step]>([])
    /// Whether anything is remembered: otherwise what is recorded is forgotten at once.
    package let remembers: Bool

    package convenience init() { self.init(remembers: true) }

    init(remembers: Bool) { self.remembers = remembers }

    /// - Returns: `output`, whose values need not stay in memory for this.
    func record(_ output: Tensor, _ backward: @escaping Backward) -> Tensor {
        if remembers { steps.withLock { $0.append(.result(output.place, backward)) } }
        return output
    }

    /// Counts Σ gradient · x into what is derived, beside the outputs: a loss on something inside, such as how evenly
    /// experts are used.
    package func addLoss(on x: Tensor, gradient: Tensor) {
        if remembers { steps.withLock { $0.append(.loss(on: x, gradient: gradient)) } }
    }

    /// Derivatives of Σ gradient · output, over all outputs, by everything on the tape, which is empty then; they are added
    /// to those that are known already. Linear in the work recorded.
    package func addGradients(of outputs: [(tensor: Tensor, gradient: Tensor)], to gradients: Gradients) {
        var recorded = steps.withLock { steps in
            defer { steps = [] }
            return steps
        }
        for output in outputs { gradients.lend(output.gradient, to: output.tensor) }
        // What a step kept for its derivative is freed when it is done.
        while let step = recorded.popLast() {
            switch step {
            case .loss(let x, let gradient): gradients[x].accumulate(gradient)
            case .result(let output, let backward):
                guard let known = gradients.known(output) else { continue }
                // Results are made by one step, in memory of their own: whatever uses them came later and is done.
                gradients.forget(output)
                backward(known, gradients)
            }
        }
    }

    /// Derivatives of Σ gradient · output by everything on the tape, which is empty then.
    package func gradients(of output: Tensor, _ gradient: Tensor) -> Gradients {
        let gradients = Gradients()
        addGradients(of: [(output, gradient)], to: gradients)
        return gradients
    }
}

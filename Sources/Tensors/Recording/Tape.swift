import Synchronization

/// What was computed, in order, with how derivatives go back through it.
package final class Tape: Sendable {
    /// Given the gradient of a step's result, adds to the gradients of what it was computed from.
    typealias Backward = @Sendable (_ gradient: Tensor, _ gradients: Gradients) -> Void

    private struct Step {
        let output: Tensor
        let backward: Backward
    }

    private let steps = Mutex<[Step]>([])

    package init() {}

    /// - Returns: `output`.
    func record(_ output: Tensor, _ backward: @escaping Backward) -> Tensor {
        steps.withLock { $0.append(Step(output: output, backward: backward)) }
        return output
    }

    /// Derivatives of Σ gradient · output by everything on the tape, which is empty then. Linear in the work recorded.
    package func gradients(of output: Tensor, _ gradient: Tensor) -> Gradients {
        let recorded = steps.withLock { steps in
            defer { steps = [] }
            return steps
        }
        let gradients = Gradients()
        gradients[output].accumulate(gradient)
        for step in recorded.reversed() {
            guard let known = gradients.known(step.output) else { continue }
            step.backward(known, gradients)
            // Results are made by one step, in memory of their own: whatever uses them came later and is done.
            gradients.forget(step.output)
        }
        return gradients
    }
}

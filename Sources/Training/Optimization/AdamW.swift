import Foundation
import Tensors

/// Adam with weight decay of its own: Loshchilov and Hutter (arXiv 1711.05101), algorithm 2. Symbols as there.
///
/// m and v are running means of a gradient and its square, corrected for their start at 0; λ shrinks parameters whatever
/// their gradient.
package struct AdamW: Sendable {
    /// DeepSeek's, from LLM to V3 (arXiv 2401.02954 §2.3, 2412.19437 §4.2), unless changed.
    package struct Settings: Sendable, Equatable {
        package var beta1 = 0.9
        package var beta2 = 0.95
        package var epsilon = 1e-8
        package var weightDecay = 0.1

        package init() {}
    }

    /// What is remembered of one parameter.
    package struct Moments: Sendable {
        package let mean: Tensor
        package let square: Tensor

        /// Zeros for a parameter of this shape, stored as f32 or bf16.
        package init(_ shape: Shape, type: ElementType = .f32) {
            (mean, square) = (Tensor(zeros: shape, type: type), Tensor(zeros: shape, type: type))
        }

        private init(mean: Tensor, square: Tensor) { (self.mean, self.square) = (mean, square) }

        /// Those of values `range` of the parameter, counted row by row: a view, no copy.
        func run(_ range: Range<Int>) -> Moments { Moments(mean: mean.run(range), square: square.run(range)) }

        /// In f32, in memory of their own.
        fileprivate var decoded: Moments { Moments(mean: mean.decoded(), square: square.decoded()) }
    }

    package let settings: Settings

    package init(_ settings: Settings = Settings()) { self.settings = settings }

    /// Changes a parameter and its moments in place. Linear in its size.
    /// - Parameters:
    ///   - step: from 1.
    ///   - decays: whether weight decay applies; norms and biases are usually spared.
    package func update(
        _ parameter: Tensor, _ moments: Moments, gradient: Tensor, rate: Double, step: Int, decays: Bool = true
    ) {
        guard moments.mean.elementType == .f32 else {
            return updateRounded(parameter, moments, gradient, rate: rate, step: step, decays: decays)
        }
        let (beta1, beta2) = (Float(settings.beta1), Float(settings.beta2))
        let size = Float(rate / (1 - pow(settings.beta1, Double(step))))
        let correction = Float((1 - pow(settings.beta2, Double(step))).squareRoot())
        let step = DerivativeLoops.AdamStep(
            beta1: beta1, beta2: beta2, kept: Float(1 - (decays ? rate * settings.weightDecay : 0)), size: size,
            correction: correction, epsilon: Float(settings.epsilon))
        DerivativeLoops.shared.step(
            step, parameter, mean: moments.mean, square: moments.square, gradient: gradient)
    }

    /// The same with moments that are stored in fewer bits, and rounded when the step is done.
    private func updateRounded(
        _ parameter: Tensor, _ moments: Moments, _ gradient: Tensor, rate: Double, step: Int, decays: Bool
    ) {
        let (count, atOnce) = (parameter.shape.count, 1 << 14)
        for start in stride(from: 0, to: count, by: atOnce) {
            let range = start..<min(start + atOnce, count)
            let stored = moments.run(range)
            let exact = stored.decoded
            update(
                parameter.run(range), exact, gradient: gradient.run(range), rate: rate, step: step, decays: decays)
            stored.mean.store(exact.mean)
            stored.square.store(exact.square)
        }
    }
}

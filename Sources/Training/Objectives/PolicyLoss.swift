import Foundation

/// The clipped objective of policy gradients with a penalty on leaving a reference; GRPO, Shao et al. (arXiv 2402.03300)
/// eq. 3 and 4, and by its settings DAPO and Dr. GRPO.
///
/// With ρ = π/π_old and A the output's advantage, a token's loss is −min(ρ·A, clip(ρ, 1 − ε, 1 + ε′)·A) + β·(e^d − d − 1) for
/// d = log π_ref − log π.
package struct PolicyLoss: Sendable, Equatable {
    /// How tokens' losses become one number.
    package enum Aggregation: Sendable, Equatable {
        /// The mean over an output's tokens, then over outputs: GRPO.
        case outputs
        /// The mean over all tokens: DAPO (arXiv 2503.14476), where long outputs weigh as much as they are long.
        case tokens
        /// The sum over an output's tokens divided by a fixed length, then the mean over outputs: Dr. GRPO (arXiv 2503.20783).
        case fixedLength(Int)
    }

    /// ε: how far below 1 a ratio may go and still count.
    package var clipBelow = 0.2
    /// ε′: how far above; DAPO sets it higher, so that unlikely tokens can grow.
    package var clipAbove = 0.2
    /// β.
    package var referenceWeight = 0.04
    package var aggregation = Aggregation.outputs

    package init() {}

    /// One output of a group.
    package struct Output: Sendable {
        /// Log-probabilities of its tokens: now, when it was made, and of the reference.
        package let now: [Float]
        package let old: [Float]
        package let reference: [Float]
        /// A of each.
        package let advantages: [Double]

        /// - Parameter reference: `nil` for none, which has no meaning unless `referenceWeight` is 0.
        package init(now: [Float], old: [Float], reference: [Float]?, advantages: [Double]) {
            precondition(old.count == now.count && advantages.count == now.count, "the same tokens")
            precondition(reference.map { $0.count == now.count } ?? true, "the same tokens")
            (self.now, self.old, self.reference, self.advantages) = (now, old, reference ?? now, advantages)
        }

        /// One advantage for all tokens.
        package init(now: [Float], old: [Float], reference: [Float]?, advantage: Double) {
            self.init(now: now, old: old, reference: reference, advantages: now.map { _ in advantage })
        }
    }

    /// What is averaged over, when outputs come in several parts.
    package struct Whole: Sendable, Equatable, Codable {
        package let outputs: Int
        package let tokens: Int

        package init(outputs: Int, tokens: Int) { (self.outputs, self.tokens) = (outputs, tokens) }
    }

    /// What comes of a group.
    package struct Result: Sendable {
        package let loss: Double
        /// Of each token of each output.
        package let tokenLosses: [[Double]]
        /// Of the loss, by the log-probabilities now.
        package let gradient: [[Float]]
        /// The part of the tokens whose ratio was clipped, so that they taught nothing.
        package let clippedShare: Double
    }

    /// - Parameter whole: what the outputs are a part of; all there are, unless given. Losses of the parts add up to that of the
    ///   whole.
    package func callAsFunction(_ outputs: [Output], outOf whole: Whole? = nil) -> Result {
        let tokens = outputs.map { output in output.now.indices.map { token($0, of: output) } }
        let count = tokens.reduce(0) { $0 + $1.count }
        var (loss, gradient) = (0.0, [[Float]]())
        for output in tokens {
            let weight = weight(
                length: output.count, outputs: whole?.outputs ?? outputs.count, tokens: whole?.tokens ?? count)
            loss += weight * output.reduce(0) { $0 + $1.loss }
            gradient.append(output.map { Float(weight * $0.slope) })
        }
        let clipped = tokens.reduce(0) { $0 + $1.count(where: \.isClipped) }
        return Result(
            loss: loss, tokenLosses: tokens.map { $0.map(\.loss) }, gradient: gradient,
            clippedShare: Double(clipped) / Double(max(count, 1)))
    }

    private func weight(length: Int, outputs: Int, tokens: Int) -> Double {
        switch aggregation {
        case .outputs: 1 / Double(max(length, 1)) / Double(max(outputs, 1))
        case .tokens: 1 / Double(max(tokens, 1))
        case .fixedLength(let length): 1 / Double(max(length, 1)) / Double(max(outputs, 1))
        }
    }

    private func token(_ index: Int, of output: Output) -> (loss: Double, slope: Double, isClipped: Bool) {
        let (now, advantage) = (Double(output.now[index]), output.advantages[index])
        let ratio = exp(now - Double(output.old[index]))
        let clipped = min(max(ratio, 1 - clipBelow), 1 + clipAbove)
        // Where the clipped one is the smaller, the ratio does not matter any more.
        let isClipped = clipped * advantage < ratio * advantage
        let distance = Double(output.reference[index]) - now
        let penalty = referenceWeight * (exp(distance) - distance - 1)
        let slope = referenceWeight * (1 - exp(distance)) - (isClipped ? 0 : ratio * advantage)
        return (penalty - min(ratio * advantage, clipped * advantage), slope, isClipped)
    }
}

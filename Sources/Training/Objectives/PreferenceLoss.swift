import Foundation

/// Direct preference optimization; Rafailov et al. (arXiv 2305.18290) eq. 7, with the label smoothing of conservative DPO.
///
/// For pairs of a chosen and a rejected answer, with Δ = (log π − log π_ref)(chosen) − (log π − log π_ref)(rejected):
/// −(1 − ε) · log σ(β·Δ) − ε · log σ(−β·Δ).
package struct PreferenceLoss {
    /// Summed log-probabilities of both answers of each pair.
    package struct Pairs: Sendable {
        package var chosen: [Float]
        package var rejected: [Float]

        package init(chosen: [Float], rejected: [Float]) {
            precondition(chosen.count == rejected.count, "answers come in pairs")
            (self.chosen, self.rejected) = (chosen, rejected)
        }
    }

    /// Of each pair.
    package let losses: [Double]
    /// Their mean.
    package let loss: Double
    /// Of the mean, by the policy's log-probabilities.
    package let gradient: Pairs
    /// β · (log π − log π_ref) of both answers: what the policy is taken to find them worth.
    package let rewards: Pairs

    /// - Parameter smoothing: the part of the pairs that is expected to be labelled the wrong way round, 0 ..< 0.5.
    /// - Precondition: as many pairs of the reference.
    package init(policy: Pairs, reference: Pairs, beta: Double, smoothing: Double = 0) {
        precondition(policy.chosen.count == reference.chosen.count, "the reference judged the same pairs")
        func worth(_ own: [Float], _ other: [Float]) -> [Double] {
            zip(own, other).map { beta * (Double($0) - Double($1)) }
        }
        let (chosen, rejected) = (
            worth(policy.chosen, reference.chosen), worth(policy.rejected, reference.rejected)
        )
        let margins = zip(chosen, rejected).map { $0 - $1 }
        losses = margins.map {
            (1 - smoothing) * PreferenceLoss.softplus(-$0) + smoothing * PreferenceLoss.softplus($0)
        }
        let count = Double(max(losses.count, 1))
        loss = losses.reduce(0, +) / count
        let slopes = margins.map { Float(beta * (1 / (1 + exp(-$0)) - (1 - smoothing)) / count) }
        gradient = Pairs(chosen: slopes, rejected: slopes.map { -$0 })
        rewards = Pairs(chosen: chosen.map { Float($0) }, rejected: rejected.map { Float($0) })
    }

    /// log(1 + eˣ), which is −log σ(−x), without overflow.
    private static func softplus(_ x: Double) -> Double { max(x, 0) + log1p(exp(-abs(x))) }
}

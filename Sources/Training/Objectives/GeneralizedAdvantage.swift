/// How much better each token turned out than a critic expected; Schulman et al. (arXiv 1506.02438) eq. 16.
///
/// δₜ = rₜ + γ·Vₜ₊₁ − Vₜ, with V = 0 behind the last token; Âₜ = Σₗ (γλ)ˡ·δₜ₊ₗ.
package struct GeneralizedAdvantage: Sendable, Equatable {
    /// γ; 1 where what counts comes at the end.
    package var discount = 1.0
    /// λ: 1 trusts the rewards alone, 0 the critic alone.
    package var decay = 0.95
    /// λ of what the critic learns, `decay` unless given; 1 in VC-PPO (arXiv 2503.01491), whose critic learns without bias.
    package var valueDecay: Double?

    package init() {}

    /// - Precondition: a value for each reward.
    /// - Returns: Â, and the returns that the critic should have expected, Â′ + V with Â′ by `valueDecay`.
    package func callAsFunction(
        rewards: [Double], values: [Double]
    ) -> (advantages: [Double], returns: [Double]) {
        let advantages = estimate(rewards, values, decay)
        let own = valueDecay.map { estimate(rewards, values, $0) } ?? advantages
        return (advantages, zip(own, values).map { $0 + $1 })
    }

    private func estimate(_ rewards: [Double], _ values: [Double], _ decay: Double) -> [Double] {
        precondition(rewards.count == values.count, "a value for each reward")
        var advantages = rewards
        var (following, later) = (0.0, 0.0)
        for place in rewards.indices.reversed() {
            later = rewards[place] + discount * following - values[place] + discount * decay * later
            (advantages[place], following) = (later, values[place])
        }
        return advantages
    }
}

/// Advantages of all tokens of a batch, moved to a mean of 0 and a deviation of 1; REINFORCE++, Hu (arXiv 2501.03262), and most
/// implementations of PPO.
package enum BatchNormalization {
    /// (A − mean) / √(variance + ε), the variance of the batch itself.
    package static func normalized(_ advantages: [[Double]], epsilon: Double = 1e-8) -> [[Double]] {
        let count = Double(max(advantages.reduce(0) { $0 + $1.count }, 1))
        let mean = advantages.reduce(0) { $1.reduce($0, +) } / count
        let square = advantages.reduce(0.0) { $1.reduce($0) { $0 + ($1 - mean) * ($1 - mean) } } / count
        let deviation = (square + epsilon).squareRoot()
        return advantages.map { $0.map { ($0 - mean) / deviation } }
    }
}

/// Rewards of single tokens with the price of leaving the reference in them: the last one gets the answer's reward, and each
/// −β·(log π_old − log π_ref); Ouyang et al. (arXiv 2203.02155) eq. 2.
package enum PenalizedRewards {
    package static func rewards(
        _ reward: Double, old: [Float], reference: [Float]?, weight: Double
    ) -> [Double] {
        var rewards = old.map { _ in 0.0 }
        if let reference {
            precondition(reference.count == old.count, "the same tokens")
            rewards = zip(old, reference).map { -weight * (Double($0) - Double($1)) }
        }
        if let last = rewards.indices.last { rewards[last] += reward }
        return rewards
    }

    /// What is still to come at each token: Σ over it and all later ones.
    package static func toGo(_ rewards: [Double]) -> [Double] {
        var (sums, sum) = (rewards, 0.0)
        for place in rewards.indices.reversed() {
            sum += rewards[place]
            sums[place] = sum
        }
        return sums
    }
}

/// Advantages of steps, for process supervision; DeepSeekMath (arXiv 2402.03300) §4.1.3.
package enum ProcessAdvantage {
    /// The scores of all steps of a group are compared with one another by `rule`; a token's advantage is the sum over the steps
    /// that end at it or later.
    /// - Parameter lengths: tokens of each output.
    package static func advantages(
        _ steps: [[StepScore]], lengths: [Int], rule: GroupAdvantage
    ) -> [[Double]] {
        var compared = rule.advantages(steps.flatMap { $0.map(\.score) })[...]
        return zip(steps, lengths).map { steps, length in
            var marks = [Double](repeating: 0, count: length)
            for step in steps {
                let advantage = compared.popFirst() ?? 0
                if marks.indices.contains(step.lastToken) { marks[step.lastToken] += advantage }
            }
            return PenalizedRewards.toGo(marks)
        }
    }
}

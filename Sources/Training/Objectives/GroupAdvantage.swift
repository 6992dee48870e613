import Foundation

/// How much better than its group an output is: what takes the place of a value network.
package enum GroupAdvantage: Sendable, Equatable {
    /// (reward − mean) / (deviation + ε), the deviation of a sample: GRPO, Shao et al. (arXiv 2402.03300) §4.1.2.
    case normalized(epsilon: Double)
    /// reward − mean: Dr. GRPO, Liu et al. (arXiv 2503.20783), which does not favour questions that all find easy or hard.
    case centered
    /// reward − mean of the others: RLOO, Ahmadian et al. (arXiv 2402.14740).
    case leaveOneOut

    /// The advantage of each output of a group; zeros where all rewards are equal, or there is one output only.
    package func advantages(_ rewards: [Double]) -> [Double] {
        let count = Double(rewards.count)
        guard let first = rewards.first, rewards.contains(where: { $0 != first }) else { return rewards.map { _ in 0 } }
        let mean = rewards.reduce(0, +) / count
        switch self {
        case .centered: return rewards.map { $0 - mean }
        case .leaveOneOut: return rewards.map { ($0 - mean) * count / (count - 1) }
        case .normalized(let epsilon):
            let variance = rewards.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / (count - 1)
            return rewards.map { ($0 - mean) / (variance.squareRoot() + epsilon) }
        }
    }
}

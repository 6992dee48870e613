import Foundation

/// How large the steps of an optimizer are, from the first to the last.
///
/// Steps are counted from 0. The rate rises in a straight line, reaches its top with the last step of warming up, and then
/// follows a rule.
package struct LearningRate: Sendable, Equatable {
    /// What follows warming up.
    package enum Rule: Sendable, Equatable {
        /// The top to the end.
        case constant
        /// The top until 80 % of all steps, then 31.6 % of it, and 10 % from 90 % on: DeepSeek LLM (arXiv 2401.02954) §2.3.
        case multiStep
        /// Half a cosine down to a part of the top (Loshchilov and Hutter, arXiv 1608.03983, without restarts).
        case cosine(floor: Double)
        /// The top, then a straight line over the last part of all steps down to a part of the top (Hu et al., arXiv
        /// 2404.06395).
        case stableDecay(over: Double, floor: Double)
    }

    package let top: Double
    package let warmUpSteps: Int
    package let totalSteps: Int
    package let rule: Rule

    /// - Precondition: `0 ... totalSteps` steps of warming up.
    package init(top: Double, warmUpSteps: Int, totalSteps: Int, rule: Rule) {
        precondition((0...max(totalSteps, 0)).contains(warmUpSteps), "warming up is a part of the steps")
        (self.top, self.warmUpSteps, self.totalSteps, self.rule) = (top, warmUpSteps, totalSteps, rule)
    }

    /// The rate of step number `step`.
    package func rate(at step: Int) -> Double {
        if step < warmUpSteps { return top * Double(step + 1) / Double(warmUpSteps) }
        return top * part(at: Double(step))
    }

    private func part(at step: Double) -> Double {
        let total = Double(totalSteps)
        switch rule {
        case .constant: return 1
        case .multiStep: return step < 0.8 * total ? 1 : step < 0.9 * total ? 0.316 : 0.1
        case .cosine(let floor):
            let warm = Double(warmUpSteps)
            let done = min((step - warm) / max(total - warm, 1), 1)
            return floor + (1 - floor) * 0.5 * (1 + cos(.pi * done))
        case .stableDecay(let part, let floor):
            let start = (1 - part) * total
            guard step >= start else { return 1 }
            return 1 - (1 - floor) * min((step - start) / max(total - start, 1), 1)
        }
    }
}

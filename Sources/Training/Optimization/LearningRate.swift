import Foundation

/// How large the steps of an optimizer are, from the first to the last.
///
/// Steps are counted from 0. The rate rises in a straight line, reaches its top with the last step of warming up, and then
/// follows a rule, which looks at how much of the run is done.
package struct LearningRate: Sendable, Equatable {
    /// What follows warming up.
    package enum Rule: Sendable, Equatable {
        /// The top to the end.
        case constant
        /// The top until 80 % of all steps, then 31.6 % of it, and 10 % from 90 % on: DeepSeek LLM (arXiv 2401.02954) §2.3.
        case multiStep
        /// The top, and from each part of the run on, in ascending order, a factor of it: V2 (arXiv 2405.04434) §3.1.2 has 60 %.
        case stages([Stage])
        /// Half a cosine down to a part of the top (Loshchilov and Hutter, arXiv 1608.03983, without restarts).
        case cosine(floor: Double)
        /// The top, then a straight line over the last part of all steps down to a part of the top (Hu et al., arXiv
        /// 2404.06395).
        case stableDecay(over: Double, floor: Double)
        /// The top for 10 of 14.8 parts, a cosine to a tenth over 4.3, a tenth for 0.333 and 3.3 % to the end: DeepSeek-V3 (arXiv
        /// 2412.19437) §4.2.
        case deepSeekV3
    }

    /// From when on which factor holds.
    package struct Stage: Sendable, Equatable {
        /// A part of the run, 0 ... 1.
        package let start: Double
        package let factor: Double

        package init(start: Double, factor: Double) { (self.start, self.factor) = (start, factor) }
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
    /// - Parameter done: the part of the run's tokens that are behind; steps are counted instead where it is not given, which is
    ///   the same unless batches grow.
    package func rate(at step: Int, done: Double? = nil) -> Double {
        if step < warmUpSteps { return top * Double(step + 1) / Double(warmUpSteps) }
        return top * part(at: done.map { $0 * Double(totalSteps) } ?? Double(step))
    }

    private func part(at step: Double) -> Double {
        let total = Double(totalSteps)
        switch rule {
        case .constant: return 1
        case .multiStep: return step < 0.8 * total ? 1 : step < 0.9 * total ? 0.316 : 0.1
        case .stages(let stages): return stages.last { step >= $0.start * total }?.factor ?? 1
        case .cosine(let floor): return LearningRate.cosine(from: Double(warmUpSteps), to: total, floor, at: step)
        case .stableDecay(let part, let floor):
            let start = (1 - part) * total
            guard step >= start else { return 1 }
            return 1 - (1 - floor) * min((step - start) / max(total - start, 1), 1)
        case .deepSeekV3:
            let (stable, decayed, low) = (10 / 14.8 * total, 14.3 / 14.8 * total, 14.633 / 14.8 * total)
            if step >= low { return 7.3e-6 / 2.2e-4 }
            return step < stable ? 1 : LearningRate.cosine(from: stable, to: decayed, 0.1, at: step)
        }
    }

    /// Half a cosine from 1 at `start` to `floor` at `end` and after.
    private static func cosine(from start: Double, to end: Double, _ floor: Double, at step: Double) -> Double {
        let done = min(max((step - start) / max(end - start, 1), 0), 1)
        return floor + (1 - floor) * 0.5 * (1 + cos(.pi * done))
    }
}

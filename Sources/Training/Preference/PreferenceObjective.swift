import Checkpoints
import Files
import Tensors

/// How a model learns from pairs.
package struct PreferenceSettings: Sendable, Equatable {
    /// β; Rafailov et al. (arXiv 2305.18290) appendix B.
    package var beta = 0.1
    /// The part of the pairs that is expected to be labelled the wrong way round.
    package var smoothing = 0.0
    package var pairsPerStep = 64
    package var tokensAtOnce = 4096
    package var seed: UInt64 = 0

    package init() {}

    package init(_ section: RecipeSection, seed: UInt64 = 0) throws {
        beta = try section.number("beta", in: 1e-6...1e3, default: beta)
        smoothing = try section.number("smoothing", in: 0...0.499, default: smoothing)
        pairsPerStep = try section.integer("pairsPerStep", in: 1...(1 << 20), default: pairsPerStep)
        tokensAtOnce = try section.integer("tokensAtOnce", in: 1...(1 << 24), default: tokensAtOnce)
        self.seed = UInt64(try section.integer("seed", in: 0...Int.max, default: Int(clamping: seed)))
    }
}

/// Direct preference optimization (`PreferenceLoss`). The reference is the model as it is before the first step: its
/// log-probabilities of all answers are computed once and remembered, so that no copy of it is kept.
package struct PreferenceObjective: LearningObjective {
    package struct Position: Codable, Sendable, Equatable {
        /// Pairs that were learned from.
        package var pairs = 0
        /// Whether the reference has judged all answers.
        package var hasReference = false
    }

    package let settings: PreferenceSettings
    package let pairs: [PreferencePair]
    package private(set) var position = Position()
    /// Summed log-probabilities of the reference, chosen and rejected: [pairs, 2].
    private let reference: Tensor

    /// - Precondition: there are pairs.
    package init(_ settings: PreferenceSettings, _ pairs: [PreferencePair]) {
        precondition(!pairs.isEmpty, "pairs")
        (self.settings, self.pairs) = (settings, pairs)
        reference = Tensor([Float](repeating: 0, count: 2 * pairs.count), shape: [pairs.count, 2])
    }

    package var memory: [TensorEntry] {
        [TensorEntry(name: "reference.log_probabilities", tensor: reference, file: "preference pairs")]
    }

    package mutating func move(to position: Position) throws { self.position = position }

    package mutating func addGradients(
        of model: LearningModel, step: Int, to gradients: Gradients
    ) throws -> StepReport {
        let scoring = AnswerScoring(tokensAtOnce: settings.tokensAtOnce)
        if !position.hasReference {
            let scores = try scoring.scores(of: pairs.flatMap { [$0.chosen, $0.rejected] }, by: model)
            reference.withMutableFloats { sums in
                for (place, score) in scores.enumerated() { sums[place] = PreferenceObjective.sum(score) }
            }
        }
        let chosen = (position.pairs..<position.pairs + settings.pairsPerStep).map { place(of: $0) }
        var report = PreferenceSums()
        let units = chosen.map { [pairs[$0].chosen, pairs[$0].rejected] }
        try scoring.addGradients(of: units, by: model, to: gradients) { unit, scores in
            slopes(of: chosen[unit], scores, &report)
        }
        position = Position(pairs: position.pairs + settings.pairsPerStep, hasReference: true)
        return report.report(pairs: chosen.count, tokens: units.reduce(0) { $0 + $1.reduce(0) { $0 + $1.read.count } })
    }

    /// All pairs once in an order of their own, then in another.
    private func place(of number: Int) -> Int {
        let (epoch, place) = number.quotientAndRemainder(dividingBy: pairs.count)
        return KeyedPermutation(count: pairs.count, key: DerivedSeed.seed(settings.seed, UInt64(epoch)))[place]
    }

    private static func sum(_ score: AnswerScore) -> Float {
        Float(score.logProbabilities.reduce(0.0) { $0 + Double($1) })
    }

    private func slopes(of pair: Int, _ scores: [AnswerScore], _ sums: inout PreferenceSums) -> [AnswerSlopes] {
        let known = reference.slice(pair..<pair + 1).floats
        let loss = PreferenceLoss(
            policy: .init(chosen: [PreferenceObjective.sum(scores[0])], rejected: [PreferenceObjective.sum(scores[1])]),
            reference: .init(chosen: [known[0]], rejected: [known[1]]), beta: settings.beta,
            smoothing: settings.smoothing)
        sums.add(loss)
        return zip(scores, [loss.gradient.chosen[0], loss.gradient.rejected[0]]).map { score, slope in
            // Each token's log-probability is a summand of the answer's; the mean is over the step's pairs.
            AnswerSlopes(
                byLogProbability: score.logProbabilities.map { _ in slope / Float(settings.pairsPerStep) })
        }
    }
}

/// What adds up over the pairs of a step.
private struct PreferenceSums {
    private var (loss, chosen, rejected, right) = (0.0, 0.0, 0.0, 0.0)

    mutating func add(_ pair: PreferenceLoss) {
        let (better, worse) = (Double(pair.rewards.chosen[0]), Double(pair.rewards.rejected[0]))
        loss += pair.loss
        chosen += better
        rejected += worse
        right += better > worse ? 1 : 0
    }

    func report(pairs: Int, tokens: Int) -> StepReport {
        let count = Double(max(pairs, 1))
        return StepReport(
            loss: loss / count, tokens: tokens,
            measures: [
                ("accuracy", right / count), ("margin", (chosen - rejected) / count),
                ("reward.chosen", chosen / count), ("reward.rejected", rejected / count),
            ])
    }
}

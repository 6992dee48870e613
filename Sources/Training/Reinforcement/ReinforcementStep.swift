import Tensors

extension ReinforcementObjective {
    /// Adds the derivatives of the loss over some answers.
    func learn(
        _ experiences: [Experience], _ model: LearningModel, to gradients: Gradients
    ) throws -> (loss: Double, tokens: Int, measures: [(String, Double)]) {
        let counting = experiences.filter(\.counts)
        let whole = PolicyLoss.Whole(
            outputs: counting.count, tokens: counting.reduce(0) { $0 + $1.old.count })
        let loss = settings.policyLoss
        // An answer that is neither better nor worse than others, and has nothing else to say, need not go through the model.
        let teaching = counting.filter {
            settings.hasCritic || loss.referenceWeight > 0 || $0.advantages.contains { $0 != 0 }
        }
        var sums = StepSums()
        try scoring.addGradients(of: teaching.map { [$0.sequence] }, by: model, to: gradients) { index, scores in
            let experience = teaching[index]
            let output = PolicyLoss.Output(
                now: scores[0].logProbabilities, old: experience.old, reference: experience.reference,
                advantages: experience.advantages)
            let result = loss([output], outOf: whole)
            sums.add(result, output)
            var slopes = AnswerSlopes(byLogProbability: result.gradient[0])
            if settings.hasCritic { slopes.byValue = criticize(scores[0].values, experience, whole, &sums) }
            return [slopes]
        }
        return (sums.loss + sums.valueLoss, teaching.reduce(0) { $0 + $1.sequence.read.count }, sums.measures(settings))
    }

    /// The critic's part of the loss: weight · mean over tokens.
    private func criticize(
        _ values: [Float], _ experience: Experience, _ whole: PolicyLoss.Whole, _ sums: inout StepSums
    ) -> [Float] {
        let result = settings.valueLoss(now: values, old: experience.values, returns: experience.returns)
        let factor = settings.valueWeight / Double(max(whole.tokens, 1))
        sums.valueLoss += factor * result.loss
        return result.gradient.map { Float(factor * $0) }
    }
}

/// What adds up over the answers of a step.
struct StepSums {
    private(set) var loss = 0.0
    var valueLoss = 0.0
    private var (tokens, clipped, distance, change) = (0.0, 0.0, 0.0, 0.0)

    mutating func add(_ result: PolicyLoss.Result, _ output: PolicyLoss.Output) {
        let count = Double(output.now.count)
        loss += result.loss
        tokens += count
        clipped += result.clippedShare * count
        distance += zip(output.now, output.reference).reduce(0) { $0 + Double($1.0) - Double($1.1) }
        change += zip(output.now, output.old).reduce(0) { $0 + (Double($1.0) - Double($1.1)).magnitude }
    }

    func measures(_ settings: ReinforcementSettings) -> [(String, Double)] {
        let count = max(tokens, 1)
        var measures = [("clipped", clipped / count), ("change", change / count)]
        // Of log π − log π_ref over drawn tokens: an estimate of the divergence.
        if settings.hasReference { measures.append(("divergence", distance / count)) }
        if settings.hasCritic { measures.append(("valueLoss", valueLoss)) }
        return measures
    }
}

/// Figures of a batch of answers.
struct BatchMeasures {
    let measures: [BatchMeasure]

    /// - Parameters:
    ///   - groups: all that were drawn.
    ///   - kept: how many of them are learned from.
    init(_ groups: [ExploredGroup], kept: Int, _ rewards: WeightedRewards, _ experiences: [Experience]) {
        let samples = groups.flatMap(\.samples)
        let count = Double(max(samples.count, 1))
        func mean(_ value: (JudgedSample) -> Double) -> Double { samples.reduce(0) { $0 + value($1) } / count }
        var values = [("reward", mean(\.reward))]
        if rewards.parts.count > 1 {
            for (index, part) in rewards.parts.enumerated() {
                values.append(("reward." + part.name, mean { $0.scores[index] }))
            }
        }
        let center = values[0].1
        values += [
            ("rewardDeviation", mean { ($0.reward - center) * ($0.reward - center) }.squareRoot()),
            ("length", mean { Double($0.sample.tokens.count) }),
            ("truncated", mean { $0.sample.isFinished ? 0 : 1 }), ("entropy", mean(\.sample.entropy)),
            ("evenGroups", Double(groups.count(where: \.isEven)) / Double(max(groups.count, 1))),
            ("questions", Double(groups.count)), ("kept", Double(kept)),
            ("rolloutTokens", mean { Double($0.sample.tokens.count) } * count),
        ]
        measures = values.map { BatchMeasure(name: $0, value: $1) }
    }
}

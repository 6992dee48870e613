/// An answer with everything that is needed to learn from it.
package struct Experience: Sendable, Equatable, Codable {
    package let sequence: AnsweredSequence
    /// log π of each token when it was drawn.
    package let old: [Float]
    /// log π_ref; `nil` without a reference.
    package let reference: [Float]?
    /// What the critic expected before each token; empty without one.
    package let values: [Float]
    package var advantages: [Double]
    /// What the critic should have expected; empty without one.
    package var returns: [Double]
    /// Whether anything is learned from it.
    package let counts: Bool
}

/// The answers to a batch of questions, and how far they were learned from.
package struct ExperienceBatch: Sendable, Equatable, Codable {
    package let samplesPerQuestion: Int
    package let experiences: [Experience]
    /// Optimizer steps that were made with it.
    package var updates = 0
    package let measures: [BatchMeasure]

    /// The part of the answers that a step learns from: whole groups, in order.
    func part(_ index: Int, of parts: Int) -> ArraySlice<Experience> {
        let groups = experiences.count / max(samplesPerQuestion, 1)
        let (start, end) = (index * groups / parts, (index + 1) * groups / parts)
        return experiences[start * samplesPerQuestion..<end * samplesPerQuestion]
    }
}

/// A figure of a batch by its name.
package struct BatchMeasure: Sendable, Equatable, Codable {
    package let name: String
    package let value: Double
}

extension ReinforcementSettings {
    /// The advantages of every token of every answer, and the critic's returns (empty without one).
    /// - Parameters:
    ///   - groups: whose answers lie one after another in the other arguments.
    ///   - reference: log π_ref of the answers' tokens; `nil` without a reference.
    ///   - values: what the critic expected; empty without one.
    func advantages(
        _ groups: [ExploredGroup], reference: [[Float]]?, values: [[Float]]
    ) -> [(advantages: [Double], returns: [Double])] {
        let samples = groups.flatMap(\.samples)
        switch advantage {
        case .group(let rule): return compared(groups, reference, rule).map { ($0, []) }
        case .batch(let subtractsMean):
            let rewards = groups.flatMap { group in
                let mean = group.samples.reduce(0) { $0 + $1.reward } / Double(group.samples.count)
                return group.samples.map { subtractsMean ? $0.reward - mean : $0.reward }
            }
            let sums = samples.indices.map {
                PenalizedRewards.toGo(penalized(rewards[$0], samples[$0].sample, reference?[$0]))
            }
            return normalized(sums, samples).map { ($0, []) }
        case .critic(let rule, let normalizes):
            let estimates = samples.indices.map { index in
                rule(
                    rewards: penalized(samples[index].reward, samples[index].sample, reference?[index]),
                    values: values[index].map { Double($0) })
            }
            let advantages = estimates.map(\.advantages)
            return zip(normalizes ? normalized(advantages, samples) : advantages, estimates).map { ($0, $1.returns) }
        }
    }

    private func compared(
        _ groups: [ExploredGroup], _ reference: [[Float]]?, _ rule: GroupAdvantage
    ) -> [[Double]] {
        var first = 0
        return groups.flatMap { group in
            defer { first += group.samples.count }
            let lengths = group.samples.map(\.sample.tokens.count)
            if supervision == .process {
                return ProcessAdvantage.advantages(group.samples.map(\.steps), lengths: lengths, rule: rule)
            }
            // With the penalty in the reward, an answer costs what its tokens cost together; RLOO eq. 5.
            let rewards = group.samples.enumerated().map { index, sample in
                penalized(sample.reward, sample.sample, reference?[first + index]).reduce(0, +)
            }
            return zip(rule.advantages(rewards), lengths).map { Array(repeating: $0, count: $1) }
        }
    }

    private func penalized(_ reward: Double, _ sample: RolloutSample, _ reference: [Float]?) -> [Double] {
        PenalizedRewards.rewards(
            reward, old: sample.logProbabilities, reference: penalty == .reward ? reference : nil, weight: penaltyWeight
        )
    }

    /// Over the tokens that count; the others keep their place with 0.
    private func normalized(_ advantages: [[Double]], _ samples: [JudgedSample]) -> [[Double]] {
        let counting = samples.indices.filter { counts(samples[$0].sample) }
        var result = advantages.map { $0.map { _ in 0.0 } }
        for (index, values) in zip(counting, BatchNormalization.normalized(counting.map { advantages[$0] })) {
            result[index] = values
        }
        return result
    }

    func counts(_ sample: RolloutSample) -> Bool { sample.isFinished || !leavesOutTruncated }
}

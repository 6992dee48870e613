/// How a model learns from rewards. An algorithm is a set of defaults; each of its choices can be changed by a setting.
package struct ReinforcementSettings: Sendable, Equatable {
    /// docs/reinforcement.md has the formulas and where each default comes from.
    package enum Algorithm: String, Sendable, CaseIterable, Codable {
        case grpo, drGRPO, dapo, rloo, reinforcePlusPlus, ppo
    }

    /// What a token's advantage is made of.
    package enum Advantage: Sendable, Equatable {
        /// The answer's reward beside those of its group.
        case group(GroupAdvantage)
        /// The reward to go of each token, compared over the whole batch; before, the group's mean may be taken off.
        case batch(subtractsGroupMean: Bool)
        /// By a critic.
        case critic(GeneralizedAdvantage, normalizes: Bool)
    }

    /// Where the distance from the reference costs.
    package enum Penalty: String, Sendable, CaseIterable, Codable {
        case none
        /// β·(e^d − d − 1) in each token's loss.
        case loss
        /// −β·(log π_old − log π_ref) in each token's reward.
        case reward
    }

    /// Questions whose answers are all equally good, DAPO (arXiv 2503.14476) §3.2.
    package enum EvenGroups: String, Sendable, CaseIterable, Codable {
        /// Stay, with advantages of 0.
        case keep
        /// Are left out of the batch, and of what is averaged over.
        case drop
        /// Other questions are asked instead.
        case resample
    }

    package enum Supervision: String, Sendable, CaseIterable, Codable { case outcome, process }

    package var algorithm: Algorithm
    package var questionsPerBatch = 32
    package var samplesPerQuestion = 16
    /// Optimizer steps that a batch of answers is cut into.
    package var miniBatches = 1
    /// How often each answer is learned from.
    package var epochsPerBatch = 1
    package var advantage: Advantage
    package var loss = PolicyLoss()
    package var penalty = Penalty.none
    /// β, wherever it stands.
    package var penaltyWeight = 0.0
    /// Batches after which the reference becomes what the model is; 0 for never.
    package var referenceEvery = 0
    package var evenGroups = EvenGroups.keep
    /// How often other questions are asked for one batch.
    package var mostRounds = 10
    /// Whether answers that were cut off teach nothing; DAPO §3.4.
    package var leavesOutTruncated = false
    package var supervision = Supervision.outcome
    package var valueLoss = ValueLoss()
    /// Of the critic's loss beside the policy's.
    package var valueWeight = 0.1
    /// Tokens that are learned from at once; answers need memory for as many.
    package var tokensAtOnce = 4096
    package var seed: UInt64 = 0

    /// The defaults of an algorithm.
    /// - Parameter maximumTokens: of an answer; what Dr. GRPO divides by.
    package init(_ algorithm: Algorithm = .grpo, maximumTokens: Int = 256) {
        self.algorithm = algorithm
        advantage = .group(.normalized(epsilon: 1e-4))
        loss.referenceWeight = 0
        switch algorithm {
        case .grpo: (penalty, penaltyWeight) = (.loss, 0.04)
        case .drGRPO:
            advantage = .group(.centered)
            loss.aggregation = .fixedLength(maximumTokens)
        case .dapo:
            (loss.clipAbove, loss.aggregation, evenGroups) = (0.28, .tokens, .resample)
        case .rloo:
            advantage = .group(.leaveOneOut)
            loss.aggregation = .fixedLength(1)
            (penalty, penaltyWeight) = (.reward, 0.05)
        case .reinforcePlusPlus:
            advantage = .batch(subtractsGroupMean: false)
            loss.aggregation = .tokens
            (penalty, penaltyWeight) = (.reward, 0.01)
        case .ppo:
            advantage = .critic(GeneralizedAdvantage(), normalizes: true)
            loss.aggregation = .tokens
            (penalty, penaltyWeight) = (.reward, 0.05)
        }
    }

    var hasCritic: Bool { if case .critic = advantage { true } else { false } }
    var hasReference: Bool { penalty != .none && penaltyWeight > 0 }

    /// The policy's loss with the penalty that belongs into it.
    var policyLoss: PolicyLoss {
        var loss = loss
        loss.referenceWeight = penalty == .loss ? penaltyWeight : 0
        return loss
    }
}

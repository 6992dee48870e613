import Checkpoints
import Foundation
import TestSupport
import Testing

@testable import Training

/// `training/` was recorded from PyTorch.
@Suite struct ObjectiveTests {
    private func recorded(_ name: String) throws -> RecordedTensors {
        try RecordedTensors(path: Fixture.path("training/\(name)"))
    }

    private func isClose(_ a: [Float], _ b: [Float]) -> Bool {
        let largest = max(b.map(abs).max() ?? 0, 1e-3)
        return a.count == b.count && zip(a, b).allSatisfy { abs($0 - $1) <= 1e-6 * max(largest, 1) }
    }

    @Test(arguments: [0.0, 0.1]) func preferencesAreThoseOfTheReference(_ smoothing: Double) throws {
        let golden = try recorded("dpo")
        func pairs(_ who: String) throws -> PreferenceLoss.Pairs {
            try .init(
                chosen: golden.tensor(who + "_chosen").floats, rejected: golden.tensor(who + "_rejected").floats)
        }
        let result = PreferenceLoss(
            policy: try pairs("policy"), reference: try pairs("reference"), beta: 0.1, smoothing: smoothing)
        let tag = "smoothing_\(smoothing)."
        #expect(try isClose(result.losses.map { Float($0) }, golden.tensor(tag + "losses").floats))
        #expect(try isClose([Float(result.loss)], golden.tensor(tag + "loss").floats))
        #expect(try isClose(result.gradient.chosen, golden.tensor(tag + "gradient_chosen").floats))
        #expect(try isClose(result.gradient.rejected, golden.tensor(tag + "gradient_rejected").floats))
        #expect(try isClose(result.rewards.chosen, golden.tensor("reward_chosen").floats))
        #expect(try isClose(result.rewards.rejected, golden.tensor("reward_rejected").floats))
    }

    @Test func farMarginsStayFinite() {
        let result = PreferenceLoss(
            policy: .init(chosen: [0, -1e6], rejected: [-1e6, 0]), reference: .init(chosen: [0, 0], rejected: [0, 0]),
            beta: 1)
        #expect(result.losses == [0, 1e6] && result.gradient.chosen == [0, -0.5])
    }

    private func group(_ golden: RecordedTensors) throws -> [PolicyLoss.Output] {
        let lengths = try golden.tensor("mask").floats
        let rewards = try golden.tensor("rewards").floats.map { Double($0) }
        let advantages = GroupAdvantage.normalized(epsilon: 0).advantages(rewards)
        return try advantages.enumerated().map { index, advantage in
            let range = index * 6..<index * 6 + lengths[index * 6..<index * 6 + 6].count { $0 == 1 }
            func part(_ name: String) throws -> [Float] { Array(try golden.tensor(name).floats[range]) }
            return try .init(
                now: part("new_logp"), old: part("old_logp"), reference: part("reference_logp"), advantage: advantage)
        }
    }

    @Test func policiesAreThoseOfTheReference() throws {
        let golden = try recorded("grpo")
        let outputs = try group(golden)
        #expect(try isClose(outputs.map { Float($0.advantages[0]) }, golden.tensor("advantage").floats))
        var objective = PolicyLoss()
        let result = objective(outputs)
        #expect(try isClose([Float(result.loss)], golden.tensor("loss").floats))
        let all = try golden.tensor("per_token").floats
        for (index, losses) in result.tokenLosses.enumerated() {
            #expect(isClose(losses.map { Float($0) }, Array(all[index * 6..<index * 6 + losses.count])))
        }
        objective.aggregation = .tokens
        #expect(try isClose([Float(objective(outputs).loss)], golden.tensor("loss_token_mean").floats))
    }

    /// The recorded gradient is by the logits: that by a log-probability times (1 at the token − softmax).
    @Test func gradientsOfPoliciesAreThoseOfTheReference() throws {
        let golden = try recorded("grpo")
        let result = PolicyLoss()(try group(golden))
        let (logits, tokens) = (try golden.tensor("logits").floats, try golden.integers("tokens"))
        let expected = try golden.tensor("gradient_logits").floats
        var found = [Float](repeating: 0, count: expected.count)
        for (output, slopes) in result.gradient.enumerated() {
            for (place, slope) in slopes.enumerated() {
                let row = (output * 6 + place) * 11..<(output * 6 + place + 1) * 11
                let powers = logits[row].map { exp(Double($0)) }
                let sum = powers.reduce(0, +)
                for (column, power) in powers.enumerated() {
                    let isToken = Int(tokens[output * 6 + place]) == column
                    found[row.lowerBound + column] = slope * Float((isToken ? 1 : 0) - power / sum)
                }
            }
        }
        #expect(isClose(found, expected))
    }

    @Test func slopesAreDifferences() {
        let output = PolicyLoss.Output(now: [-1, -2], old: [-1.1, -1.4], reference: [-0.8, -2.2], advantage: 1.5)
        for aggregation in [PolicyLoss.Aggregation.outputs, .tokens, .fixedLength(7)] {
            var objective = PolicyLoss()
            (objective.clipAbove, objective.aggregation) = (0.28, aggregation)
            let result = objective([output, output])
            for index in output.now.indices {
                let ends = [Float(1) / 256, -1 / 256].map { change in
                    var now = output.now
                    now[index] += change
                    let moved = PolicyLoss.Output(
                        now: now, old: output.old, reference: output.reference, advantages: output.advantages)
                    return objective([moved, output]).loss
                }
                #expect(abs((ends[0] - ends[1]) * 128 - Double(result.gradient[0][index])) < 1e-4)
            }
        }
    }

    @Test func advantagesOfVariants() throws {
        let rewards: [Double] = [1, 0, 0.5, 1]
        let golden = try recorded("grpo")
        let trl = GroupAdvantage.normalized(epsilon: 1e-4).advantages(rewards)
        #expect(try isClose(trl.map { Float($0) }, golden.tensor("advantage_trl").floats))
        #expect(GroupAdvantage.centered.advantages(rewards) == [0.375, -0.625, -0.125, 0.375])
        let others = GroupAdvantage.leaveOneOut.advantages(rewards)
        #expect(zip(others, [0.5, -0.8333333, -0.1666667, 0.5]).allSatisfy { abs($0 - $1) < 1e-6 })
        for rule in [GroupAdvantage.normalized(epsilon: 0), .centered, .leaveOneOut] {
            #expect(rule.advantages([1, 1]) == [0, 0] && rule.advantages([3]) == [0] && rule.advantages([]) == [])
        }
    }
}

import Testing

@testable import Training

@Suite struct AdvantageTests {
    /// Both written as the papers have them, in O(n²).
    private func expected(
        _ rewards: [Double], _ values: [Double], _ discount: Double, _ decay: Double
    ) -> [Double] {
        rewards.indices.map { first in
            var (sum, factor) = (0.0, 1.0)
            for place in first..<rewards.count {
                let next = place + 1 < values.count ? values[place + 1] : 0
                sum += factor * (rewards[place] + discount * next - values[place])
                factor *= discount * decay
            }
            return sum
        }
    }

    private func isClose(_ a: [Double], _ b: [Double]) -> Bool {
        a.count == b.count && zip(a, b).allSatisfy { abs($0 - $1) < 1e-12 }
    }

    static let cases: [(discount: Double, decay: Double)] = [(1, 0.95), (0.9, 0.8), (1, 1), (0.99, 0)]

    @Test(arguments: cases) func estimatesAreSumsOfErrors(_ discount: Double, _ decay: Double) {
        let (rewards, values) = ([0.1, -0.2, 0, 1.5], [0.3, 0.7, -0.4, 1.1])
        var rule = GeneralizedAdvantage()
        (rule.discount, rule.decay) = (discount, decay)
        let (advantages, returns) = rule(rewards: rewards, values: values)
        #expect(isClose(advantages, expected(rewards, values, discount, decay)))
        #expect(isClose(returns, zip(advantages, values).map { $0 + $1 }))
        rule.valueDecay = 1
        let own = rule(rewards: rewards, values: values)
        #expect(own.advantages == advantages)
        // With λ = 1 what should have been expected is what came, discounted.
        let came = rewards.indices.map { first in
            (first..<4).reduce(0) { sum, place in
                sum + rewards[place] * (first..<place).reduce(1) { power, _ in power * discount }
            }
        }
        #expect(isClose(own.returns, came))
        #expect(rule(rewards: [], values: []).advantages.isEmpty)
    }

    @Test func batchesHaveMeanZeroAndDeviationOne() {
        let result = BatchNormalization.normalized([[1, 2], [4], []], epsilon: 0)
        #expect(result.map(\.count) == [2, 1, 0])
        let flat = result.flatMap(\.self)
        #expect(abs(flat.reduce(0, +)) < 1e-12 && abs(flat.reduce(0) { $0 + $1 * $1 } - 3) < 1e-12)
        #expect(BatchNormalization.normalized([[2, 2]]) == [[0, 0]] && BatchNormalization.normalized([]).isEmpty)
    }

    @Test func leavingTheReferenceCostsReward() {
        let rewards = PenalizedRewards.rewards(1, old: [-1, -2], reference: [-1.5, -2], weight: 0.1)
        #expect(isClose(rewards, [-0.05, 1]))
        #expect(PenalizedRewards.rewards(2, old: [-1, -2], reference: nil, weight: 0.1) == [0, 2])
        #expect(PenalizedRewards.toGo([1, 2, 3]) == [6, 5, 3])
    }

    @Test func stepsAreComparedInTheirGroup() {
        let steps: [[StepScore]] = [
            [.init(lastToken: 1, score: 1), .init(lastToken: 2, score: 0)], [.init(lastToken: 0, score: 1)], [],
        ]
        // Mean 2/3: 1/3, −2/3 and 1/3.
        let found = ProcessAdvantage.advantages(steps, lengths: [4, 2, 1], rule: .centered)
        #expect(isClose(found[0], [-1.0 / 3, -1.0 / 3, -2.0 / 3, 0]) && isClose(found[1], [1.0 / 3, 0]))
        #expect(found[2] == [0])
        // A step that claims to end behind the answer teaches nothing.
        let stray = ProcessAdvantage.advantages(
            [[.init(lastToken: 9, score: 1)], [.init(lastToken: 0, score: 0)]], lengths: [1, 1], rule: .centered)
        #expect(stray == [[0], [-0.5]])
    }

    @Test func criticsMoveOnlySoFar() {
        let loss = ValueLoss()
        let result = loss(now: [0.5, 1, -1], old: [0.4, 0, 0], returns: [1, 2, -3])
        // ½·0.25, ½·(0.2 − 2)², ½·(−0.2 + 3)²: the last two are clipped.
        #expect(abs(result.loss - (0.125 + 1.62 + 3.92)) < 1e-6)
        #expect(result.gradient == [-0.5, 0, 0])
        var free = ValueLoss()
        free.clip = nil
        #expect(free(now: [1], old: [0], returns: [2]).gradient == [-1])
    }

    @Test func partsOfABatchAddUp() {
        let outputs = [[-1, -2], [-0.5], [-3, -1, -2]].map { (now: [Float]) in
            PolicyLoss.Output(
                now: now, old: now.map { $0 - 0.1 }, reference: now.map { $0 + 0.2 }, advantage: Double(now[0]))
        }
        for aggregation in [PolicyLoss.Aggregation.outputs, .tokens, .fixedLength(7)] {
            var loss = PolicyLoss()
            loss.aggregation = aggregation
            let whole = loss(outputs)
            let parts = outputs.map { loss([$0], outOf: .init(outputs: 3, tokens: 6)) }
            #expect(abs(parts.reduce(0) { $0 + $1.loss } - whole.loss) < 1e-12)
            #expect(parts.flatMap(\.gradient) == whole.gradient)
        }
    }
}

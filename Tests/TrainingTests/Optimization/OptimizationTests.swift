import Checkpoints
import Files
import Foundation
import TestSupport
import Testing

@testable import Tensors
@testable import Training

/// `training/` was recorded from PyTorch.
@Suite struct OptimizationTests {
    private func recorded(_ name: String) throws -> RecordedTensors {
        try RecordedTensors(path: Fixture.path("training/\(name)"))
    }

    private func isClose(_ a: [Float], _ b: [Float]) -> Bool {
        let largest = b.map(abs).max() ?? 0
        return a.count == b.count && zip(a, b).allSatisfy { abs($0 - $1) <= 1e-6 * largest }
    }

    @Test func stepsAreThoseOfTheReference() throws {
        let golden = try recorded("adamw")
        let optimizer = AdamW()
        let parameter = try golden.tensor("start").decoded()
        let moments = AdamW.Moments(parameter.shape)
        for step in 1...3 {
            let gradient = try golden.tensor("gradient.\(step)").decoded()
            let norm = GradientNorm.clip([gradient], to: 1)
            #expect(try abs(Float(norm) - golden.tensor("norm_before_clip.\(step)").floats[0]) < 1e-6 * Float(norm))
            #expect(try isClose(gradient.floats, golden.tensor("clipped.\(step)").floats))
            optimizer.update(parameter, moments, gradient: gradient, rate: 3e-3, step: step)
            #expect(try isClose(parameter.floats, golden.tensor("parameter.\(step)").floats))
            #expect(try isClose(moments.mean.floats, golden.tensor("exp_avg.\(step)").floats))
            #expect(try isClose(moments.square.floats, golden.tensor("exp_avg_sq.\(step)").floats))
        }
    }

    @Test func decayIsSpared() {
        let optimizer = AdamW()
        let parameter = Tensor([2, -3], shape: [2])
        let zero = Tensor([0, 0], shape: [2])
        optimizer.update(parameter, .init([2]), gradient: zero, rate: 0.1, step: 1, decays: false)
        #expect(parameter.floats == [2, -3])
        optimizer.update(parameter, .init([2]), gradient: zero, rate: 0.1, step: 1)
        #expect(isClose(parameter.floats, [1.98, -2.97]))
    }

    @Test func shortAndBrokenGradientsStay() {
        let short = Tensor([0.3, 0.4], shape: [2])
        #expect(abs(GradientNorm.clip([short], to: 1) - 0.5) < 1e-7 && short.floats == [0.3, 0.4])
        let parts = [Tensor([3], shape: [1]), Tensor([4], shape: [1])]
        #expect(abs(GradientNorm.clip(parts, to: 1) - 5) < 1e-7)
        #expect(isClose(parts.flatMap(\.floats), [0.6, 0.8]))
        let broken = Tensor([1, .nan], shape: [2])
        #expect(GradientNorm.clip([broken], to: 0.1).isNaN && broken.floats[0] == 1)
        #expect(GradientNorm.clip([], to: 1) == 0)
    }

    static let rules: [(String, LearningRate.Rule)] = [
        ("multi_step", .multiStep), ("cosine", .cosine(floor: 0.1)),
        ("stable_decay", .stableDecay(over: 0.2, floor: 0.1)),
    ]

    @Test(arguments: rules) func ratesAreThoseOfTheReference(_ name: String, _ rule: LearningRate.Rule) throws {
        let golden = try recorded("schedules")
        let schedule = LearningRate(top: 4.2e-4, warmUpSteps: 2000, totalSteps: 20_000, rule: rule)
        for (step, expected) in try zip(golden.integers("step"), golden.doubles(name)) {
            #expect(abs(schedule.rate(at: Int(step)) - expected) <= 1e-12, "\(name), \(step)")
        }
    }

    @Test func edgesOfSchedules() {
        let none = LearningRate(top: 1, warmUpSteps: 0, totalSteps: 0, rule: .cosine(floor: 0.1))
        #expect(none.rate(at: 0) == 1 && abs(none.rate(at: 9) - 0.1) < 1e-12)
        let whole = LearningRate(top: 1, warmUpSteps: 4, totalSteps: 4, rule: .stableDecay(over: 1, floor: 0))
        #expect(whole.rate(at: 3) == 1 && whole.rate(at: 4) == 0 && whole.rate(at: 99) == 0)
        #expect(LearningRate(top: 2, warmUpSteps: 1, totalSteps: 9, rule: .constant).rate(at: 100) == 2)
    }

    @Test func lossIsOverRowsWithATarget() throws {
        let golden = try recorded("cross_entropy")
        let targets = try golden.integers("targets").map { $0 < 0 ? nil : $0 }
        let result = CrossEntropy(try golden.tensor("logits"), targets: targets)
        #expect(try abs(Float(result.loss) - golden.tensor("loss").floats[0]) < 1e-6)
        #expect(try isClose(result.gradient.floats, golden.tensor("gradient").floats))
        let logits = Tensor(try golden.tensor("logits").floats, shape: try golden.tensor("logits").shape)
        let replacing = CrossEntropy(replacing: logits, targets: targets)
        #expect(replacing.loss == result.loss && replacing.gradient.floats == result.gradient.floats)
        #expect(replacing.gradient.floats == logits.floats)

        let none = CrossEntropy(Tensor([1, 2], shape: [1, 2]), targets: [nil])
        #expect(none.loss == 0 && none.gradient.floats == [0, 0])
    }
}

import Checkpoints
import TestSupport
import Testing

@testable import Tensors
@testable import Training

/// `training/balance` was recorded from PyTorch: ten tokens that choose 2 of 8 experts, weight 0.003.
@Suite struct ExpertBalanceTests {
    private let golden: RecordedTensors

    init() throws { golden = try RecordedTensors(path: Fixture.path("training/balance")) }

    private func isClose(_ a: [Float], _ b: [Float]) -> Bool {
        let largest = b.map(abs).max() ?? 0
        return a.count == b.count && zip(a, b).allSatisfy { abs($0 - $1) <= 1e-6 * largest }
    }

    private func balance(_ scoring: String, _ operations: RecordingOperations) throws -> (Tensor, Tensor, ExpertBalance)
    {
        let logits = try golden.tensor("logits").decoded()
        let scores = scoring == "softmax" ? operations.softmax(logits) : operations.sigmoid(logits)
        let affinities = scoring == "softmax" ? scores : operations.divideBySum(scores, epsilon: 0)
        let values = scores.floats
        let chosen = (0..<10).flatMap { token in
            (0..<8).sorted { values[token * 8 + $0] > values[token * 8 + $1] }.prefix(2).map { Int32($0) }
        }
        return (logits, affinities, ExpertBalance(affinities: affinities, chosen: chosen))
    }

    @Test(arguments: ["softmax", "sigmoid"]) func lossesAreThoseOfTheReference(_ scoring: String) throws {
        let operations = RecordingOperations(ReferenceOperations(), tape: Tape())
        let (logits, affinities, found) = try balance(scoring, operations)
        #expect(try found.load.map { Float($0) } == golden.tensor(scoring + ".load").floats)
        #expect(try isClose([Float(0.003 * found.loss)], golden.tensor(scoring + ".loss").floats))
        let weighed = ReferenceOperations().scale(found.gradient, by: 0.003)
        let gradients = operations.tape.gradients(of: affinities, weighed)
        #expect(try isClose(gradients[logits].floats, golden.tensor(scoring + ".gradient").floats))
    }

    @Test func biasesAreThoseOfTheReference() throws {
        let (_, _, found) = try balance("sigmoid", RecordingOperations(ReferenceOperations(), tape: Tape()))
        let bias = found.updated(try golden.tensor("bias.before").floats, speed: 0.001)
        #expect(try isClose(bias, golden.tensor("bias.after").floats))
    }

    @Test func evenLoadIsNoViolation() {
        let even = Tensor([Float](repeating: 0.5, count: 4), shape: [2, 2])
        let balanced = ExpertBalance(affinities: even, chosen: [0, 1])
        #expect(balanced.violation == 0 && balanced.loss == 1 && balanced.updated([0, 0], speed: 1) == [0, 0])
        let skewed = ExpertBalance(affinities: even, chosen: [1, 1])
        #expect(skewed.violation == 1 && skewed.updated([0, 0], speed: 1) == [1, -1])
    }
}

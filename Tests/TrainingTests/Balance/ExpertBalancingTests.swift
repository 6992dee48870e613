import Checkpoints
import Files
import Foundation
import TestSupport
import Testing

@testable import Models
@testable import Tensors
@testable import Training

/// Balancing on the recorded model of V3's layout: 12 experts in 4 groups, of which a token has 4, in 2 layers.
@Suite struct ExpertBalancingTests {
    private let model: TrainableCheckpoint
    private let decoder: Decoder
    private let tokens: [Int32] = (0..<40).map { Int32($0 * 37 % 256) }

    init() throws {
        model = try TrainableCheckpoint(decoding: openCheckpoint(at: Fixture.path("text/v3")))
        decoder = try Decoder(model)
    }

    private func balancing(_ change: (inout BalanceSettings) -> Void = { _ in }) throws -> ExpertBalancing {
        var settings = BalanceSettings()
        change(&settings)
        return try ExpertBalancing(settings, decoder.configuration, source: "recipe")
    }

    @discardableResult
    private func pass(_ observer: BalanceObserver, isRecorded: Bool = true, capacity: ExpertCapacity? = nil) throws
        -> (hidden: Tensor, tape: Tape)
    {
        let tape = Tape()
        let base = ReferenceOperations()
        let operations: any Operations = isRecorded ? RecordingOperations(base, tape: tape) : base
        var step = try decoder.step(
            [.init(tokens: Array(tokens[..<25]), cache: nil), .init(tokens: Array(tokens[25...]), cache: nil)],
            operations: operations, form: .expanded, routing: observer)
        step.capacity = capacity
        return (try decoder(step), tape)
    }

    @Test func onlyWhatIsRecordedCounts() throws {
        let observer = try balancing().observer()
        try pass(observer, isRecorded: false)
        #expect(observer.loads.isEmpty && observer.values.isEmpty)
        try pass(observer)
        #expect(observer.loads.map(\.layer) == [1, 2])
        #expect(observer.loads.allSatisfy { $0.counts.count == 12 && $0.counts.reduce(0, +) == 160 })
        let worst = observer.loads.map { Double($0.counts.max() ?? 0) * 12 / 160 - 1 }
        #expect(abs((observer.values["maxViolation"] ?? 0) - (worst[0] + worst[1]) / 2) < 1e-12)
    }

    /// The decoder that was made before sees biases move.
    @Test func biasesMoveChoices() throws {
        let before = try balancing().observer()
        try pass(before)
        let name = "model.layers.1.mlp.gate.e_score_correction_bias"
        let bias = try #require(model.entry(named: name)).tensor
        let old = bias.floats
        let balancing = try balancing { ($0.biasSpeed, $0.biasUntil) = (0.5, 0.8) }
        balancing.updateBiases(of: model, after: before, done: 0.8)
        #expect(bias.floats == old)
        balancing.updateBiases(of: model, after: before, done: 0.79)
        let mean = 160.0 / 12
        let expected = zip(old, before.loads[0].counts).map { Double($1) > mean ? $0 - 0.5 : $0 + 0.5 }
        #expect(bias.floats == expected)
        let after = balancing.observer()
        try pass(after)
        #expect(after.loads[0].counts != before.loads[0].counts)
    }

    /// Small moves, again and again, bring the violation down.
    @Test func biasesBalance() throws {
        let balancing = try balancing { $0.biasSpeed = 0.01 }
        var violations: [Double] = []
        for _ in 0..<60 {
            let observer = balancing.observer()
            try pass(observer)
            violations.append(try #require(observer.values["maxViolation"]))
            balancing.updateBiases(of: model, after: observer, done: 0)
        }
        let (first, last) = (violations[..<5].reduce(0, +), violations[55...].reduce(0, +))
        #expect(last < 0.7 * first, "\(violations)")
    }

    /// A step against its gradient makes the loss on the routers smaller, by as much as the derivative says.
    @Test func lossesReachTheGates() throws {
        let balancing = try balancing { $0.weights = [.sequence: 1, .expert: 0.5] }
        func loss() throws -> Double {
            let observer = balancing.observer()
            try pass(observer)
            // Values are means over two layers.
            let sequence = try #require(observer.values["balance.sequence"])
            let expert = try #require(observer.values["balance.expert"])
            return 2 * (sequence + 0.5 * expert)
        }
        let gradients = Gradients()
        try pass(balancing.observer()).tape.addGradients(of: [], to: gradients)
        let gate = try #require(model.entry(named: "model.layers.2.mlp.gate.weight")).tensor
        let gradient = gradients[gate]
        let square = gradient.floats.reduce(0.0) { $0 + Double($1) * Double($1) }
        #expect(square > 0)
        let size = Float(1e-3 / square.squareRoot())
        gate.accumulate(gradient, by: size)
        let above = try loss()
        gate.accumulate(gradient, by: -2 * size)
        let slope = (above - (try loss())) / (2 * Double(size))
        #expect(abs(slope / square - 1) < 0.01, "\(slope) of \(square)")
    }

    @Test func tokensAreDroppedByDevices() throws {
        let balancing = try balancing { ($0.capacity, $0.protected) = (1, 0.5) }
        let all = try #require(balancing.capacity(sequences: Array(0..<1000)))
        #expect(all.devices == 4 && (450..<550).contains(all.protectedSpans.count))
        #expect(balancing.capacity(sequences: [7, 8]) == balancing.capacity(sequences: [7, 8]))
        #expect(try self.balancing().capacity(sequences: [1]) == nil)
        let whole = try pass(balancing.observer())
        let loose = try pass(balancing.observer(), capacity: .init(factor: 4, devices: 4))
        let tight = try pass(balancing.observer(), capacity: .init(factor: 0.5, devices: 4))
        let protected = try pass(balancing.observer(), capacity: .init(factor: 0.5, devices: 4, protectedSpans: [1]))
        #expect(loose.hidden.floats == whole.hidden.floats && tight.hidden.floats != whole.hidden.floats)
        let rows = 25..<40
        #expect(protected.hidden.slice(rows).floats == whole.hidden.slice(rows).floats)
        #expect(tight.hidden.slice(rows).floats != whole.hidden.slice(rows).floats)
    }

    /// Dropped slots give no derivatives, and the others' are finite.
    @Test func droppedTokensTeachNothing() throws {
        let (hidden, tape) = try pass(balancing().observer(), capacity: .init(factor: 0.4, devices: 12))
        let ones = Tensor([Float](repeating: 1, count: hidden.shape.count), shape: hidden.shape)
        let gradients = tape.gradients(of: hidden, ones)
        for entry in model.tensors {
            #expect(gradients[entry.tensor].floats.allSatisfy { $0.isFinite }, "\(entry.name)")
        }
    }
}

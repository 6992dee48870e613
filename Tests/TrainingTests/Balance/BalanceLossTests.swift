import Checkpoints
import Files
import Foundation
import TestSupport
import Testing

@testable import Models
@testable import Tensors
@testable import Training

/// Losses on the use of experts, beside the papers' formulas in double precision.
@Suite struct BalanceLossTests {
    /// Two sequences of 7 and 5 tokens, which choose 3 of 8 experts on 4 devices, 2 devices at most.
    private struct Case {
        let experts = 8
        let perToken = 3
        let spans = [0..<7, 7..<12]
        let logits: Tensor
        let chosen: [Int32]
        let isSigmoid: Bool

        init(isSigmoid: Bool) {
            var numbers = SeededValues(seed: isSigmoid ? 11 : 12)
            logits = numbers.tensor([12, 8], in: -2...2)
            // Any choice will do; not that of the scores, as if a bias had helped.
            chosen = (0..<12).flatMap { token in
                let start = numbers.integers(1, below: 3)[0]
                return [start, start + 2 + token % 2, start + 5].map { Int32($0) }
            }
            self.isSigmoid = isSigmoid
        }

        func routing(_ operations: any Operations) -> Routing {
            let scores = isSigmoid ? operations.sigmoid(logits) : operations.softmax(logits)
            return Routing(
                layer: 1, scores: scores, experts: chosen,
                spans: spans.map { Step.Span(rows: $0, firstPosition: 0, cache: nil) })
        }

        func scores(_ logits: [Double]) -> [[Double]] {
            (0..<12).map { token in
                let row = logits[token * 8..<(token + 1) * 8]
                if isSigmoid { return row.map { 1 / (1 + exp(-$0)) } }
                let sum = row.map { exp($0) }.reduce(0, +)
                return row.map { exp($0) / sum }
            }
        }

        /// The loss of one sequence, by the words of the papers.
        func loss(_ loss: BalanceLoss, _ logits: [Double], _ rows: Range<Int>) -> Double {
            var s = Array(scores(logits)[rows])
            let count = Double(s.count)
            let choices = rows.map { token in chosen[token * 3..<token * 3 + 3].map(Int.init) }
            let ranked = s.map { row in row.indices.sorted { row[$0] > row[$1] } }
            if loss == .sequence { s = s.map { row in row.map { $0 / row.reduce(0, +) } } }
            let p = (0..<8).map { expert in s.reduce(0) { $0 + $1[expert] } / count }
            func f(_ choices: [[Int]], _ k: Double) -> [Double] {
                (0..<8).map { expert in 8 / (k * count) * Double(choices.count { $0.contains(expert) }) }
            }
            let devices = (0..<4).map { [2 * $0, 2 * $0 + 1] }
            func sum(_ f: [Double], _ p: [Double]) -> Double { zip(f, p).reduce(0) { $0 + $1.0 * $1.1 } }
            let deviceP = devices.map { p[$0[0]] + p[$0[1]] }
            switch loss {
            case .expert: return sum(f(choices, 3), p)
            case .sequence: return sum(f(ranked.map { Array($0[..<3]) }, 3), p)
            case .firstChoice: return sum(f(ranked.map { [$0[0]] }, 1), p)
            case .device: return sum(devices.map { (f(choices, 3)[$0[0]] + f(choices, 3)[$0[1]]) / 2 }, deviceP)
            case .communication:
                let sent = devices.map { own in choices.count { $0.contains(own[0]) || $0.contains(own[1]) } }
                return sum(sent.map { 4 / (2 * count) * Double($0) }, deviceP)
            }
        }

        /// The mean over sequences, by their lengths, or that of the whole.
        func loss(_ loss: BalanceLoss, _ logits: [Double], over extent: BalanceSettings.Extent) -> Double {
            let isWhole = loss == .firstChoice || loss != .sequence && extent == .step
            if isWhole { return self.loss(loss, logits, 0..<12) }
            return spans.reduce(0) { $0 + self.loss(loss, logits, $1) * Double($1.count) / 12 }
        }
    }

    private func balancing(
        _ weights: [BalanceLoss: Double], over extent: BalanceSettings.Extent = .sequence
    ) throws -> ExpertBalancing {
        var settings = BalanceSettings()
        (settings.weights, settings.over) = (weights, extent)
        (settings.devices, settings.devicesPerToken) = (4, 2)
        return try ExpertBalancing(settings, configuration(experts: 8, perToken: 3), source: "recipe")
    }

    private func configuration(experts: Int, perToken: Int) throws -> DecoderConfiguration {
        var configuration = try DecoderConfiguration(of: openCheckpoint(at: Fixture.path("text/deepseek-moe")))
        configuration.mixture?.expertCount = experts
        configuration.mixture?.expertsPerToken = perToken
        return configuration
    }

    @Test(arguments: BalanceLoss.allCases, [true, false])
    func derivativesAreCentralDifferences(_ loss: BalanceLoss, _ isSigmoid: Bool) throws {
        let routed = Case(isSigmoid: isSigmoid)
        let values = routed.logits.floats.map(Double.init)
        for extent in BalanceSettings.Extent.allCases {
            let operations = RecordingOperations(ReferenceOperations(), tape: Tape())
            let observer = try balancing([loss: 0.5], over: extent).observer()
            observer.observe(routed.routing(operations), operations)
            let expected = routed.loss(loss, values, over: extent)
            let found = try #require(observer.values["balance." + loss.rawValue])
            #expect(abs(found - expected) < 1e-6, "\(found), \(expected)")
            let gradients = Gradients()
            operations.tape.addGradients(of: [], to: gradients)
            let gradient = gradients[routed.logits].floats
            for place in values.indices {
                let slope = [1e-4, -1e-4].map { step in
                    var moved = values
                    moved[place] += step
                    return routed.loss(loss, moved, over: extent)
                }
                let difference = 0.5 * (slope[0] - slope[1]) / 2e-4
                #expect(abs(Double(gradient[place]) - difference) < 1e-6, "\(extent), \(place)")
            }
            #expect(gradient.contains { abs($0) > 1e-4 })
        }
    }

    /// `training/balance` was recorded from PyTorch: ten tokens that choose 2 of 8 experts, weight 0.003.
    @Test(arguments: ["softmax", "sigmoid"]) func sequencesAreThoseOfTheReference(_ scoring: String) throws {
        let golden = try RecordedTensors(path: Fixture.path("training/balance"))
        let logits = try golden.tensor("logits").decoded()
        let operations = RecordingOperations(ReferenceOperations(), tape: Tape())
        let scores = scoring == "softmax" ? operations.softmax(logits) : operations.sigmoid(logits)
        var settings = BalanceSettings()
        settings.weights = [.sequence: 0.003]
        let balancing = try ExpertBalancing(settings, configuration(experts: 8, perToken: 2), source: "recipe")
        let observer = balancing.observer()
        observer.observe(
            Routing(
                layer: 0, scores: scores, experts: [Int32](repeating: 7, count: 20),
                spans: [.init(rows: 0..<10, firstPosition: 0, cache: nil)]), operations)
        let loss = try Double(golden.tensor(scoring + ".loss").floats[0])
        let found = try #require(observer.values["balance.sequence"])
        #expect(abs(0.003 * found - loss) < 1e-6 * loss)
        let gradients = Gradients()
        operations.tape.addGradients(of: [], to: gradients)
        let expected = try golden.tensor(scoring + ".gradient").floats
        let largest = expected.map(abs).max() ?? 0
        #expect(zip(gradients[logits].floats, expected).allSatisfy { abs($0 - $1) <= 1e-6 * largest })
    }

    @Test func evenChoicesAreOne() throws {
        let scores = Tensor([Float](repeating: 1 / 8, count: 64), shape: [8, 8])
        let chosen = (0..<8).flatMap { token in [token, (token + 3) % 8, (token + 6) % 8].map { Int32($0) } }
        for loss in [BalanceLoss.expert, .device, .sequence] {
            let operations = RecordingOperations(ReferenceOperations(), tape: Tape())
            let observer = try balancing([loss: 1]).observer()
            observer.observe(
                Routing(
                    layer: 0, scores: scores, experts: chosen,
                    spans: [.init(rows: 0..<8, firstPosition: 0, cache: nil)]), operations)
            #expect(abs((observer.values["balance." + loss.rawValue] ?? 0) - 1) < 1e-12)
            #expect(observer.values["maxViolation"] == 0 && observer.loads[0].counts == [Int](repeating: 3, count: 8))
        }
    }

    /// A batch in pieces has the derivatives of the whole.
    @Test func piecesAddUp() throws {
        let routed = Case(isSigmoid: true)
        let balancing = try balancing([.expert: 0.1, .sequence: 0.2, .device: 0.3, .communication: 0.4])
        func gradient(_ pieces: [Range<Int>]) -> ([Float], [String: Double]) {
            let observer = balancing.observer(batchTokens: 12)
            let gradients = Gradients()
            for rows in pieces {
                let operations = RecordingOperations(ReferenceOperations(), tape: Tape())
                let scores = operations.sigmoid(routed.logits.slice(rows))
                let spans = routed.spans.filter { rows.contains($0.lowerBound) }.map {
                    Step.Span(
                        rows: $0.lowerBound - rows.lowerBound..<$0.upperBound - rows.lowerBound, firstPosition: 0,
                        cache: nil)
                }
                let chosen = Array(routed.chosen[rows.lowerBound * 3..<rows.upperBound * 3])
                observer.observe(Routing(layer: 1, scores: scores, experts: chosen, spans: spans), operations)
                operations.tape.addGradients(of: [], to: gradients)
            }
            return (gradients[routed.logits].floats, observer.values)
        }
        let (whole, parts) = (gradient([0..<12]), gradient(routed.spans))
        #expect(zip(whole.0, parts.0).allSatisfy { abs($0 - $1) < 1e-7 })
        #expect(whole.1.keys == parts.1.keys && whole.1.allSatisfy { abs($0.value - (parts.1[$0.key] ?? 0)) < 1e-12 })
    }

    @Test func devicesShareExpertsEvenly() throws {
        var settings = BalanceSettings()
        settings.devices = 3
        let error = #expect(throws: InputError.self) {
            try ExpertBalancing(settings, configuration(experts: 8, perToken: 2), source: "recipe")
        }
        #expect(error?.field == "balance.devices")
    }

    @Test func settingsAreRead() throws {
        let section = try RecipeSection(
            yaml: "expert: 0.003\ndevice: 0.05\nsequence: 0\nover: step\nbiasUntil: 0.9\ncapacity: 1", source: "r")
        let settings = try BalanceSettings(section)
        try section.finish()
        #expect(settings.weights == [.expert: 0.003, .device: 0.05] && settings.over == .step)
        #expect(settings.biasUntil == 0.9 && settings.capacity == 1 && settings.devices == nil)
        #expect(throws: InputError.self) { try BalanceSettings(RecipeSection(yaml: "expert: -1", source: "r")) }
    }
}

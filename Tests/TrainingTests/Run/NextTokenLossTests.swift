import Checkpoints
import Files
import Foundation
import Models
import TestSupport
import Testing

@testable import Tensors
@testable import Training

@Suite struct NextTokenLossTests {
    private func checkpoint(_ name: String) throws -> TrainableCheckpoint {
        try TrainableCheckpoint(decoding: openCheckpoint(at: Fixture.path("text/\(name)")))
    }

    private let operations = CPUOperations(kernels: .fastest, pool: ThreadPool(threads: 2), arithmetic: .exact)

    /// Sequences of unequal lengths, with borders of documents and tokens that teach nothing.
    private var batch: [TrainingSequence] {
        func tokens(_ count: Int, _ factor: Int) -> [Int32] { (0..<count).map { Int32(($0 * factor + 7) % 97) } }
        var masked = tokens(12, 31).map { Optional($0) }
        for index in [0, 1, 5, 11] { masked[index] = nil }
        return [
            .init(tokens: tokens(9, 13), targets: tokens(9, 29)),
            .init(tokens: tokens(12, 17), targets: masked, spans: [0..<5, 5..<6, 6..<12]),
            .init(tokens: tokens(1, 19), targets: [3]),
            .init(tokens: tokens(6, 23), targets: tokens(6, 41), spans: [0..<3, 3..<6]),
        ]
    }

    /// In one piece or in several: the same sums, and the same gradients up to rounding.
    @Test(arguments: ["llama-mha", "v3"]) func piecesGiveTheGradientsOfTheWhole(_ name: String) throws {
        let checkpoint = try checkpoint(name)
        let model = LearningModel(try Decoder(checkpoint), operations: operations)
        let loss = NextTokenLoss(predictionWeight: 0.3)
        let totals = loss.targetCounts(batch, model.decoder)
        #expect(totals == (name == "v3" ? [24, 19] : [24]))
        let (whole, parts) = (Gradients(), Gradients())
        let sums = try loss(batch, model, totals: totals, addingTo: whole)
        var sum = NextTokenLoss.Sums(layers: totals.count)
        for sequence in batch { sum.add(try loss([sequence], model, totals: totals, addingTo: parts)) }
        #expect(sums.counts == totals && sum.counts == totals)
        for (a, b) in zip(sums.losses, sum.losses) { #expect(abs(a - b) < 1e-5 * a) }
        // Sums of some hundred f32 products in another order.
        for entry in checkpoint.tensors {
            let (a, b) = (whole[entry.tensor].floats, parts[entry.tensor].floats)
            let largest = a.map(abs).max() ?? 0
            #expect(zip(a, b).allSatisfy { abs($0 - $1) <= 1e-5 * largest + 1e-9 }, "\(entry.name)")
        }
    }

    /// A document's loss does not depend on what else stands in the sequence.
    @Test func documentsDoNotSeeEachOther() throws {
        let model = LearningModel(try Decoder(checkpoint("v3")), operations: operations)
        let loss = NextTokenLoss(predictionWeight: 0.3)
        let sequence = batch[1]
        func sums(_ sequences: [TrainingSequence]) throws -> NextTokenLoss.Sums {
            try loss(sequences, model, totals: loss.targetCounts(sequences, model.decoder))
        }
        let together = try sums([sequence])
        let apart = try sums(
            sequence.spans.map { .init(tokens: Array(sequence.tokens[$0]), targets: Array(sequence.targets[$0])) })
        #expect(together.counts == apart.counts)
        for (a, b) in zip(together.losses, apart.losses) { #expect(abs(a - b) < 1e-5 * a) }
        let open = try sums([.init(tokens: sequence.tokens, targets: sequence.targets)])
        #expect(abs(open.losses[0] - apart.losses[0]) > 1e-3)
    }

    /// Along the gradient the whole loss, prediction layers included, grows by the gradient's square.
    @Test func lossGrowsAlongTheGradient() throws {
        let checkpoint = try checkpoint("v3")
        let model = LearningModel(try Decoder(checkpoint), operations: ReferenceOperations())
        let loss = NextTokenLoss(predictionWeight: 0.3)
        let totals = loss.targetCounts(batch, model.decoder)
        let gradients = Gradients()
        _ = try loss(batch, model, totals: totals, addingTo: gradients)
        let square = pow(GradientNorm.norm(of: checkpoint.tensors.map { gradients[$0.tensor] }), 2)
        let step = 1e-3 / square.squareRoot()
        func value(_ factor: Double) throws -> Double {
            func move(_ factor: Double) {
                for entry in checkpoint.tensors { entry.tensor.accumulate(gradients[entry.tensor], by: Float(factor)) }
            }
            move(factor)
            defer { move(-factor) }
            let sums = try loss(batch, model, totals: totals)
            return sums.loss + 0.3 * (sums.predictionLoss ?? 0)
        }
        // A choice of experts that changes between both ends is a jump, which a shorter way does not meet.
        let slopes = try [1.0, 0.3, 0.1, 0.03].map { part in
            try (value(part * step) - value(-part * step)) / (2 * part * step)
        }
        #expect(slopes.contains { abs($0 - square) < 0.01 * square }, "\(slopes), \(square)")
    }

    @Test func tokensOutsideOfTheVocabularyAreRefused() throws {
        let model = LearningModel(try Decoder(checkpoint("v3")), operations: operations)
        for (token, target) in [(Int32(256), Int32(0)), (0, 256), (-1, 0), (0, -1)] {
            let sequence = TrainingSequence(tokens: [token], targets: [target])
            #expect(throws: InputError.self) {
                try NextTokenLoss(predictionWeight: 0)([sequence], model, totals: [1])
            }
        }
    }
}

import Checkpoints
import Files
import Foundation
import Models
import Synchronization
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

    /// The experts that were chosen, in order.
    private final class Choices: RoutingObserver {
        private let made = Mutex<[Int32]>([])
        func observe(_ routing: Routing, _ operations: any Operations) { made.withLock { $0 += routing.experts } }
        func take() -> [Int32] {
            made.withLock { made in
                defer { made = [] }; return made
            }
        }
    }

    /// Moves some tensors along their gradients, and gives the slope of the loss there: by central differences, and as the square
    /// of the gradient. Fails if an expert is chosen on one side only: the loss then jumps, and has no slope.
    private func slopes(
        _ tensors: [TensorEntry], _ gradients: Gradients, distance: Double, _ loss: NextTokenLoss, _ decoder: Decoder
    ) throws -> (found: Double, expected: Double) {
        let choices = Choices()
        let model = LearningModel(decoder, operations: ReferenceOperations(), routing: choices)
        let totals = loss.targetCounts(batch, decoder)
        let square = pow(GradientNorm.norm(of: tensors.map { gradients[$0.tensor] }), 2)
        let step = distance / square.squareRoot()
        let values = tensors.map { $0.tensor.floats }
        func value(_ factor: Double) throws -> (loss: Double, choices: [Int32]) {
            for entry in tensors { entry.tensor.accumulate(gradients[entry.tensor], by: Float(factor)) }
            defer { for (entry, values) in zip(tensors, values) { entry.tensor.fill(values) } }
            let sums = try loss(batch, model, totals: totals)
            return (sums.loss + loss.predictionWeight * (sums.predictionLoss ?? 0), choices.take())
        }
        let (above, below) = (try value(step), try value(-step))
        #expect(above.choices == below.choices, "\(tensors.map(\.name))")
        return ((above.loss - below.loss) / (2 * step), square)
    }

    private func gradients(_ loss: NextTokenLoss, _ decoder: Decoder) throws -> Gradients {
        let gradients = Gradients()
        let model = LearningModel(decoder, operations: ReferenceOperations())
        _ = try loss(batch, model, totals: loss.targetCounts(batch, decoder), addingTo: gradients)
        return gradients
    }

    /// Every parameter by itself, in a model whose only mixture is its prediction layer: along its gradient the loss, prediction
    /// layers included, grows by the gradient's square. λ = 3 gives the prediction layer the larger part.
    @Test(arguments: [0.3, 3]) func lossGrowsAlongEachGradient(_ weight: Double) throws {
        let text = try String(contentsOfFile: Fixture.path("text/v3/config.json"), encoding: .utf8)
            .replacing("\"first_k_dense_replace\": 1", with: "\"first_k_dense_replace\": 3")
        let fields = try #require(JSONParser.parse(text, source: "config.json").object)
        let checkpoint = TrainableCheckpoint(
            try InitializedCheckpoint(fields, source: "config.json", deviation: 0.2, seed: 5))
        let decoder = try Decoder(checkpoint)
        #expect(decoder.predictionDepth == 1)
        let loss = NextTokenLoss(predictionWeight: weight)
        let gradients = try gradients(loss, decoder)
        for entry in checkpoint.tensors where !entry.name.hasSuffix("e_score_correction_bias") {
            // Sums of f32 leave 1e-4 of the shortest gradients; the loss bends by less over this distance.
            let (found, expected) = try slopes([entry], gradients, distance: 1e-3, loss, decoder)
            #expect(expected > 0 && abs(found - expected) < 0.003 * expected, "\(entry.name): \(found), \(expected)")
        }
    }

    /// All parameters together, where every layer but the first is a mixture.
    @Test func lossOfAMixtureGrowsAlongTheGradient() throws {
        let checkpoint = try checkpoint("v3")
        let decoder = try Decoder(checkpoint)
        let loss = NextTokenLoss(predictionWeight: 0.3)
        let gradients = try gradients(loss, decoder)
        // Three times as far the choice of an expert changes on one side, and the difference is 566 instead of 426.
        let (found, expected) = try slopes(checkpoint.tensors, gradients, distance: 3e-4, loss, decoder)
        #expect(abs(found - expected) < 0.001 * expected, "\(found), \(expected)")
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

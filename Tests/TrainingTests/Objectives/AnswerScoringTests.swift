import Files
import Foundation
import Models
import Tensors
import Testing

@testable import Training

@Suite struct AnswerScoringTests {
    private static let sequences = [
        AnsweredSequence(prompt: [7, 92, 19], answer: [14, 29, 86, 31]),
        AnsweredSequence(prompt: [74], answer: [40]), AnsweredSequence(prompt: [5, 6], answer: [88, 92, 43, 2, 9, 9]),
    ]

    /// From the logits of each sequence alone.
    private func plain(_ small: SmallModel, _ sequence: AnsweredSequence, _ temperature: Double) throws -> [Double] {
        let decoder = small.model.decoder
        let step = try decoder.step(
            [.init(tokens: sequence.tokens, cache: nil)], operations: small.model.operations, form: .expanded)
        let logits = decoder.logits(try decoder(step), small.model.operations)
        return (sequence.answerStart..<sequence.tokens.count).map { place in
            let row = logits.slice(place - 1..<place).floats.map { Double($0) / temperature }
            return row[Int(sequence.tokens[place])] - log(row.reduce(0) { $0 + exp($1) })
        }
    }

    @Test(arguments: ["llama-mha", "v3"]) func scoresAreLogarithmsOfProbabilities(_ name: String) throws {
        let small = try SmallModel(name)
        for temperature in [1, 0.7] as [Float] {
            for tokensAtOnce in [1, 8, 100] {
                var scoring = AnswerScoring(temperature: temperature, tokensAtOnce: tokensAtOnce)
                scoring.logitsAtOnce = 600
                let scores = try scoring.scores(of: Self.sequences, by: small.model)
                for (sequence, score) in zip(Self.sequences, scores) {
                    let expected = try plain(small, sequence, Double(temperature))
                    #expect(score.logProbabilities.count == sequence.answer.count)
                    #expect(zip(score.logProbabilities, expected).allSatisfy { abs(Double($0) - $1) < 1e-5 })
                }
            }
        }
    }

    /// The mean next-token loss has slopes of −1 / tokens.
    @Test(arguments: ["llama-mha", "v3"]) func gradientsOfAWholeTextAreThoseOfItsLoss(_ name: String) throws {
        let small = try SmallModel(name)
        let tokens: [Int32] = [7, 92, 19, 14, 29, 86, 31, 74, 40]
        let expected = try LossGradients(small.checkpoint, tokens: tokens, operations: small.model.operations)
        let gradients = Gradients()
        var scoring = AnswerScoring()
        scoring.logitsAtOnce = 600
        let sequence = AnsweredSequence(prompt: [tokens[0]], answer: Array(tokens.dropFirst()))
        try scoring.addGradients(of: [[sequence]], by: small.model, to: gradients) { _, scores in
            [AnswerSlopes(byLogProbability: scores[0].logProbabilities.map { _ in -1 / Float(tokens.count - 1) })]
        }
        for (entry, (name, wanted)) in zip(small.checkpoint.tensors, expected.tensors) {
            let (found, wanted) = (gradients[entry.tensor].floats, wanted.floats)
            let largest = wanted.map(abs).max() ?? 0
            #expect(zip(found, wanted).allSatisfy { abs($0 - $1) <= 1e-4 * largest }, "\(name)")
        }
    }

    /// Σ slope · log π moves as its gradient says, at any temperature and however the work is cut up.
    @Test(arguments: [1, 7, 100]) func sumsMoveAlongTheirGradient(_ tokensAtOnce: Int) throws {
        let small = try SmallModel("v3")
        let scoring = AnswerScoring(temperature: 0.7, tokensAtOnce: tokensAtOnce)
        func slope(_ unit: Int, _ place: Int) -> Float { Float((unit * 5 + place * 3) % 7 - 3) / 8 }
        func sum() throws -> Double {
            try scoring.scores(of: Self.sequences, by: small.model).enumerated().reduce(0) { sum, score in
                score.element.logProbabilities.enumerated().reduce(sum) {
                    $0 + Double(slope(score.offset, $1.offset) * $1.element)
                }
            }
        }
        let gradients = Gradients()
        try scoring.addGradients(of: Self.sequences.map { [$0] }, by: small.model, to: gradients) { unit, scores in
            [AnswerSlopes(byLogProbability: scores[0].logProbabilities.indices.map { slope(unit, $0) })]
        }
        let square = small.checkpoint.tensors.reduce(0.0) {
            $0 + (gradients.known($1.tensor)?.floats ?? []).reduce(0.0) { $0 + Double($1) * Double($1) }
        }
        // Short enough that no token changes its experts on the way.
        let rate = Float(1e-4 / square.squareRoot())
        small.descend(gradients, rate: rate)
        let low = try sum()
        small.descend(gradients, rate: -2 * rate)
        let growth = (try sum() - low) / (2 * Double(rate))
        #expect(abs(growth / square - 1) < 0.001, "\(growth) of \(square)")
    }

    @Test func valuesHaveGradients() throws {
        let small = try SmallModel()
        var scoring = AnswerScoring()
        let head = ValueHead(hidden: small.model.decoder.configuration.hiddenSize)
        scoring.valueHead = head
        #expect(try scoring.scores(of: Self.sequences, by: small.model)[2].values == [0, 0, 0, 0, 0, 0])
        let gradients = Gradients()
        try scoring.addGradients(of: [[Self.sequences[0]]], by: small.model, to: gradients) { _, _ in
            [AnswerSlopes(byLogProbability: [0, 0, 0, 0], byValue: [1, 0, 2, 0])]
        }
        #expect(gradients[head.bias].floats == [3])
        // Values are linear in the head: one step along the gradient changes V₀ + 2·V₂ by its square.
        let square = head.entries.reduce(Float(0)) { $0 + gradients[$1.tensor].floats.reduce(0) { $0 + $1 * $1 } }
        small.descend(gradients, rate: 0)
        for entry in head.entries {
            let gradient = gradients[entry.tensor].floats
            entry.tensor.withMutableFloats { for place in $0.indices { $0[place] += gradient[place] } }
        }
        let values = try scoring.scores(of: [Self.sequences[0]], by: small.model)[0].values
        #expect(abs(values[0] + 2 * values[2] - square) < 1e-4 * square)
    }

    @Test func pairsStayTogether() {
        let scoring = AnswerScoring(tokensAtOnce: 9)
        let units = [[Self.sequences[0], Self.sequences[1]], [Self.sequences[1]], [Self.sequences[2]]]
        // 7 tokens, 1, and 7.
        #expect(scoring.parts(units) == [0..<2, 2..<3] && scoring.parts([]) == [])
    }

    @Test func spoiledModelsAreErrors() throws {
        let small = try SmallModel()
        small.checkpoint.tensors[0].tensor.withMutableFloats { for place in $0.indices { $0[place] = .nan } }
        #expect(throws: InputError.self) { try AnswerScoring().scores(of: Self.sequences, by: small.model) }
        let stray = AnsweredSequence(prompt: [1], answer: [300, 2])
        #expect(throws: InputError.self) { try AnswerScoring().scores(of: [stray], by: SmallModel().model) }
    }
}

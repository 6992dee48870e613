import Files
import Foundation
import Models
import Tensors

/// A sequence of which some consecutive tokens are an answer: the ones that probabilities are asked for.
package struct AnsweredSequence: Sendable, Equatable, Codable {
    package let tokens: [Int32]
    /// Where the answer starts; at least one token stands before it.
    package let answerStart: Int

    /// - Precondition: a token before the answer, which may be empty.
    package init(prompt: [Int32], answer: [Int32]) {
        precondition(!prompt.isEmpty, "an answer follows something")
        (tokens, answerStart) = (prompt + answer, prompt.count)
    }

    package var answer: ArraySlice<Int32> { tokens[answerStart...] }
    /// What goes through the model: everything but the last token, after which nothing is asked.
    var read: [Int32] { Array(tokens.dropLast()) }
}

/// What a model says of an answer, token by token.
package struct AnswerScore: Sendable, Equatable {
    /// log π of each token of the answer.
    package var logProbabilities: [Float]
    /// What the value head expects before each; empty without one.
    package var values: [Float] = []
}

/// How a loss changes with an answer's score, token by token.
package struct AnswerSlopes: Sendable {
    package var byLogProbability: [Float]
    package var byValue: [Float] = []

    package init(byLogProbability: [Float], byValue: [Float] = []) {
        (self.byLogProbability, self.byValue) = (byLogProbability, byValue)
    }
}

/// Log-probabilities of answers, and their derivatives.
///
/// Sequences go through the model side by side, one span each, in parts of a bounded number of tokens; logits are made of the
/// answers' rows only, a bounded number at a time, and made again for the derivatives, so that a large vocabulary costs time
/// and not memory.
package struct AnswerScoring: Sendable {
    /// T: probabilities are softmax(logits / T), as they were when the answer was drawn; 1 for texts of others.
    package var temperature: Float = 1
    /// The most tokens that go through the model at once, one longer sequence aside.
    package var tokensAtOnce = 4096
    /// The most logits in memory at once.
    package var logitsAtOnce = 1 << 23
    /// What guesses the reward to come; none for most.
    package var valueHead: ValueHead?

    package init(temperature: Float = 1, tokensAtOnce: Int = 4096) {
        (self.temperature, self.tokensAtOnce) = (temperature, tokensAtOnce)
    }

    /// The scores of all sequences, nothing being recorded.
    /// - Throws: `InputError` for tokens outside of the vocabulary, or a model whose output is not finite.
    package func scores(of sequences: [AnsweredSequence], by model: LearningModel) throws -> [AnswerScore] {
        try parts(sequences.map { [$0] }).flatMap { part in
            try forward(Array(sequences[part]), model, on: nil).scores
        }
    }

    /// Adds the derivatives of a loss that is a sum over units: answers that are judged together, such as a pair.
    /// - Parameter slopes: of the unit with this index, given its scores.
    /// - Throws: as `scores(of:by:)`, and what `slopes` throws.
    package func addGradients(
        of units: [[AnsweredSequence]], by model: LearningModel, to gradients: Gradients,
        slopes: (Int, [AnswerScore]) throws -> [AnswerSlopes]
    ) throws {
        for part in parts(units) {
            let tape = Tape()
            let pass = try forward(units[part].flatMap(\.self), model, on: tape)
            var (found, next) = ([AnswerSlopes](), 0)
            for index in part {
                found += try slopes(index, Array(pass.scores[next..<next + units[index].count]))
                next += units[index].count
            }
            try pass.addGradients(found, tape: tape, to: gradients)
        }
    }

    /// Consecutive units that go through the model together.
    func parts(_ units: [[AnsweredSequence]]) -> [Range<Int>] {
        var (parts, tokens) = ([Range<Int>](), 0)
        for (index, unit) in units.enumerated() {
            let count = unit.reduce(0) { $0 + $1.read.count }
            if let last = parts.last, tokens + count <= tokensAtOnce {
                parts[parts.count - 1] = last.lowerBound..<index + 1
                tokens += count
            } else {
                parts.append(index..<index + 1)
                tokens = count
            }
        }
        return parts
    }

    private func forward(
        _ sequences: [AnsweredSequence], _ model: LearningModel, on tape: Tape?
    ) throws -> ScoringPass {
        let continuations = sequences.map { Decoder.Continuation(tokens: $0.read, cache: nil) }
        let step =
            try tape.map { try model.recordedStep(continuations, on: $0) }
            ?? model.decoder.step(continuations, operations: model.operations, form: .expanded)
        let operations = step.operations
        var indices: [Int32] = []
        for (sequence, span) in zip(sequences, step.spans) {
            indices += (span.rows.lowerBound + sequence.answerStart - 1..<span.rows.upperBound).map { Int32($0) }
        }
        let rows = operations.gatherRows(try model.decoder(step), indices)
        return try ScoringPass(sequences, rows: rows, model, scoring: self, operations)
    }
}

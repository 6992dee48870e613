import Files
import Foundation
import Models
import Tensors

/// Answers that went through a model together: their scores, and the way back from slopes to gradients.
struct ScoringPass {
    private(set) var scores: [AnswerScore] = []
    private let model: LearningModel
    private let temperature: Double
    /// Rows of logits that are made at once.
    private let rowsAtOnce: Int
    /// The states from which the answers' tokens are guessed, all answers one below another, [m, hidden].
    private let rows: Tensor
    /// The tokens that were chosen there.
    private let tokens: [Int32]
    /// What the value head made of the rows, [m, 1].
    private let values: Tensor?

    /// - Throws: `InputError` if a log-probability or value is not finite.
    init(
        _ sequences: [AnsweredSequence], rows: Tensor, _ model: LearningModel, scoring: AnswerScoring,
        _ operations: any Operations
    ) throws {
        (self.model, self.rows, tokens) = (model, rows, sequences.flatMap(\.answer))
        temperature = Double(scoring.temperature)
        rowsAtOnce = max(1, scoring.logitsAtOnce / max(model.decoder.configuration.vocabularySize, 1))
        values = tokens.isEmpty ? nil : scoring.valueHead.map { $0.values(rows, operations) }
        let logs = chunks.flatMap { chunk in
            let logits = model.decoder.logits(rows.slice(chunk), model.operations)
            return chunk.map { row in logarithm(of: tokens[row], logits, row - chunk.lowerBound) }
        }
        try check(logs + (values?.floats ?? []))
        var next = 0
        for sequence in sequences {
            let range = next..<next + sequence.answer.count
            scores.append(
                AnswerScore(logProbabilities: Array(logs[range]), values: values.map { Array($0.floats[range]) } ?? []))
            next = range.upperBound
        }
    }

    private var chunks: [Range<Int>] {
        stride(from: 0, to: tokens.count, by: rowsAtOnce).map { $0..<min($0 + rowsAtOnce, tokens.count) }
    }

    private func check(_ numbers: [Float]) throws {
        if let stray = numbers.first(where: { !$0.isFinite }) {
            throw InputError(
                .invalidValue, source: "the model's output", field: "log-probability", found: "found \(stray)",
                expected: "a finite number", advice: "lower the learning rate, or start from an earlier checkpoint")
        }
    }

    /// Goes back through everything on `tape`, from how a loss changes with the scores.
    func addGradients(_ slopes: [AnswerSlopes], tape: Tape, to gradients: Gradients) throws {
        precondition(slopes.map(\.byLogProbability.count) == scores.map(\.logProbabilities.count))
        let flat = slopes.flatMap(\.byLogProbability)
        for chunk in chunks where flat[chunk].contains(where: { $0 != 0 }) {
            let head = Tape()
            let logits = model.decoder.logits(
                rows.slice(chunk), RecordingOperations(model.operations, tape: head))
            let back = Tensor(uninitialized: logits.shape)
            for row in chunk { derive(row - chunk.lowerBound, logits, token: tokens[row], slope: flat[row], to: back) }
            head.addGradients(of: [(logits, back)], to: gradients)
        }
        let outputs = values.map { values in
            [(tensor: values, gradient: Tensor(slopes.flatMap(\.byValue), shape: values.shape))]
        }
        tape.addGradients(of: outputs ?? [], to: gradients)
    }

    /// log softmax(logits / T) at the token, summed in double precision.
    private func logarithm(of token: Int32, _ logits: Tensor, _ row: Int) -> Float {
        logits.withFloats { values in
            let values = values[row * logits.shape.width..<(row + 1) * logits.shape.width]
            let (largest, sum) = ScoringPass.powers(values, temperature)
            return Float((Double(values[values.startIndex + Int(token)]) - largest) / temperature - log(sum))
        }
    }

    /// ∂ log softmax(z / T)ₜ / ∂z = (1 at t − softmax(z / T)) / T.
    private func derive(_ row: Int, _ logits: Tensor, token: Int32, slope: Float, to back: Tensor) {
        let range = row * logits.shape.width..<(row + 1) * logits.shape.width
        logits.withFloats { values in
            back.withMutableFloats { back in
                let (largest, sum) = ScoringPass.powers(values[range], temperature)
                let factor = Double(slope) / temperature
                for place in range {
                    back[place] = Float(-factor * exp((Double(values[place]) - largest) / temperature) / sum)
                }
                back[range.lowerBound + Int(token)] += Float(factor)
            }
        }
    }

    /// The largest z, and Σ exp((z − largest) / T).
    private static func powers(
        _ values: Slice<UnsafeBufferPointer<Float>>, _ temperature: Double
    ) -> (largest: Double, sum: Double) {
        let largest = Double(values.max() ?? 0)
        return (largest, values.reduce(0.0) { $0 + exp((Double($1) - largest) / temperature) })
    }
}

import Models
import Tensors

/// The loss of predicting each next token, with that of the prediction layers; DeepSeek-V3 (arXiv 2412.19437) §2.2.
///
/// Symbols as there: D prediction layers; layer k reads the state of token i and the token i + k, and predicts token
/// i + k + 1. L = L₀ + λ/D · Σₖ Lₖ (eq. 25). L₀ is the mean over all tokens of a batch that have a target, Lₖ the mean over
/// those that have one k tokens later in the same document; so a batch in pieces has the gradients of the whole one.
package struct NextTokenLoss: Sendable {
    /// λ; 0 leaves prediction layers as they are.
    package let predictionWeight: Double

    package init(predictionWeight: Double) { self.predictionWeight = predictionWeight }

    /// Sums of −log p over targets, for the main model first and then each prediction layer.
    package struct Sums: Sendable, Equatable {
        package var losses: [Double]
        package var counts: [Int]

        package init(layers: Int) {
            (losses, counts) = (Array(repeating: 0, count: layers), Array(repeating: 0, count: layers))
        }

        /// The mean of the main model.
        package var loss: Double { losses[0] / Double(max(counts[0], 1)) }

        /// The mean over prediction layers of their means; `nil` without such layers.
        package var predictionLoss: Double? {
            let means = zip(losses, counts).dropFirst().map { $0 / Double(max($1, 1)) }
            return means.isEmpty ? nil : means.reduce(0, +) / Double(means.count)
        }

        package mutating func add(_ other: Sums) {
            for index in losses.indices {
                losses[index] += other.losses[index]
                counts[index] += other.counts[index]
            }
        }
    }

    /// How many targets the sequences have, for the main model and each prediction layer that takes part.
    package func targetCounts(_ sequences: [TrainingSequence], _ decoder: Decoder) -> [Int] {
        let depth = predictionWeight > 0 ? decoder.predictionDepth : 0
        let layout = SpanLayout(sequences)
        return (0...depth).map { k in layout.rows(k).count { layout.targets[$0 + k] != nil } }
    }

    /// The losses of some sequences; with their derivatives, if there is somewhere to add them.
    /// - Parameters:
    ///   - totals: the targets of the whole batch, of which these sequences may be a part, as `targetCounts` gives them.
    ///   - gradients: to add to; then operations are recorded.
    /// - Throws: `InputError` if a token or target is not in the vocabulary.
    package func callAsFunction(
        _ sequences: [TrainingSequence], _ model: LearningModel, totals: [Int], addingTo gradients: Gradients? = nil
    ) throws -> Sums {
        for sequence in sequences { try model.decoder.check(sequence.tokens + sequence.targets.compactMap(\.self)) }
        let tape = Tape()
        var judge = Judge(loss: self, model: model, tape: gradients == nil ? nil : tape, totals: totals)
        try judge.run(SpanLayout(sequences))
        if let gradients { tape.addGradients(of: judge.outputs, to: gradients) }
        return judge.sums
    }
}

/// The documents of some sequences, one below another.
private struct SpanLayout {
    let tokens: [Int32]
    let targets: [Int32?]
    private let spans: [Range<Int>]

    init(_ sequences: [TrainingSequence]) {
        tokens = sequences.flatMap(\.tokens)
        targets = sequences.flatMap(\.targets)
        var start = 0
        spans = sequences.flatMap { sequence in
            defer { start += sequence.tokens.count }
            return sequence.spans.filter { !$0.isEmpty }.map { start + $0.lowerBound..<start + $0.upperBound }
        }
    }

    /// The rows of each document that have k tokens after them in it.
    func spans(_ k: Int) -> [Range<Int>] {
        spans.filter { $0.count > k }.map { $0.lowerBound..<$0.upperBound - k }
    }

    func rows(_ k: Int) -> [Int] { spans(k).flatMap(\.self) }

    /// Where the rows of layer k stand among those of the layer before.
    func places(_ k: Int) -> [Int32] {
        var start = 0
        return spans(k - 1).flatMap { span in
            defer { start += span.count }
            return (start..<start + span.count - 1).map { Int32($0) }
        }
    }

    /// What layer k reads beside states: the tokens k later.
    func continuations(_ k: Int) -> [Decoder.Continuation] {
        spans(k).map { span in .init(tokens: Array(tokens[span.lowerBound + k..<span.upperBound + k]), cache: nil) }
    }
}

/// Goes through the layers that predict, and keeps what they say.
private struct Judge {
    let loss: NextTokenLoss
    let model: LearningModel
    /// What remembers; `nil` to look only.
    let tape: Tape?
    let totals: [Int]
    private(set) var sums: NextTokenLoss.Sums
    private(set) var outputs: [(tensor: Tensor, gradient: Tensor)] = []

    init(loss: NextTokenLoss, model: LearningModel, tape: Tape?, totals: [Int]) {
        (self.loss, self.model, self.tape, self.totals) = (loss, model, tape, totals)
        sums = NextTokenLoss.Sums(layers: totals.count)
    }

    private func step(_ continuations: [Decoder.Continuation]) throws -> Step {
        if let tape { return try model.recordedStep(continuations, on: tape) }
        return try model.decoder.step(continuations, operations: model.operations, form: .expanded)
    }

    mutating func run(_ layout: SpanLayout) throws {
        guard !layout.tokens.isEmpty else { return }
        let decoder = model.decoder
        let first = try step(layout.continuations(0))
        let operations = first.operations
        var states = try decoder(first)
        add(0, decoder.logits, states, layout.targets, operations)
        for k in 1..<totals.count where !layout.rows(k).isEmpty {
            states = try decoder.predict(
                depth: k - 1, after: operations.gatherRows(states, layout.places(k)), step(layout.continuations(k)))
            add(
                k, { decoder.predictionLogits(depth: k - 1, $0, $1) }, states,
                layout.rows(k).map { layout.targets[$0 + k] }, operations)
        }
    }

    private mutating func add(
        _ k: Int, _ head: (Tensor, any Operations) -> Tensor, _ states: Tensor, _ targets: [Int32?],
        _ operations: any Operations
    ) {
        let rows = targets.indices.filter { targets[$0] != nil }
        guard !rows.isEmpty else { return }
        // The head is the widest product: rows that teach nothing are left out.
        let chosen = rows.count == targets.count ? states : operations.gatherRows(states, rows.map { Int32($0) })
        let logits = head(chosen, operations)
        let result = CrossEntropy(replacing: logits, targets: rows.map { targets[$0] })
        sums.losses[k] += result.loss * Double(rows.count)
        sums.counts[k] += rows.count
        let weight = k == 0 ? 1 : loss.predictionWeight / Double(totals.count - 1)
        let factor = Float(weight * Double(rows.count) / Double(max(totals[k], 1)))
        if factor != 1 { operations.loops.scale(result.gradient, by: factor) }
        outputs.append((logits, result.gradient))
    }
}

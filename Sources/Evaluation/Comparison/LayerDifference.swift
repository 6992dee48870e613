import Generation
import Models
import Tensors

/// How far what one layer computed is from what the same layer of another model did.
package struct LayerOutcome: Sendable, Equatable, Codable {
    /// The residual state after the layer.
    package var state: RowDifference
    /// What attention added to it.
    package var attention: RowDifference
    /// What the feed-forward part or the mixture added to it.
    package var feedForward: RowDifference
    /// The part of the experts that both chose for a token; `nil` for layers without experts.
    package var sameExperts: Double?

    init(_ a: LayerRun, _ b: LayerRun) {
        state = RowDifference(a.state, b.state)
        attention = RowDifference(a.attention, b.attention)
        feedForward = RowDifference(a.feedForward, b.feedForward)
        sameExperts = LayerOutcome.share(of: a.experts, in: b.experts, tokens: a.state.shape[0])
    }

    /// Choices are in ascending order, as many for each token.
    private static func share(of a: [Int32]?, in b: [Int32]?, tokens: Int) -> Double? {
        guard let a, let b, a.count == b.count, !a.isEmpty else { return nil }
        let each = a.count / tokens
        let same = (0..<tokens).reduce(0) { sum, token in
            let range = token * each..<(token + 1) * each
            return sum + Set(a[range]).intersection(b[range]).count
        }
        return Double(same) / Double(a.count)
    }
}

/// One layer of two models.
package struct LayerDifference: Sendable, Equatable, Codable {
    /// The layer, counted from 0.
    package var layer: Int
    /// Each model on the states that its own layers made: what all layers so far lost together.
    package var accumulated: LayerOutcome
    /// Both on the first model's states: what this layer loses by itself.
    package var injected: LayerOutcome
}

/// What one layer of one model computed.
struct LayerRun {
    let state: Tensor
    let attention: Tensor
    let feedForward: Tensor
    let experts: [Int32]?

    /// Runs layer `index` of `model` on `states`, which belong to `tokens`.
    init(_ model: LanguageModel, layer index: Int, _ states: Tensor, _ tokens: [Int32]) throws {
        let trace = Trace()
        let step = try model.step(tokens, trace)
        state = try model.decoder.output(ofLayer: index, states, step)
        // The decoder records both of every layer that runs.
        attention = trace.tensors["attention.\(index)"] ?? state
        feedForward = trace.tensors["mlp.\(index)"] ?? state
        experts = trace.integers["router.\(index).indices"]
    }
}

extension LanguageModel {
    /// A step over a sequence of its own, of which nothing is remembered.
    func step(_ tokens: [Int32], _ trace: Trace? = nil) throws -> Step {
        try decoder.step(
            [.init(tokens: tokens, cache: nil)], operations: operations, form: settings.latentForm, trace: trace)
    }
}

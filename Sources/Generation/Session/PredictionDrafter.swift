import Files
import Models
import Tensors

/// Drafts with the checkpoint's own multi-token-prediction layers: a token each, or more from the last one.
///
/// DeepSeek-V3 (arXiv 2412.19437) §2.2. The first layer goes along the text with the decoder's states; each further one
/// goes along the text shifted by one more token, with the states of the layer before it. Released checkpoints have one
/// layer. Guesses beyond the last layer are made by applying it again, to its own state and guess.
struct PredictionDrafter: Drafter {
    private let predictor: Predictor
    private var layers: [PredictionRows]

    /// As many rows are computed at once; fewer wait for the next draft and go along with it.
    private static let batch = 16

    /// - Throws: `InputError` if the checkpoint has no prediction layers.
    init(_ model: LanguageModel, _ cache: KeyValueCache) throws {
        guard model.decoder.predictionDepth > 0 else { throw PredictionDrafter.noLayers(model) }
        self.predictor = Predictor(
            decoder: model.decoder, operations: model.operations, form: model.settings.latentForm, cache: cache)
        self.layers = (0..<model.decoder.predictionDepth).map { PredictionRows(depth: $0) }
    }

    var expertUse: ExpertUse? { predictor.expertUse }

    // MARK: Text that is certain

    mutating func read(_ tokens: [Int32], states: Tensor) throws { try take(tokens, states, depth: 0) }

    mutating func truncate(to length: Int) -> Int {
        if length == layers[0].length, !layers[0].isAhead { return length }
        // Rows up to here depend on tokens that stay, in all layers.
        let kept = max(min(length - layers.count, layers.map(\.count).min() ?? 0), 0)
        for depth in layers.indices { layers[depth].restart(at: kept) }
        return kept
    }

    private mutating func take(_ tokens: [Int32], _ states: Tensor, depth: Int) throws {
        guard depth < layers.count else { return }
        layers[depth].append(tokens, states, predictor.operations)
        if layers[depth].readyCount >= PredictionDrafter.batch { try complete(depth, with: nil) }
    }

    /// Computes the rows that are ready, and hands their states on to the next layer.
    /// - Returns: the last of these states, [1, hidden].
    @discardableResult
    private mutating func complete(_ depth: Int, with token: Int32?) throws -> Tensor? {
        guard let completed = try layers[depth].complete(with: token, predictor) else { return nil }
        try take(completed.tokens, completed.states, depth: depth + 1)
        return completed.states.slice(completed.tokens.count - 1..<completed.tokens.count)
    }

    // MARK: Guesses

    mutating func draft(after token: Int32, count: Int, choose: ([Float]) throws -> Int32) throws {
        guard count > 0, var state = try complete(0, with: token) else { return }
        for depth in 1..<max(layers.count, 1) { try complete(depth, with: nil) }
        var guess = try choose(predictor.logits(state, 0))
        // What is computed from guesses is forgotten; its rows of the cache are written anew later.
        var uncertain = self
        for place in 1..<count {
            let depth = min(place, layers.count - 1)
            if place >= layers.count { uncertain.layers[depth].append([guess], state, predictor.operations) }
            guard let next = try uncertain.complete(depth, with: guess) else { return }
            state = next
            guess = try choose(predictor.logits(state, depth))
        }
    }

    private static func noLayers(_ model: LanguageModel) -> InputError {
        let declared = model.configuration.predictionLayerCount
        return InputError(
            .missing, source: model.path, field: "multi-token-prediction layers",
            found: declared > 0
                ? "found none in the file, although its configuration has \(declared)" : "found none",
            expected: "at least one to draft with",
            advice: "leave speculation out (--speculate), or take a checkpoint that has kept these layers")
    }
}

import Models
import Tensors

/// One prediction layer at work: its rows of the cache, and what waits to become rows.
///
/// A layer goes along a sequence of tokens with a state each. Its row i joins state i with token i + 1, so that the last
/// state always waits for a token to come.
struct PredictionRows {
    let depth: Int
    /// Rows that the cache holds.
    private(set) var count = 0
    /// The states from `count` on that have no row yet, [m, hidden].
    private var waiting: Tensor?
    /// The tokens after the first m − 1 of them.
    private var following: [Int32] = []

    /// No rows yet.
    init(depth: Int) { self.depth = depth }

    /// States that were taken in.
    var length: Int { count + (waiting?.shape[0] ?? 0) }

    /// Rows that could be computed now.
    var readyCount: Int { following.count }

    /// Whether the last row belongs to a token that was never taken in.
    var isAhead: Bool { waiting == nil && count > 0 }

    /// Takes in the next tokens of the sequence with their states.
    mutating func append(_ tokens: [Int32], _ states: Tensor, _ operations: any Operations) {
        // Where nothing waits, the first token is at the sequence's start or has its part in the last row already.
        following += waiting == nil ? tokens.dropFirst() : tokens[...]
        waiting = waiting.map { operations.stack([$0, states]) } ?? states
    }

    /// Computes the rows that are ready, and that of the last state if `token` is known to follow it.
    /// - Returns: the tokens that completed them, and the layer's states of these; `nil` if no row is ready.
    mutating func complete(
        with token: Int32?, _ predictor: Predictor
    ) throws -> (tokens: [Int32], states: Tensor)? {
        let tokens = following + [token].compactMap(\.self)
        guard let waiting, !tokens.isEmpty else { return nil }
        let states = try predictor.states(of: tokens, after: waiting.slice(0..<tokens.count), row: count, depth)
        count += tokens.count
        self.waiting = tokens.count < waiting.shape[0] ? waiting.slice(tokens.count..<waiting.shape[0]) : nil
        following = []
        return (tokens, states)
    }

    /// Forgets what waits and all rows from `length` on.
    mutating func restart(at length: Int) {
        (count, waiting, following) = (length, nil, [])
    }
}

/// The prediction layers of a decoder, and how and where they compute.
struct Predictor {
    let decoder: Decoder
    let operations: any Operations
    let form: LatentForm
    /// The session's cache; the prediction layers' rows lie beside those of the decoder's layers.
    let cache: KeyValueCache
    /// Collects what was found in the expert store and what was read; `nil` without one.
    let expertUse: ExpertUse?

    init(decoder: Decoder, operations: any Operations, form: LatentForm, cache: KeyValueCache) {
        self.decoder = decoder
        self.operations = operations
        self.form = form
        self.cache = cache
        self.expertUse = decoder.expertStore.map { _ in ExpertUse() }
    }

    /// The states that layer `depth` makes of tokens and the states before them, from row `row` on, [n, hidden].
    func states(of tokens: [Int32], after states: Tensor, row: Int, _ depth: Int) throws -> Tensor {
        let step = try decoder.step(
            [.init(tokens: tokens, cache: cache, firstPosition: row)], operations: operations, form: form)
        defer { if let use = step.expertUse { expertUse?.add(use.take()) } }
        return try decoder.predict(depth: depth, after: states, step)
    }

    /// The logits of one of these states.
    func logits(_ state: Tensor, _ depth: Int) -> [Float] {
        decoder.predictionLogits(depth: depth, state, operations).floats
    }
}

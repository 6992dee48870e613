import Models
import Tensors

/// Guesses of prediction layers at what follows a sequence.
///
/// The sequence chooses each token as it would without them, and goes on in the same step as long as they are right. So
/// they change nothing but the time it takes.
struct EngineGuesses {
    private var drafter: PredictionDrafter
    /// The last step's tokens and their states, until it is known which of the tokens stay.
    private var tokens: [Int32] = []
    private var states: Tensor?
    /// Whether something could not be read, so that nothing is guessed any more.
    private var isBroken = false

    /// - Throws: `InputError` if the checkpoint has no prediction layers.
    init(_ model: LanguageModel, _ cache: KeyValueCache) throws { drafter = try PredictionDrafter(model, cache) }

    /// Guesses at up to `count` tokens after `token`, with the random numbers that the choice itself will use: where
    /// the guessing layers expect what the model expects, the same token comes out.
    mutating func draft(after token: Int32, count: Int, _ sampler: Sampler) -> [Int32] {
        guard count > 0, !isBroken else { return [] }
        var (sampler, guesses) = (sampler, [Int32]())
        do {
            try drafter.draft(after: token, count: count) { logits in
                let guess = try sampler.next(logits)
                guesses.append(guess)
                return guess
            }
        } catch {
            isBroken = true
        }
        return guesses
    }

    /// Keeps what a step gave until it is settled.
    mutating func keep(_ states: Tensor, of tokens: ArraySlice<Int32>) {
        (self.tokens, self.states) = (Array(tokens), states)
    }

    /// Reads the last step's tokens but for the last `dropped`.
    mutating func settle(dropping dropped: Int) {
        defer { (tokens, states) = ([], nil) }
        let kept = tokens.count - dropped
        guard let states, kept > 0 else { return }
        guard !isBroken else { return }
        do {
            try drafter.read(Array(tokens.prefix(kept)), states: states.slice(0..<kept))
        } catch {
            isBroken = true
        }
    }
}

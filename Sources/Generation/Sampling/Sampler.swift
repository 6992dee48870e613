import Files
import Tensors

/// Chooses tokens from logits, one after another, by `SamplingSettings`.
///
/// A constraint comes first. The order is that of transformers (repetition penalty, temperature, top-k, top-p, min-p); presence and frequency
/// penalties and the logit bias stand before the temperature, because they are defined on the model's own logits.
///
/// The same settings, seed, tokens and logits choose the same token on every platform. A draw is the inverse of the
/// cumulative distribution in the order of token ids, at one random number a token; greedy choice draws none.
public struct Sampler: Sendable {
    /// How tokens are chosen.
    public let settings: SamplingSettings
    /// The seed in use: that of the settings, or a fresh one.
    public let seed: UInt64
    var random: RandomSource
    var history: TokenHistory
    /// What the answer must follow, as far as it has come; `nil` if it is free.
    private var constraint: ConstraintProgress?

    /// - Parameters:
    ///   - prompt: the tokens before the answer, for the repetition penalty.
    ///   - constraint: the place before the answer's first token of what it must follow; `nil` if it is free.
    /// - Throws: `InputError` if a setting is not admissible.
    public init(_ settings: SamplingSettings, prompt: [Int32] = [], constraint: ConstraintProgress? = nil) throws {
        self.settings = try settings.validated()
        self.constraint = constraint
        self.seed = settings.seed ?? UInt64.random(in: .min ... .max)
        self.random = RandomSource(seed: seed)
        self.history = TokenHistory(window: settings.repetitionWindow)
        for token in prompt { history.append(prompt: token) }
    }

    /// Chooses the next token and remembers it as part of the answer. Linear in the vocabulary.
    /// - Parameter logits: one for each token of the vocabulary; -∞ for those that are forbidden.
    /// - Throws: `InputError` if a logit is NaN or +∞, or no token is left to choose.
    public mutating func next(_ logits: [Float]) throws -> Int32 {
        let token: Int32
        if settings.isGreedy {
            token = Int32(try likeliestIndex(adjusted(logits)) ?? 0)
        } else {
            let candidates = try candidates(logits)
            token = candidates.ids[draw(by: candidates.weights)]
        }
        try remember(token)
        return token
    }

    /// `next(_:)` for logits in a tensor.
    public mutating func next(_ logits: Tensor) throws -> Int32 { try next(logits.floats) }

    /// Remembers tokens of the answer that were chosen elsewhere.
    /// - Throws: `InputError` if the constraint does not allow one.
    public mutating func append(_ tokens: some Sequence<Int32>) throws {
        for token in tokens { try remember(token) }
    }

    /// Makes a token part of the answer.
    mutating func remember(_ token: Int32) throws {
        history.append(generated: token)
        try constraint?.append(token)
    }

    /// Whether the constraint lets nothing follow, so that the answer is over.
    var isFinished: Bool { constraint?.isFinished ?? false }

    /// The tokens that may come next with their probabilities, which sum to 1, in the order of their ids.
    public func distribution(_ logits: [Float]) throws -> [(token: Int32, probability: Double)] {
        let candidates = try candidates(logits)
        return zip(candidates.ids, candidates.probabilities).map { (token: $0, probability: $1) }
    }

    /// What all steps leave over: at least one candidate, exactly one if greedy.
    func candidates(_ logits: [Float]) throws -> Candidates {
        let logits = try adjusted(logits)
        var candidates = Candidates(logits)
        guard !settings.isGreedy else {
            let likeliest = likeliestIndex(logits)
            candidates.keep { $0 == likeliest }
            return candidates
        }
        Temperature(temperature: settings.temperature).apply(to: &candidates)
        TopK(k: settings.topK).apply(to: &candidates)
        TopP(p: settings.topP).apply(to: &candidates)
        MinP(p: settings.minP).apply(to: &candidates)
        return candidates
    }

    /// The logits of what the constraint allows, with penalties and biases; at least one is above -∞, and all are numbers.
    private func adjusted(_ logits: [Float]) throws -> [Float] {
        var adjusted = try checkedLogits(logits)
        try constraint?.restrict(&adjusted)
        guard settings.changesLogits else { return adjusted }
        RepetitionPenalty(penalty: settings.repetitionPenalty).apply(to: &adjusted, history: history)
        OccurrencePenalty(presence: settings.presencePenalty, frequency: settings.frequencyPenalty)
            .apply(to: &adjusted, history: history)
        LogitBias(bias: settings.logitBias).apply(to: &adjusted)
        // A bias may have forbidden the last token, or large numbers may have left f32.
        return try checkedLogits(adjusted)
    }

    /// An index, each as likely as its weight is large.
    mutating func draw(by weights: [Double]) -> Int {
        let target = random.nextUnit() * weights.reduce(0, +)
        var sum = 0.0
        var last = 0
        for (index, weight) in weights.enumerated() where weight > 0 {
            sum += weight
            if target < sum { return index }
            last = index
        }
        return last
    }
}

import Files

/// How the next token is chosen from the model's logits. A value; the steps run in the order of the properties.
///
/// The default leaves the model's distribution as it is: temperature 1, nothing cut away, nothing penalized.
public struct SamplingSettings: Sendable, Equatable {
    /// Divides the logit of every token already seen if it is positive, multiplies it if it is negative; 1 is off.
    /// CTRL (arXiv 1909.05858) §4.1. Prompt and answer both count, each token once.
    public var repetitionPenalty: Float = 1
    /// How many of the latest tokens `repetitionPenalty` looks at; `nil` for all.
    public var repetitionWindow: Int?
    /// Subtracted once from the logit of every token that the answer already holds; 0 is off.
    public var presencePenalty: Float = 0
    /// Subtracted from a token's logit once for each time that the answer already holds it; 0 is off.
    public var frequencyPenalty: Float = 0
    /// Added to the logits of single tokens, by id; -∞ forbids one.
    public var logitBias: [Int32: Float] = [:]
    /// Divides all logits; 0 takes the likeliest token always (greedy).
    public var temperature: Float = 1
    /// Keeps the k likeliest tokens, and all that tie with the k-th; 0 is off.
    public var topK = 0
    /// Keeps the likeliest tokens whose probabilities together reach this; 1 is off.
    public var topP: Float = 1
    /// Keeps tokens at least this many times as probable as the likeliest; 0 is off.
    public var minP: Float = 0
    /// Start of the random numbers; `nil` for a different one each time.
    public var seed: UInt64?

    /// The model's own distribution, unchanged.
    public init() {}

    /// Whether the likeliest token is always taken, so that no random number is drawn.
    public var isGreedy: Bool { temperature == 0 }

    /// Whether logits are changed before anything is chosen: penalties or biases.
    var changesLogits: Bool {
        repetitionPenalty != 1 || presencePenalty != 0 || frequencyPenalty != 0 || !logitBias.isEmpty
    }

    /// These settings if every one of them is admissible.
    /// - Throws: `InputError` of kind `invalidValue` that names the first setting that is not.
    public func validated() throws -> SamplingSettings {
        let largest = Float(1_000_000)
        try check(
            "repetition_penalty", repetitionPenalty, isIn: repetitionPenalty > 0 && repetitionPenalty <= largest,
            expected: "a number above 0, 1 being off")
        try check(
            "repetition_window", repetitionWindow, isIn: (repetitionWindow ?? 1) >= 1,
            expected: "a count of at least 1, or none for all tokens")
        try check(
            "presence_penalty", presencePenalty, isIn: abs(presencePenalty) <= largest,
            expected: "a number, usually between -2 and 2")
        try check(
            "frequency_penalty", frequencyPenalty, isIn: abs(frequencyPenalty) <= largest,
            expected: "a number, usually between -2 and 2")
        for (token, bias) in logitBias.sorted(by: { $0.key < $1.key }) {
            try check("logit_bias", token, isIn: token >= 0, expected: "token ids of at least 0")
            try check("logit_bias of token \(token)", bias, isIn: bias < .infinity, expected: "a number")
        }
        // Below this a division overflows f32 for ordinary logits; greedy is what is meant then.
        try check(
            "temperature", temperature, isIn: temperature == 0 || (temperature >= 1e-4 && temperature <= 1000),
            expected: "0 for greedy, or a number from 0.0001 to 1000")
        try check("top_k", topK, isIn: topK >= 0, expected: "a count, 0 being off")
        try check(
            "top_p", topP, isIn: topP > 0 && topP <= 1, expected: "a probability above 0 and at most 1, 1 being off")
        try check("min_p", minP, isIn: minP >= 0 && minP <= 1, expected: "a ratio from 0 to 1, 0 being off")
        return self
    }

    /// `isIn` is false for NaN too, since every comparison with it is.
    private func check<Value>(_ field: String, _ value: Value, isIn: Bool, expected: String) throws {
        guard !isIn else { return }
        throw InputError(
            .invalidValue, source: "sampling settings", field: field, found: "found \(value)", expected: expected,
            advice: "change it or leave it out")
    }
}

import Files
import Generation

/// What a request says about how tokens are chosen; the model's own recommendation holds for the rest.
struct SamplingChanges: Sendable {
    var temperature: Double?
    var topP: Double?
    var topK: Int?
    var minP: Double?
    var repetitionPenalty: Double?
    var presencePenalty: Double?
    var frequencyPenalty: Double?
    var bias: [Int32: Float] = [:]
    var seed: UInt64?

    /// The settings over `recommended`.
    /// - Throws: `InputError` for settings that do not go together.
    func settings(over recommended: SamplingSettings) throws -> SamplingSettings {
        var settings = recommended
        settings.temperature = temperature.map { Float($0) } ?? settings.temperature
        settings.topP = topP.map { Float($0) } ?? settings.topP
        settings.topK = topK ?? settings.topK
        settings.minP = minP.map { Float($0) } ?? settings.minP
        settings.repetitionPenalty = repetitionPenalty.map { Float($0) } ?? settings.repetitionPenalty
        settings.presencePenalty = presencePenalty.map { Float($0) } ?? settings.presencePenalty
        settings.frequencyPenalty = frequencyPenalty.map { Float($0) } ?? settings.frequencyPenalty
        settings.logitBias.merge(bias) { $1 }
        settings.seed = seed ?? settings.seed
        return try settings.validated()
    }
}

extension SamplingChanges {
    /// The fields that OpenAI's interface has, and those that other servers add to it.
    static let fields: [Field] = [
        .optional("temperature", .number(0...2), "0 always takes the likeliest token."),
        .optional("top_p", .number(0.000_001...1), "Only the likeliest tokens that together have this probability."),
        .optional("top_k", .integer(0...1_000_000), "Only the K likeliest tokens; 0 for all."),
        .optional("min_p", .number(0...1), "Only tokens at least this likely, as a part of the likeliest one."),
        .optional("repetition_penalty", .number(0.01...100), "Above 1: tokens that stood already become less likely."),
        .optional("presence_penalty", .number(-2...2), "Taken once from the logit of every token generated before."),
        .optional("frequency_penalty", .number(-2...2), "Taken for each time that a token was generated before."),
        .optional(
            "logit_bias", .map(.number(-100...100), count: 0...ServerLimits.biases),
            "Added to the logits of tokens, by id; -100 forbids one."),
        .optional("seed", .integer(Int(Int64.min)...Int(Int64.max)), "The same seed gives the same answer."),
    ]

    init(_ body: JSONObject) throws {
        temperature = body.given("temperature")?.double
        topP = body.given("top_p")?.double
        topK = body.given("top_k")?.integer
        minP = body.given("min_p")?.double
        repetitionPenalty = body.given("repetition_penalty")?.double
        presencePenalty = body.given("presence_penalty")?.double
        frequencyPenalty = body.given("frequency_penalty")?.double
        seed = body.given("seed")?.integer.map { UInt64(bitPattern: Int64($0)) }
        bias = try SamplingChanges.bias(body.given("logit_bias")?.object)
    }

    private static func bias(_ object: JSONObject?) throws -> [Int32: Float] {
        var bias: [Int32: Float] = [:]
        for (key, value) in object?.members ?? [] {
            guard let token = Int32(key), token >= 0 else {
                throw InputError.request(
                    "logit_bias", found: "found “\(printable(key, limit: 40))”", expected: "token ids as keys")
            }
            let added = Float(value.double ?? 0)
            bias[token] = added <= -100 ? -.infinity : added
        }
        return bias
    }
}

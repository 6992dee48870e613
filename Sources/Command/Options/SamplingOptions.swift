import ArgumentParser
import Files
import Isobath

/// How tokens are chosen; what is not given is as the model's publishers recommend.
struct SamplingOptions: ParsableArguments {
    @Option(name: [.customLong("temperature"), .customLong("temp")], help: "0 always takes the likeliest token.")
    var temperature: Float?

    @Option(help: "Only the K likeliest tokens; 0 for all.")
    var topK: Int?

    @Option(help: "Only the likeliest tokens that together have this probability.")
    var topP: Float?

    @Option(help: "Only tokens that are at least this likely, as a part of the likeliest one.")
    var minP: Float?

    @Option(help: "Above 1: tokens that stood already become less likely.")
    var repetitionPenalty: Float?

    @Option(help: "Taken once from the logit of every token that was generated.")
    var presencePenalty: Float?

    @Option(help: "Taken from the logit of a token for each time it was generated.")
    var frequencyPenalty: Float?

    @Option(help: "ID=VALUE, added to the logit of a token; may be repeated.")
    var logitBias: [String] = []

    @Option(help: "The same seed gives the same answer.")
    var seed: UInt64?

    @Flag(help: "The likeliest token, always; as --temperature 0.")
    var greedy = false

    /// The settings over `recommended`.
    func settings(over recommended: SamplingSettings) throws -> SamplingSettings {
        var settings = recommended
        settings.temperature = greedy ? 0 : temperature ?? settings.temperature
        settings.topK = topK ?? settings.topK
        settings.topP = topP ?? settings.topP
        settings.minP = minP ?? settings.minP
        settings.repetitionPenalty = repetitionPenalty ?? settings.repetitionPenalty
        settings.presencePenalty = presencePenalty ?? settings.presencePenalty
        settings.frequencyPenalty = frequencyPenalty ?? settings.frequencyPenalty
        settings.seed = seed ?? settings.seed
        for entry in logitBias {
            let (token, bias) = try parse(bias: entry)
            settings.logitBias[token] = bias
        }
        return try settings.validated()
    }

    private func parse(bias entry: String) throws -> (Int32, Float) {
        let parts = entry.split(separator: "=", maxSplits: 1)
        guard parts.count == 2, let token = Int32(parts[0]), token >= 0, let bias = Float(parts[1]) else {
            throw InputError(
                .invalidValue, source: "command line", field: "--logit-bias", found: "found \"\(entry)\"",
                expected: "ID=VALUE", advice: "write it like 15=-2.5")
        }
        return (token, bias)
    }
}

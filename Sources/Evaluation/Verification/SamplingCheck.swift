import Checkpoints
import Files
import Generation

/// The sampler's distributions against those of transformers' logits processors: `sampling.json` and `sampling.bin`.
struct SamplingCheck: VerificationCheck {
    /// Of each probability, absolute.
    static let tolerance = 1e-6
    static let suffix = ".probabilities"
    /// In transformers' order.
    static let stages = ["repetition_penalty", "temperature", "top_k", "top_p", "min_p"]

    let area = VerificationArea.sampling
    let name: String
    let folder: String

    func compare(engines: [EngineSettings.Engine]) throws -> Tally {
        let recorded = try RecordedTensors(path: folder + "/sampling")
        let document = RecordedFields(.object(recorded.description), source: folder + "/sampling.json")
        var tally = Tally(tolerance: SamplingCheck.tolerance, isAbsolute: true)
        for name in recorded.names where name.hasSuffix(SamplingCheck.suffix) {
            let setting = String(name.dropLast(SamplingCheck.suffix.count))
            let kept = try document.member("kept").member(name).integer()
            try compare(setting, try settings(setting, document), recorded, kept: kept, &tally)
        }
        return tally
    }

    private func compare(
        _ name: String, _ settings: SamplingSettings, _ recorded: RecordedTensors, kept: Int, _ tally: inout Tally
    ) throws {
        let isTied = name.hasPrefix("tied.")
        let sampler = try Sampler(settings, prompt: isTied ? [] : try recorded.integers("history"))
        let expected = try recorded.tensor(name + SamplingCheck.suffix).floats
        let logits = try recorded.tensor(isTied ? "tied.logits" : "logits").floats
        guard logits.count == expected.count else { return tally.fail("\(name): not one probability a logit.") }
        var found = [Double](repeating: 0, count: logits.count)
        for (token, probability) in try sampler.distribution(logits) { found[Int(token)] = probability }
        tally.count("distributions")
        tally.count(expected.count, "values")
        tally.note(error: zip(found, expected).map { abs($0 - Double($1)) }.max() ?? .infinity, name)
        let left = found.count { $0 > 0 }
        tally.expect(left == kept, "\(name): \(left) tokens are left, where \(kept) were recorded.")
    }

    /// The settings behind a recording's name: "alone.top_k", "chain.top_p", "top_p_0.5", "tied.top_k_2".
    private func settings(_ name: String, _ document: RecordedFields) throws -> SamplingSettings {
        var settings = SamplingSettings()
        if let stage = name.split(separator: ".").last.map(String.init),
            let place = SamplingCheck.stages.firstIndex(of: stage)
        {
            for stage in name.hasPrefix("chain.") ? Array(SamplingCheck.stages[...place]) : [stage] {
                settings.set(stage, try document.member("settings").member(stage).number())
            }
        } else if name.hasPrefix("top_p_"), let value = Double(name.dropFirst(6)) {
            settings.set("top_p", value)
        } else if name.hasPrefix("tied.top_k_"), let value = Double(name.dropFirst(11)) {
            settings.set("top_k", value)
        } else {
            throw document.defect(name, "found a recording of settings that are not known", "a known stage")
        }
        return settings
    }
}

extension SamplingSettings {
    fileprivate mutating func set(_ stage: String, _ value: Double) {
        switch stage {
        case "repetition_penalty": repetitionPenalty = Float(value)
        case "temperature": temperature = Float(value)
        case "top_k": topK = Int(exactly: value) ?? 0
        case "top_p": topP = Float(value)
        default: minP = Float(value)
        }
    }
}

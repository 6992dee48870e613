import Isobath
import Reports

/// What became of guesses, for `--json`.
struct SpeculationReport: Encodable {
    var draftLength: Int
    var steps: Int
    var drafted: Int
    var accepted: Int
    var acceptedByPlace: [Int]
    /// `nil` where nothing was guessed.
    var acceptanceRate: Double?
    var tokensPerStep: Double?
    var draftSeconds: Double
    var stepSeconds: Double
    /// Measured after the answer; `nil` for answers that are too short.
    var plainTokensPerSecond: Double?
    var speedup: Double?

    /// - Returns: `nil` for an answer without speculation.
    init?(_ summary: GenerationSummary) {
        guard let speculation = summary.speculation else { return nil }
        draftLength = speculation.draftLength
        steps = speculation.steps
        drafted = speculation.drafted
        accepted = speculation.accepted
        acceptedByPlace = speculation.acceptedByPlace
        acceptanceRate = speculation.acceptanceRate
        tokensPerStep = steps > 0 ? Double(summary.tokens.count - 1) / Double(steps) : nil
        draftSeconds = speculation.draftSeconds
        stepSeconds = speculation.stepSeconds
        plainTokensPerSecond = speculation.plainTokenSeconds.map { 1 / $0 }
        speedup = summary.speculationSpeedup
    }

    /// One line for people.
    var sentence: String {
        guard let acceptanceRate, let tokensPerStep else { return "Nothing was guessed: the answer is too short." }
        let speed = speedup.map { ", \(Format.decimal($0)) times the speed without guesses" } ?? ""
        return "\(accepted) of \(drafted) guesses were right (\(Format.decimal(acceptanceRate * 100)) %): "
            + "\(Format.decimal(tokensPerStep)) tokens a step\(speed)."
    }
}

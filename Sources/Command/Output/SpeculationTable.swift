import Benchmarking
import Foundation
import Reports

/// How much guesses gained.
struct SpeculationTable: MeasurementTable {
    let result: SpeculationResult
    let title: String

    init(_ result: SpeculationResult, title: String) { (self.result, self.title) = (result, title) }

    var markdown: String {
        let rows = [
            row("without guesses, tokens/s", result.plainTokensPerS, "%.1f"),
            row("with guesses, tokens/s", result.guessedTokensPerS, "%.1f"),
            row("times faster", result.speedup, "%.3f"),
        ]
        let head =
            "\(title): \(result.questions) answers of \(result.tokens) tokens together, \(result.rounds) rounds in both ways, "
            + "guesses of at most \(result.draftLength) at a time"
        let table = DocumentTable(["", "median", "least", "most"], rows, numeric: [1, 2, 3])
        return [head, table.markdown, sentence].joined(separator: "\n\n")
    }

    private var sentence: String {
        let right =
            result.acceptanceRate.map { String(format: ", and %.1f %% of the guesses were right", $0 * 100) } ?? ""
        return
            "With guesses the answers were there sooner in \(result.soonerRounds) of \(result.rounds) rounds\(right)."
    }

    private func row(_ name: String, _ spread: Spread, _ format: String) -> [String] {
        [name] + [spread.median, spread.min, spread.max].map { String(format: format, $0) }
    }

    var commaSeparated: String {
        let values = [result.plainTokensPerS.median, result.guessedTokensPerS.median, result.speedup.median]
        return "rounds,sooner_rounds,plain_tokens_per_s,guessed_tokens_per_s,speedup,acceptance_rate\n"
            + "\(result.rounds),\(result.soonerRounds),"
            + (values + [result.acceptanceRate ?? 0]).map { String($0) }
            .joined(separator: ",")
    }
}

import Benchmarking
import Foundation
import Reports

/// How an engine did with several streams.
struct StreamTable: MeasurementTable {
    let results: [StreamResult]
    let title: String

    init(_ results: [StreamResult], title: String) { (self.results, self.title) = (results, title) }

    var markdown: String {
        let names = [
            "streams", "requests", "answers, tokens/s", "with prompts, tokens/s", "to the first token, s",
            "95 in 100 within, s", "between tokens, ms",
        ]
        let rows = results.map { result in
            [
                "\(result.streams)", "\(result.requests)", String(format: "%.1f", result.answerTokensPerS),
                String(format: "%.1f", result.tokensPerS), String(format: "%.3f", result.firstTokenSeconds.median),
                String(format: "%.3f", result.firstTokenSeconds95),
                String(format: "%.1f", result.tokenSeconds.median * 1000),
            ]
        }
        let lengths = results.first.map { "prompts of \($0.promptLength) tokens, answers of \($0.answerLength)" } ?? ""
        return "\(title), \(lengths)\n\n" + DocumentTable(names, rows, numeric: Set(names.indices)).markdown
    }

    var commaSeparated: String {
        let rows = results.map { result in
            [
                Double(result.streams), Double(result.requests), result.answerTokensPerS, result.tokensPerS,
                result.firstTokenSeconds.median, result.firstTokenSeconds95, result.tokenSeconds.median,
            ].map { String($0) }.joined(separator: ",")
        }
        return
            (["streams,requests,answer_tokens_per_s,tokens_per_s,first_token_s,first_token_95_s,token_s"] + rows)
            .joined(separator: "\n")
    }
}

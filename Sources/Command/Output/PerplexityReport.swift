import Evaluation
import Foundation
import Reports

/// What `isobath perplexity` prints about a text.
struct PerplexityReport: Encodable {
    var perplexity: Estimate
    var negativeLogLikelihood: Estimate
    var chunks: Int
    var chunkLength: Int
    var scoredTokens: Int

    init(_ score: TextScore, chunkLength: Int) {
        perplexity = score.perplexity
        negativeLogLikelihood = score.meanNegativeLogProbability
        chunks = score.chunks
        self.chunkLength = chunkLength
        scoredTokens = score.tokens
    }

    func print(asJSON: Bool) throws {
        if asJSON { return try StandardOutput.json(self) }
        try StandardOutput.line(
            "perplexity \(Format.estimate(perplexity, "%.4f")) over \(chunks) chunks of \(chunkLength) tokens")
    }
}

extension Format {
    /// "12.3456 ± 0.0500", both numbers in `format`.
    static func estimate(_ estimate: Estimate, _ format: String) -> String {
        "\(String(format: format, estimate.value)) ± \(String(format: format, estimate.error))"
    }
}

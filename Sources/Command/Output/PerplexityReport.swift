import Evaluation

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
            "perplexity \(perplexity.text(digits: 4)) over \(chunks) chunks of \(chunkLength) tokens")
    }
}

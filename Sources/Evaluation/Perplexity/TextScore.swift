/// How well a model predicted the scored tokens of a text.
package struct TextScore: Sendable, Equatable {
    /// Chunks that are done.
    package private(set) var chunks = 0
    private var sums = Sums()

    /// Nothing yet.
    init() {}

    /// Tokens that were scored.
    package var tokens: Int { sums.count }

    /// The mean of −log p, with its error.
    package var meanNegativeLogProbability: Estimate { Estimate(sums) }

    /// e to the power of the mean of −log p, with its error.
    package var perplexity: Estimate { meanNegativeLogProbability.exponential }

    /// Adds −log p of the next tokens.
    mutating func add(_ values: [Double]) { sums.add(values) }

    /// Counts a chunk as done.
    mutating func finishChunk() { chunks += 1 }
}

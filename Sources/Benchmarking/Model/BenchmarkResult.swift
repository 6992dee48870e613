/// How fast one combination ran, and what that means for the machine.
package struct BenchmarkResult: Sendable, Codable, Equatable {
    package enum Kind: String, Sendable, Codable {
        /// A prompt is read; the logits after its last token are computed.
        case prefill
        /// Sequences grow by a token a step; the logits of each are computed, and the largest is found.
        case decode
    }

    package var kind: Kind
    /// Tokens of the prompt, or steps.
    package var tokens: Int
    /// Tokens that each sequence had before.
    package var depth: Int
    package var threads: Int
    package var sequences: Int
    package var cacheType: String
    /// Tokens of all sequences together.
    package var tokensPerS: Spread
    /// Bytes of weights that were read, in 10⁹ a second, at the median: each distinct weight once a step or chunk.
    package var gbPerS: Double
    /// Bytes of keys and values that were read beside them; `nil` for prompts, which meet them in the caches.
    package var cacheGbPerS: Double?
    /// Operations of products with weights, in 10¹² a second, at the median.
    package var topPerS: Double
    /// Distinct routed experts that a layer's tokens chose in a step or a chunk, on average; `nil` for dense models.
    package var expertsPerLayer: Double?
    /// `gbPerS` as a part of what this many threads can read; `nil` where that was not measured.
    package var shareOfBandwidth: Double?
    /// `gbPerS` as a part of what this many threads can read of the weights themselves, where they lie.
    package var shareOfReadingWeights: Double?
    /// `topPerS` as a part of what this many threads can do in 8 bits; `nil` where products were not in 8 bits.
    package var shareOfInt8Peak: Double?
}

/// The middle and the ends of several measurements.
package struct Spread: Sendable, Codable, Equatable {
    package var median: Double
    package var min: Double
    package var max: Double

    /// - Precondition: there are values.
    package init(_ values: [Double]) {
        precondition(!values.isEmpty, "the median of nothing")
        let sorted = values.sorted()
        let middle = sorted.count / 2
        median = sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
        (min, max) = (sorted[0], sorted[sorted.count - 1])
    }
}

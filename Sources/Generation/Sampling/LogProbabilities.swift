import Foundation

/// The logarithms of the probabilities that logits stand for: logit - log Σ exp(logit), summed in double.
public struct LogProbabilities: Sendable {
    private let logits: [Float]
    private let logSum: Double

    /// One token and the logarithm of its probability.
    public struct Entry: Sendable, Equatable {
        /// The token's id.
        public let token: Int32
        /// The natural logarithm of its probability.
        public let logProbability: Double
    }

    /// - Throws: `InputError` if a logit is NaN or +∞, or all are -∞.
    public init(_ logits: [Float]) throws {
        let candidates = Candidates(try checkedLogits(logits))
        let largest = candidates.likeliest.map { Double(candidates.logits[$0]) } ?? 0
        self.logits = logits
        self.logSum = largest + log(candidates.weights.reduce(0, +))
    }

    /// The logarithm of the probability of `token`; `nil` outside of the vocabulary.
    public subscript(token: Int32) -> Double? {
        logits.indices.contains(Int(token)) ? Double(logits[Int(token)]) - logSum : nil
    }

    /// The `count` likeliest tokens, likeliest first; of equal ones the lowest id first. Linear in the vocabulary.
    public func top(_ count: Int) -> [Entry] {
        guard count > 0 else { return [] }
        var candidates = Candidates(logits)
        TopK(k: count).apply(to: &candidates)
        return zip(candidates.logits, candidates.ids)
            .sorted { $0.0 != $1.0 ? $0.0 > $1.0 : $0.1 < $1.1 }
            .prefix(count)
            .map { Entry(token: $0.1, logProbability: Double($0.0) - logSum) }
    }
}

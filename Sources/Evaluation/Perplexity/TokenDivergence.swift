import Files
import Foundation

/// How differently two models predicted one token: the base, of which log-probabilities were saved, and another.
struct TokenDivergence: Equatable {
    /// −log p of the token by the other model.
    let negativeLogProbability: Double
    /// −log p of the token by the base.
    let baseNegativeLogProbability: Double
    /// Σ p_base · (log p_base − log p) over the vocabulary, Kullback and Leibler's divergence.
    let divergence: Double
    /// The token's probability by the other model less that by the base.
    let probabilityChange: Double
    /// Whether both find the same token likeliest.
    let agrees: Bool
}

extension TokenDivergence {
    /// What the base finds less likely than e to the power of this adds nothing to the divergence, as in llama.cpp.
    private static let negligible: Float = -16

    /// - Throws: `InputError` if a logit is no finite number.
    init(_ logits: UnsafeBufferPointer<Float>, base: CodedLogits, target: Int) throws(InputError) {
        let sum = try LogitSum(logits)
        negativeLogProbability = try sum.negativeLogProbability(logits[target])
        baseNegativeLogProbability = -Double(base.logProbability(target))
        probabilityChange = exp(-negativeLogProbability) - exp(-baseNegativeLogProbability)
        let logSum = sum.largest + Float(sum.logarithm)
        var divergence = 0.0
        var (largest, likeliest) = (base.logProbability(0), 0)
        for token in base.codes.indices {
            let logProbability = base.logProbability(token)
            if logProbability > largest { (largest, likeliest) = (logProbability, token) }
            guard logProbability > TokenDivergence.negligible else { continue }
            divergence += Double(exp(logProbability) * (logProbability - logits[token] + logSum))
        }
        // −∞ for what the base finds likely: no finite weights give that.
        guard divergence.isFinite else { throw LogitSum.unusable }
        self.divergence = divergence
        agrees = likeliest == sum.likeliest
    }
}

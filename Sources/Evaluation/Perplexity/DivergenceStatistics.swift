/// How much a model's predictions differ from those of a base, over the scored tokens of a text: the figures of
/// `llama-perplexity --kl-divergence`, by its definitions.
package struct DivergenceStatistics: Sendable, Equatable {
    /// Tokens that were compared.
    package let tokens: Int
    /// The model's perplexity.
    package let perplexity: Estimate
    /// The base's perplexity, from its saved log-probabilities.
    package let basePerplexity: Estimate
    /// The correlation of both models' log p; `nil` if one does not vary.
    package let correlation: Double?
    /// log(perplexity / base's perplexity). The models saw the same tokens, so that its error is far below those of both.
    package let logRatio: Estimate
    /// perplexity / base's perplexity.
    package let ratio: Estimate
    /// perplexity − base's perplexity.
    package let difference: Estimate
    /// The mean divergence of a token.
    package let divergence: Estimate
    /// The divergences of all tokens.
    package let divergences: Percentiles
    /// The mean change of the token's probability.
    package let probabilityChange: Estimate
    /// The root of the mean square of that change.
    package let probabilityChangeRootMeanSquare: Estimate
    /// The changes of all tokens' probabilities.
    package let probabilityChanges: Percentiles
    /// The part of the tokens for which both models find the same one likeliest.
    package let agreement: Estimate

    /// - Precondition: there is a token.
    init(_ tokens: [TokenDivergence]) {
        self.tokens = tokens.count
        let running = RunningDivergence(tokens)
        let (log, base) = (Estimate(running.own), Estimate(running.base))
        (perplexity, basePerplexity) = (log.exponential, base.exponential)
        let covariance = running.covarianceOfMeans
        correlation = log.error * base.error > 0 ? covariance / (log.error * base.error) : nil
        logRatio = running.logRatio
        ratio = logRatio.exponential
        difference = Estimate(
            value: perplexity.value - basePerplexity.value,
            error: errorOfDifference(
                perplexity.error, basePerplexity.error,
                covariance: perplexity.value * basePerplexity.value * covariance))
        divergence = Estimate(running.divergence)
        divergences = Percentiles(tokens.map(\.divergence))
        probabilityChange = Estimate(running.change)
        probabilityChangeRootMeanSquare = Estimate(running.squaredChange).squareRoot
        probabilityChanges = Percentiles(tokens.map(\.probabilityChange))
        agreement = running.agreement
    }
}

/// The figures that can be told while a comparison runs.
package struct RunningDivergence: Sendable, Equatable {
    /// Chunks that are done.
    package private(set) var chunks = 0
    private(set) var own = Sums()
    private(set) var base = Sums()
    private(set) var divergence = Sums()
    private(set) var change = Sums()
    private(set) var squaredChange = Sums()
    private var products = 0.0
    private var agreeing = 0

    init(_ tokens: [TokenDivergence] = []) { add(tokens) }

    mutating func add(_ tokens: [TokenDivergence]) {
        for token in tokens {
            own.add(token.negativeLogProbability)
            base.add(token.baseNegativeLogProbability)
            products += token.negativeLogProbability * token.baseNegativeLogProbability
            divergence.add(token.divergence)
            change.add(token.probabilityChange)
            squaredChange.add(token.probabilityChange * token.probabilityChange)
            agreeing += token.agrees ? 1 : 0
        }
    }

    /// Counts a chunk as done.
    mutating func finishChunk() { chunks += 1 }

    /// The model's perplexity so far.
    package var perplexity: Estimate { Estimate(own).exponential }

    /// The mean divergence so far.
    package var meanDivergence: Estimate { Estimate(divergence) }

    /// log(perplexity / base's perplexity).
    var logRatio: Estimate {
        let (log, base) = (Estimate(own), Estimate(base))
        return Estimate(
            value: log.value - base.value,
            error: errorOfDifference(log.error, base.error, covariance: covarianceOfMeans))
    }

    /// The part of tokens for which both find the same one likeliest, with the error of a binomial share.
    var agreement: Estimate {
        guard own.count > 0 else { return Estimate(value: 0, error: 0) }
        let share = Double(agreeing) / Double(own.count)
        return Estimate(
            value: share, error: own.count > 1 ? (share * (1 - share) / Double(own.count - 1)).squareRoot() : 0)
    }

    /// The covariance of both means; 0 for fewer than ten tokens.
    var covarianceOfMeans: Double {
        guard own.count >= 10 else { return 0 }
        let count = Double(own.count)
        return (products / count - own.sum / count * (base.sum / count)) / (count - 1)
    }
}

/// The error of a difference of two values that vary together; 0 where rounding would make its square negative.
private func errorOfDifference(_ a: Double, _ b: Double, covariance: Double) -> Double {
    max(0, a * a + b * b - 2 * covariance).squareRoot()
}

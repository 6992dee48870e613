import Benchmarking
import Evaluation

/// What was found out about one way of storing a model.
package struct StudiedVariant: Sendable, Codable, Equatable {
    /// The recipe's name, or that of the original.
    package let name: String
    /// Bytes of all tensors.
    package let bytes: Int
    package let bitsPerWeight: Double
    /// Bytes of keys and values for `QuantizationStudy.rememberedTokens` tokens, or for as many as the model takes.
    package let cacheBytes: Int
    /// Memory of the process after the model was measured; `nil` where the system does not say.
    package var residentBytes: Int?
    /// Tokens a second.
    package var prefill: Spread?
    package var decode: Spread?
    package var perplexity: Estimate
    /// How its predictions differ from the original's; `nil` for the original.
    package var loss: PredictionLoss?
    /// Of each task set, which questions were answered rightly.
    package var answers: [[Bool]]
}

/// How much a model's predictions differ from the original's.
package struct PredictionLoss: Sendable, Codable, Equatable {
    /// Kullback-Leibler divergence of a token: the mean, and what some of the tokens exceed.
    package let divergence: Estimate
    package let medianDivergence: Double
    package let divergence90: Double
    package let divergence99: Double
    package let divergence999: Double
    /// The part of the tokens for which both find the same one likeliest.
    package let agreement: Estimate
    /// The root of the mean square change of the right token's probability.
    package let probabilityChange: Estimate
    /// log(perplexity / original's).
    package let logRatio: Estimate

    package init(_ statistics: DivergenceStatistics) {
        divergence = statistics.divergence
        medianDivergence = statistics.divergences.median
        (divergence90, divergence99) = (statistics.divergences[90], statistics.divergences[99])
        divergence999 = statistics.divergences[99.9]
        agreement = statistics.agreement
        probabilityChange = statistics.probabilityChangeRootMeanSquare
        logRatio = statistics.logRatio
    }
}

/// Everything that a study found.
package struct StudyResult: Sendable, Codable, Equatable {
    /// The original.
    package let model: String
    package let corpus: String
    package let chunkLength: Int
    package let chunks: Int
    /// Tokens that `cacheBytes` are for.
    package let rememberedTokens: Int
    /// The task sets, with their numbers of questions.
    package let tasks: [StudiedTasks]
    /// The original first.
    package internal(set) var variants: [StudiedVariant]
}

/// A task set of a study.
package struct StudiedTasks: Sendable, Codable, Equatable {
    package let name: String
    package let questions: Int
}

extension StudyResult {
    /// The part of a task set's questions that a variant answered rightly, with its standard error.
    package func accuracy(of variant: StudiedVariant, tasks index: Int) -> Estimate {
        Estimate(meanOf: variant.answers[index].map { $0 ? 1 : 0 })
    }

    /// How much of the original's mean accuracy a variant lost, as a part of it, as the study of the family reckons
    /// (Zhao et al., arXiv 2505.02390): never less than nothing. `nil` without tasks, or where the original got none right.
    package func accuracyDrop(of variant: StudiedVariant) -> Double? {
        guard !tasks.isEmpty, let original = variants.first else { return nil }
        let (before, after) = (meanAccuracy(of: original), meanAccuracy(of: variant))
        return before > 0 ? max((before - after) / before, 0) : nil
    }

    /// The mean over all task sets.
    package func meanAccuracy(of variant: StudiedVariant) -> Double {
        tasks.indices.reduce(0) { $0 + accuracy(of: variant, tasks: $1).value } / Double(max(tasks.count, 1))
    }

    /// How many more of all questions a variant answers rightly than the original. Both answered the same ones, so that the
    /// error is that of the differences.
    package func change(of variant: StudiedVariant) -> Estimate? {
        guard let original = variants.first, !tasks.isEmpty else { return nil }
        let pairs = zip(variant.answers.joined(), original.answers.joined())
        return Estimate(meanOf: pairs.map { Double($0 ? 1 : 0) - ($1 ? 1 : 0) })
    }
}

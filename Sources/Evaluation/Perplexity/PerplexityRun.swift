import Files
import Generation
import Tokenizers

/// How well a model predicts a text: its perplexity, and how far its predictions are from those of another.
///
/// Call-backs come after every chunk; what they throw ends the work and is passed on.
package struct PerplexityRun {
    private let model: LanguageModel
    private let chunks: TokenChunks
    private let runner: ChunkRunner

    /// - Throws: `InputError` if the chunks are longer than the model's sequences.
    package init(_ model: LanguageModel, _ chunks: TokenChunks) throws {
        self.init(model, chunks, try ChunkRunner(model, chunks))
    }

    init(_ model: LanguageModel, _ chunks: TokenChunks, _ runner: ChunkRunner) {
        (self.model, self.chunks, self.runner) = (model, chunks, runner)
    }

    /// Scores all chunks.
    /// - Throws: `InputError` if a token is not in the vocabulary or the model computes no finite numbers.
    package func score(progress: (TextScore) throws -> Void = { _ in }) throws -> TextScore {
        var score = TextScore()
        try runner.run { rows in
            score.add(
                try rows.map { _, logits, target throws(InputError) in
                    try LogitSum(logits).negativeLogProbability(logits[target])
                })
            try finish(rows) {
                score.finishChunk()
                try progress(score)
            }
        }
        return score
    }

    /// Scores all chunks and saves the model's log-probabilities, as the base of later comparisons.
    /// - Throws: as without saving, and `InputError` if the file cannot be written; nothing is left of it then.
    package func score(
        savingLogitsTo path: String, progress: (TextScore) throws -> Void = { _ in }
    ) throws -> TextScore {
        let vocabularySize = model.configuration.vocabularySize
        return try LogitFileWriter.write(chunks, vocabularySize: vocabularySize, to: path) { file in
            var score = TextScore()
            try runner.run { rows in
                let results = try rows.map { _, logits, target throws(InputError) in
                    let sum = try LogitSum(logits)
                    return (try sum.negativeLogProbability(logits[target]), CodedLogits(logits, sum).bytes)
                }
                for (_, bytes) in results { try file.append(bytes) }
                score.add(results.map(\.0))
                try finish(rows) {
                    score.finishChunk()
                    try progress(score)
                }
            }
            return score
        }
    }

    /// Calls `body` if `rows` are the last of their chunk.
    private func finish(_ rows: ScoredRows, _ body: () throws -> Void) rethrows {
        if (rows.first + rows.targets.count).isMultiple(of: chunks.scoredRows.count) { try body() }
    }
}

extension PerplexityRun {
    /// Compares a model's predictions with the saved ones of a base, on the text that was saved with them.
    /// - Parameter chunkLimit: the most chunks; all that were saved unless given.
    /// - Throws: `InputError` if the vocabularies differ, the chunks are longer than the model's sequences, or a number in
    ///   the file or of the model is none.
    package static func divergence(
        of model: LanguageModel, from base: LogitFile, chunkLimit: Int? = nil,
        progress: (RunningDivergence) throws -> Void = { _ in }
    ) throws -> DivergenceStatistics {
        guard base.vocabularySize == model.configuration.vocabularySize else {
            throw InputError(
                .invalidValue, source: base.path, field: "vocabulary", offset: 12,
                found: "found logits of \(base.vocabularySize) tokens",
                expected: "\(model.configuration.vocabularySize), as \(model.path) has them",
                advice: "save the logits of a base model with the same vocabulary")
        }
        let chunks = base.chunks(limit: chunkLimit, beginOfSequence: model.tokenizer?.beginOfChunk)
        return try PerplexityRun(model, chunks).divergence(from: base, progress)
    }

    private func divergence(
        from base: LogitFile, _ progress: (RunningDivergence) throws -> Void
    ) throws -> DivergenceStatistics {
        var (tokens, running) = ([TokenDivergence](), RunningDivergence())
        try runner.run { rows in
            let found = try rows.map { place, logits, target throws(InputError) in
                try TokenDivergence(logits, base: try base.row(place), target: target)
            }
            tokens += found
            running.add(found)
            try finish(rows) {
                running.finishChunk()
                try progress(running)
            }
        }
        return DivergenceStatistics(tokens)
    }
}

import Files

/// A text's tokens in chunks of equal length, of which the second half is scored: the rule of llama.cpp's tools.
///
/// Chunks do not overlap, and what is left at the end is dropped. Row i of a chunk predicts its token i + 1; the rows from
/// the middle to the last but one are scored, so that every prediction has seen half a chunk.
package struct TokenChunks: Sendable, Equatable {
    /// The tokens of all chunks, as they stand in the text.
    package let tokens: [Int32]
    /// Tokens of a chunk.
    package let length: Int
    /// How many chunks there are.
    package let count: Int
    /// What the model sees in place of each chunk's first token; `nil` to leave that as it is.
    package let beginOfSequence: Int32?

    /// The length by which published perplexities are measured.
    package static let usualLength = 512

    /// The shortest chunk of which a row is scored.
    package static let shortestLength = 3

    /// The chunks of `tokens`.
    /// - Parameters:
    ///   - limit: the most chunks; all unless given.
    ///   - source: the text's name, for errors.
    /// - Throws: `InputError` if chunks are too short, or there are fewer tokens than two chunks have, as in llama.cpp.
    package init(
        _ tokens: [Int32], length: Int, limit: Int? = nil, beginOfSequence: Int32?, source: String
    ) throws {
        guard length >= TokenChunks.shortestLength else {
            throw InputError(
                .invalidValue, source: "command line", field: "--context", found: "found \(length)",
                expected: "chunks of at least \(TokenChunks.shortestLength) tokens", advice: "give a larger number")
        }
        guard tokens.count / 2 >= length else {
            throw InputError(
                .missing, source: source, found: "found \(tokens.count) tokens",
                expected: "at least two chunks of \(length) tokens",
                advice: "give a longer text, or shorter chunks with --context")
        }
        let count = min(tokens.count / length, max(limit ?? .max, 1))
        self.init(whole: Array(tokens.prefix(count * length)), length: length, beginOfSequence: beginOfSequence)
    }

    /// The chunks of a text, as a model with that tokenizer reads it.
    /// - Throws: `InputError` if there is not text enough for two.
    package init(of corpus: Corpus, _ tokenizer: Tokenizer, length: Int, limit: Int? = nil) throws {
        try self.init(
            corpus.tokens(tokenizer), length: length, limit: limit, beginOfSequence: tokenizer.beginOfChunk,
            source: corpus.source)
    }

    /// - Precondition: `tokens` are whole chunks, each at least of the shortest length.
    package init(whole tokens: [Int32], length: Int, beginOfSequence: Int32?) {
        precondition(length >= TokenChunks.shortestLength && tokens.count % length == 0)
        self.tokens = tokens
        self.length = length
        self.count = tokens.count / length
        self.beginOfSequence = beginOfSequence
    }

    /// The rows of a chunk that are scored.
    package var scoredRows: Range<Int> { TokenChunks.scoredRows(ofLength: length) }

    /// The rows that are scored of a chunk of `length` tokens.
    package static func scoredRows(ofLength length: Int) -> Range<Int> { length / 2..<max(length - 1, length / 2) }

    /// What the model sees of chunk `index`.
    package func input(_ index: Int) -> [Int32] {
        var input = Array(tokens[index * length..<(index + 1) * length])
        if let beginOfSequence { input[0] = beginOfSequence }
        return input
    }

    /// The tokens that `rows` of chunk `index` predict.
    package func targets(_ index: Int, _ rows: Range<Int>) -> [Int32] {
        Array(tokens[index * length + rows.lowerBound + 1..<index * length + rows.upperBound + 1])
    }
}

import Files

/// A text cut into pieces of equally many tokens, as llama.cpp's tools cut it, so that figures compare.
///
/// The text is tokenized once, with the marks that the model expects around a sequence; what is left behind the last whole
/// piece is not used; and where a begin-of-sequence token is expected, it takes the place of each piece's first token.
public struct TokenChunks: Sendable {
    /// Tokens in a piece.
    public let length: Int
    /// How many pieces there are.
    public let count: Int
    private let tokens: [Int32]
    private let first: Int32?

    /// - Parameters:
    ///   - least: the fewest tokens that a text must have, in pieces.
    ///   - limit: the most pieces; all unless given.
    ///   - source: names the text in errors.
    /// - Throws: `InputError` if the text has fewer tokens than that.
    public init(
        of text: some Sequence<UInt8>, _ tokenizer: Tokenizer, length: Int, least: Int = 1, limit: Int? = nil,
        source: String
    ) throws {
        let tokens = tokenizer.addingSequenceMarks(to: tokenizer.encode(bytes: text))
        guard tokens.count >= least * length else {
            throw InputError(
                .missing, source: source, found: "found \(tokens.count) tokens", expected: "at least \(least * length)",
                advice: "give a longer text, or cut it into shorter pieces with --context")
        }
        self.length = length
        self.tokens = tokens
        count = min(tokens.count / length, limit ?? .max)
        first = tokenizer.addsBeginOfSequence ? tokenizer.beginOfSequence : nil
    }

    /// The tokens of a piece.
    public subscript(index: Int) -> [Int32] {
        var piece = Array(tokens[index * length..<(index + 1) * length])
        if let first { piece[0] = first }
        return piece
    }
}

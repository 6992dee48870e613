/// What constraints need to know of a model's tokens. One serves all constraints of a model.
public final class ConstraintVocabulary: Sendable {
    /// One more than the largest token id.
    public let size: Int
    /// Tokens that end an answer.
    let endTokens: Set<Int32>
    /// The tokens that are the marks around a thought and are not merged from text.
    let marks: [Int32]
    /// All tokens that text is made of.
    let trie: TokenTrie
    /// The bytes of all tokens, those of ends and others that are no text left out.
    private let bytes: [UInt8]
    private let starts: [Int32]

    /// - Parameters:
    ///   - size: one more than the largest token id.
    ///   - endTokens: tokens that end an answer.
    ///   - marks: tokens that are the marks around a thought. They may stand where a thought begins or ends only.
    ///   - bytes: what a token stands for; `nil` for tokens that are no text, like the model's special ones.
    public init(size: Int, endTokens: Set<Int32>, marks: [Int32: [UInt8]] = [:], bytes: (Int32) -> [UInt8]?) {
        self.size = size
        self.endTokens = endTokens
        self.marks = marks.keys.sorted()
        var (all, starts, text) = ([UInt8](), [Int32(0)], [(id: Int32, bytes: [UInt8])]())
        for token in 0..<Int32(clamping: size) {
            let own = endTokens.contains(token) ? [] : marks[token] ?? bytes(token) ?? []
            if !own.isEmpty, marks[token] == nil { text.append((token, own)) }
            all += own
            starts.append(Int32(all.count))
        }
        self.bytes = all
        self.starts = starts
        self.trie = TokenTrie(text)
    }

    /// The bytes that a token adds to a text.
    func bytes(of token: Int32) -> ArraySlice<UInt8> {
        guard token >= 0, Int(token) < size else { return [] }
        return bytes[Int(starts[Int(token)])..<Int(starts[Int(token) + 1])]
    }
}

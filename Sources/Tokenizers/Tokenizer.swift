import Files

/// Turns text into a model's token ids and back: byte-level byte-pair encoding (Sennrich et al., arXiv 1508.07909; over
/// bytes as in GPT-2).
///
/// Every sequence of bytes can be encoded and decodes to itself. Encoding is linear in the text's length, whatever the text.
/// Ids equal those of Hugging Face's `tokenizers`.
public final class Tokenizer: Sendable {
    /// Where the vocabulary was read from.
    public let source: String
    /// One more than the largest token id.
    public let vocabularySize: Int
    /// Id of the begin-of-sequence token; `nil` where there is none.
    public let beginOfSequence: Int32?
    /// Id of the end-of-sequence token; `nil` where there is none.
    public let endOfSequence: Int32?
    /// Id of the padding token; `nil` where there is none.
    public let padding: Int32?
    /// Whether the model expects the begin-of-sequence token before any text; see `addingSequenceMarks(to:)`.
    public let addsBeginOfSequence: Bool
    /// Whether a sequence for the model ends with the end-of-sequence token.
    public let addsEndOfSequence: Bool
    /// How text is cut before merging.
    public let preTokenizerKind: PreTokenizerKind

    let tokens: TokenTable
    let merger: Merger
    let preTokenizer: PreTokenizer
    let ignoresMerges: Bool
    let normalization: Vocabulary.Normalization
    /// Added tokens that are looked for in raw text, and those looked for in what is left.
    let matchers: [AddedTokenMatcher]
    private let added: [String: Int32]
    private let special: Set<Int32>
    private let parsed: Set<Int32>

    /// A tokenizer of `vocabulary`.
    ///
    /// A merge that names a spelling which is no token, or makes one, can never be applied and is passed over, keeping its
    /// rank: some converters write such a merge where a vocabulary has none. When more than one in a hundred are so (and
    /// more than one is), the vocabulary is taken to be damaged.
    /// - Throws: `InputError` for ids out of range, spellings or merges that stand twice, bytes without a token, and counts
    ///   beyond `VocabularyIndex.tokenLimit`.
    public init(_ vocabulary: Vocabulary) throws {
        let index = try VocabularyIndex(vocabulary)
        source = vocabulary.source
        vocabularySize = index.tokens.count
        beginOfSequence = try index.id(vocabulary.beginOfSequence, "begin-of-sequence token")
        endOfSequence = try index.id(vocabulary.endOfSequence, "end-of-sequence token")
        padding = try index.id(vocabulary.padding, "padding token")
        addsBeginOfSequence = vocabulary.addsBeginOfSequence
        addsEndOfSequence = vocabulary.addsEndOfSequence
        preTokenizerKind = vocabulary.preTokenizer
        tokens = index.tokens
        merger = Merger(table: index.merges, byteTokens: index.byteTokens)
        preTokenizer = PreTokenizer(vocabulary.preTokenizer)
        ignoresMerges = vocabulary.ignoresMerges
        normalization = vocabulary.normalization
        matchers = [false, true].map { isNormalized in
            AddedTokenMatcher(index.parsedTokens.filter { $0.isNormalized == isNormalized })
        }
        added = index.addedIds
        parsed = Set(index.parsedTokens.lazy.map { Int32(truncatingIfNeeded: $0.id) })
        special = Set(vocabulary.addedTokens.lazy.filter(\.isSpecial).map { Int32(truncatingIfNeeded: $0.id) })
    }

    /// The bytes that the token `id` stands for; `nil` if the vocabulary has no such token.
    public func bytes(of id: Int32) -> [UInt8]? {
        guard id >= 0, Int(id) < vocabularySize else { return nil }
        let bytes = tokens.bytes(of: Int(id))
        return bytes.isEmpty ? nil : Array(bytes)
    }

    /// The id of the token that is written `text`: an added token's content, or any token's decoded text.
    public func id(of text: String) -> Int32? { added[text] ?? tokens.id(of: Array(text.utf8)) }

    /// Whether ordinary text is normalised before it is encoded, so that it may decode to other bytes.
    package var normalizesText: Bool { normalization != .none }

    /// Whether `id` is part of the model's protocol rather than of its text. Ids that the vocabulary lacks are not.
    public func isSpecial(_ id: Int32) -> Bool { special.contains(id) }

    /// Whether `id` is a token that is only ever parsed, never merged from text: `<think>`, and all special tokens.
    public func isAdded(_ id: Int32) -> Bool { parsed.contains(id) }

    /// The bytes of `ids`, joined. Ids that the vocabulary lacks (models have spare rows) stand for nothing.
    public func decodedBytes(_ ids: some Sequence<Int32>, skippingSpecialTokens: Bool = false) -> [UInt8] {
        var bytes: [UInt8] = []
        for id in ids where id >= 0 && Int(id) < vocabularySize {
            if skippingSpecialTokens, isSpecial(id) { continue }
            bytes.append(contentsOf: tokens.bytes(of: Int(id)))
        }
        return bytes
    }

    /// The text of `ids`; bytes that are not UTF-8 become U+FFFD.
    public func decode(_ ids: some Sequence<Int32>, skippingSpecialTokens: Bool = false) -> String {
        String(decoding: decodedBytes(ids, skippingSpecialTokens: skippingSpecialTokens), as: UTF8.self)
    }
}

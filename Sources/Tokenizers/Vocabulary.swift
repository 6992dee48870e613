/// A byte-level BPE vocabulary as a file declares it, before it is checked and indexed by `Tokenizer`.
///
/// Both `tokenizer.json` and GGUF metadata are read into this one description.
public struct Vocabulary: Sendable {
    /// A token that stands outside of the merges.
    public struct AddedToken: Sendable, Equatable {
        /// The token's id.
        public var id: Int
        /// Its spelling.
        public var content: String
        /// Part of the model's protocol (`<｜User｜>`): text from people never becomes one unless asked.
        public var isSpecial: Bool
        /// Swallow white space before or after the token when it is matched in text.
        public var stripsLeft = false
        /// Swallow white space after the token.
        public var stripsRight = false
        /// Match only between non-word characters.
        public var isSingleWord = false
        /// Match in the normalised text rather than in the raw one.
        public var isNormalized = false

        /// A token with the usual rules of matching.
        public init(id: Int, content: String, isSpecial: Bool) {
            self.id = id
            self.content = content
            self.isSpecial = isSpecial
        }
    }

    /// What is done to ordinary text before it is cut into pieces.
    public enum Normalization: Sendable, Equatable {
        case none
        /// Unicode's canonical composition; Qwen's tokenizers ask for it.
        case canonicalComposition
    }

    /// Where the vocabulary was read from, for error sentences.
    public var source: String
    /// Token spellings in the byte-level alphabet (GPT-2's bytes-to-characters map), by id; `nil` where an id is unused.
    /// Added tokens may stand here too, as GGUF has them, or only in `addedTokens`.
    public var tokens: [String?]
    /// Merges in order of rank, each the spellings of its left and right part.
    public var merges: [(left: String, right: String)]
    /// Tokens outside of the merges.
    public var addedTokens: [AddedToken]
    /// How text is cut before merging.
    public var preTokenizer: PreTokenizerKind
    /// What is done to ordinary text before it is cut into pieces.
    public var normalization = Normalization.none
    /// A piece that is itself a token is taken whole, without merging (`ignore_merges`; Llama 3). A GGUF file does not
    /// say so; llama.cpp does it wherever `tokenizer.ggml.pre` is `llama-bpe`.
    public var ignoresMerges = false
    /// Id of the begin-of-sequence token.
    public var beginOfSequence: Int?
    /// Id of the end-of-sequence token.
    public var endOfSequence: Int?
    /// Id of the padding token.
    public var padding: Int?
    /// Whether encoding for a model puts the begin-of-sequence token first, and the end-of-sequence token last.
    public var addsBeginOfSequence = false
    /// Whether the end-of-sequence token goes last.
    public var addsEndOfSequence = false

    /// A vocabulary with no marks of its own.
    public init(
        source: String, tokens: [String?], merges: [(left: String, right: String)], addedTokens: [AddedToken],
        preTokenizer: PreTokenizerKind
    ) {
        self.source = source
        self.tokens = tokens
        self.merges = merges
        self.addedTokens = addedTokens
        self.preTokenizer = preTokenizer
    }
}

/// The rules by which the family's tokenizers cut text into pieces before merging, under llama.cpp's names.
public enum PreTokenizerKind: String, Sendable, CaseIterable {
    case deepSeekLLM = "deepseek-llm"
    case deepSeekCoder = "deepseek-coder"
    case deepSeekV3 = "deepseek-v3"
    case deepSeekR1Qwen = "deepseek-r1-qwen"
    case qwen2 = "qwen2"
    case llamaBPE = "llama-bpe"
    /// llama.cpp's rule for vocabularies that name no other.
    case `default` = "default"
}

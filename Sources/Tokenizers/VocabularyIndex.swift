import Files

/// A vocabulary, checked and indexed for `Tokenizer`.
struct VocabularyIndex {
    /// No tokenizer comes near; what claims more is refused before anything of that size is allocated.
    static let tokenLimit = 1 << 22
    static let mergeLimit = 1 << 23

    private(set) var tokens: TokenTable
    private(set) var merges: MergeTable
    private(set) var byteTokens: [Int32] = []
    /// Added tokens by content.
    private(set) var addedIds: [String: Int32] = [:]
    /// Added tokens that are looked for in text.
    private(set) var parsedTokens: [Vocabulary.AddedToken] = []
    private let source: String

    init(_ vocabulary: Vocabulary) throws {
        source = vocabulary.source
        tokens = TokenTable(capacity: 0)
        merges = MergeTable(capacity: 0)
        try checkCounts(vocabulary)
        let added = try indexAdded(vocabulary)
        try indexTokens(vocabulary, added)
        byteTokens = try findBytes(vocabulary)
        parsedTokens = vocabulary.addedTokens.filter { !spellsByte($0) }
        try indexMerges(vocabulary.merges)
    }

    /// `id` as a token of this vocabulary.
    func id(_ id: Int?, _ field: String) throws -> Int32? {
        guard let id else { return nil }
        guard id >= 0, id < tokens.count else {
            throw defect(.outOfBounds, field, "found the id \(id)", "an id below \(tokens.count)")
        }
        return Int32(truncatingIfNeeded: id)
    }

    private func checkCounts(_ vocabulary: Vocabulary) throws {
        let limit = VocabularyIndex.tokenLimit
        for (field, count, most) in [
            ("tokens", vocabulary.tokens.count, limit), ("added tokens", vocabulary.addedTokens.count, limit),
            ("merges", vocabulary.merges.count, VocabularyIndex.mergeLimit),
        ] where count > most {
            throw defect(.excessive, field, "found \(count) of them", "at most \(most)")
        }
        for token in vocabulary.addedTokens where token.id < 0 || token.id >= limit {
            throw defect(
                .outOfBounds, "added token “\(token.content)”", "found the id \(token.id)",
                "an id from 0 to \(limit - 1)")
        }
    }

    /// The added tokens by id.
    private mutating func indexAdded(_ vocabulary: Vocabulary) throws -> [Int: Vocabulary.AddedToken] {
        var added: [Int: Vocabulary.AddedToken] = [:]
        for token in vocabulary.addedTokens {
            let field = "added token “\(token.content)”"
            guard !token.content.isEmpty else {
                throw defect(.invalidValue, field, "found no characters", "at least one")
            }
            guard addedIds.updateValue(Int32(truncatingIfNeeded: token.id), forKey: token.content) == nil else {
                throw defect(.duplicate, field, "found it twice", "every added token once")
            }
            guard added.updateValue(token, forKey: token.id) == nil else {
                throw defect(
                    .duplicate, field, "found its id \(token.id) at another added token too", "an id of its own")
            }
            if token.id < vocabulary.tokens.count, let spelling = vocabulary.tokens[token.id], spelling != token.content
            {
                throw defect(
                    .invalidValue, field, "found its id \(token.id) spelled “\(spelling)”", "one spelling for each id")
            }
        }
        return added
    }

    private mutating func indexTokens(_ vocabulary: Vocabulary, _ added: [Int: Vocabulary.AddedToken]) throws {
        let count = max(vocabulary.tokens.count, (added.keys.max() ?? -1) + 1)
        tokens = TokenTable(capacity: count)
        for id in 0..<count {
            let extra = added[id]
            guard let spelling = extra?.content ?? (id < vocabulary.tokens.count ? vocabulary.tokens[id] : nil) else {
                _ = tokens.append([], isFindable: false)
                continue
            }
            let bytes = ByteAlphabet.bytes(of: spelling)
            // A special token must never come out of merges, nor one that only looks like a token's spelling.
            let isFindable = bytes != nil && !spelling.isEmpty && extra?.isSpecial != true
            if let other = tokens.append(bytes ?? Array(spelling.utf8), isFindable: isFindable) {
                throw defect(
                    .duplicate, "token “\(spelling)”", "found it as ids \(other) and \(id)", "one id for each spelling")
            }
        }
    }

    private func findBytes(_ vocabulary: Vocabulary) throws -> [Int32] {
        try (0...255).map { byte in
            guard let id = tokens.id(of: [UInt8(byte)]) else {
                let spelling = ByteAlphabet.characters[byte]
                throw defect(
                    .missing, "vocabulary", "found no token for the byte \(byte), “\(spelling)”",
                    "a token for each of 256 bytes")
            }
            return id
        }
    }

    /// Some vocabularies lack the bytes that UTF-8 never has and add them later, spelled “õ” for 0xF5. Such a token is that
    /// byte; looking for it in text would turn a person's “õ” into a byte that is not text.
    private func spellsByte(_ token: Vocabulary.AddedToken) -> Bool {
        !token.isSpecial && ByteAlphabet.bytes(of: token.content)?.count == 1
    }

    private mutating func indexMerges(_ list: [(left: String, right: String)]) throws {
        merges = MergeTable(capacity: list.count)
        var unknown = 0
        for (rank, merge) in list.enumerated() {
            guard let (left, right, result) = resolve(merge) else {
                unknown += 1
                continue
            }
            guard merges.insert(left, right, rank: rank, result: result) else {
                throw defect(
                    .duplicate, "merge \(rank)", "found “\(merge.left)” and “\(merge.right)” joined before",
                    "every merge once")
            }
        }
        guard unknown <= max(1, list.count / 100) else {
            throw defect(.missing, "merges", "found \(unknown) of \(list.count) that name no token", "merges of tokens")
        }
    }

    private func resolve(_ merge: (left: String, right: String)) -> (left: Int32, right: Int32, result: Int32)? {
        guard let left = ByteAlphabet.bytes(of: merge.left), let right = ByteAlphabet.bytes(of: merge.right),
            let leftId = tokens.id(of: left), let rightId = tokens.id(of: right),
            let result = tokens.id(of: left + right)
        else { return nil }
        return (leftId, rightId, result)
    }

    private func defect(_ kind: InputError.Kind, _ field: String, _ found: String, _ expected: String) -> InputError {
        InputError(
            kind, source: source, field: field, found: found, expected: expected,
            advice: "use the tokenizer file that belongs to the model, or download it again")
    }
}

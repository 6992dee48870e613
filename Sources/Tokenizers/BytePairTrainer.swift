import Files

/// Learns a byte-level BPE vocabulary from counted pieces (Sennrich et al., arXiv 1508.07909, algorithm 1): joins the pair of
/// neighbouring tokens that occurs most often, of equals the one with the lower ids, until the vocabulary is large enough.
///
/// Ids are laid out as DeepSeek-V3's: the marks of a sequence, the bytes in the order of their spellings, the merged tokens in order, and
/// at the end the marks of gaps, thoughts, conversations and tools. Pairs are counted once and then kept up to date.
package struct BytePairTrainer: Sendable {
    /// The marks that stand before the bytes: begin and end of a sequence, padding.
    static let firstTokens = ["<｜begin▁of▁sentence｜>", "<｜end▁of▁sentence｜>", "<｜▁pad▁｜>"]
    /// Those that stand behind all others, in V3's order.
    static let lastTokens = [
        "<think>", "</think>", "<｜fim▁hole｜>", "<｜fim▁begin｜>", "<｜fim▁end｜>", "<｜User｜>", "<｜Assistant｜>", "<|EOT|>",
        "<｜tool▁calls▁begin｜>", "<｜tool▁calls▁end｜>", "<｜tool▁call▁begin｜>", "<｜tool▁call▁end｜>",
        "<｜tool▁outputs▁begin｜>", "<｜tool▁outputs▁end｜>", "<｜tool▁output▁begin｜>", "<｜tool▁output▁end｜>",
        "<｜tool▁sep｜>",
    ]
    /// The smallest vocabulary: no merge at all.
    package static let leastSize = firstTokens.count + 256 + lastTokens.count

    /// Tokens of the vocabulary, all together.
    package let size: Int
    /// Pairs that occur less often are not joined.
    package let leastCount: Int

    /// - Throws: `InputError` for a size that has no room for the bytes and marks.
    package init(size: Int, leastCount: Int = 2) throws {
        guard (Self.leastSize...1 << 20).contains(size) else {
            throw InputError(
                .invalidValue, source: "command line", field: "--size", found: "found \(size)",
                expected: "a vocabulary of \(Self.leastSize) to \(1 << 20) tokens", advice: "give another size")
        }
        (self.size, self.leastCount) = (size, max(leastCount, 1))
    }

    /// The vocabulary that `pieces` teach; smaller than asked for if no pair is left that occurs often enough.
    /// - Parameter progress: told how many tokens there are; what it throws ends the work and is passed on.
    package func vocabulary(
        from pieces: PieceCounts, source: String = "training", progress: (Int) throws -> Void = { _ in }
    ) throws -> Vocabulary {
        var state = MergeState(first: Self.firstTokens.count)
        let bytes = state.byteTokens
        pieces.forEach { piece, times in
            if piece.count > 1 { state.pairs.append(piece.map { bytes[Int($0)] }, times: times) }
        }
        try state.merge(upTo: size - Self.lastTokens.count, leastCount: leastCount, progress)
        return vocabulary(state, pieces.kind, source)
    }

    private func vocabulary(_ state: MergeState, _ kind: PreTokenizerKind, _ source: String) -> Vocabulary {
        let spellings = state.tokens.map { ByteAlphabet.spelling(of: $0) }
        let first = Self.firstTokens.enumerated().map { id, content in
            Vocabulary.AddedToken(id: id, content: content, isSpecial: true)
        }
        let base = Self.firstTokens.count + spellings.count
        let last = Self.lastTokens.enumerated().map { index, content in
            Vocabulary.AddedToken(id: base + index, content: content, isSpecial: content == "<|EOT|>")
        }
        let merges = state.merges.map { (left: state.spelling($0.left), right: state.spelling($0.right)) }
        var vocabulary = Vocabulary(
            source: source, tokens: Self.firstTokens.map { _ in nil } + spellings, merges: merges,
            addedTokens: first + last, preTokenizer: kind)
        (vocabulary.beginOfSequence, vocabulary.endOfSequence, vocabulary.padding) = (0, 1, 2)
        vocabulary.addsBeginOfSequence = true
        return vocabulary
    }
}

/// Tokens and merges so far.
private struct MergeState {
    private let first: Int
    var pairs = PairIndex()
    /// The bytes of each token, from the id `first` on.
    private(set) var tokens: [[UInt8]]
    private(set) var merges: [(left: Int32, right: Int32)] = []
    private var merged: Set<PairIndex.Pair> = []
    private var ids: [[UInt8]: Int32]
    let byteTokens: [Int32]

    /// The bytes, in the order of the characters that spell them.
    init(first: Int) {
        self.first = first
        let order = (0...255 as ClosedRange<UInt8>).sorted {
            ByteAlphabet.characters[Int($0)].value < ByteAlphabet.characters[Int($1)].value
        }
        tokens = order.map { [$0] }
        ids = Dictionary(uniqueKeysWithValues: tokens.enumerated().map { ($1, Int32($0 + first)) })
        var byteTokens = [Int32](repeating: 0, count: 256)
        for (place, byte) in order.enumerated() { byteTokens[Int(byte)] = Int32(place + first) }
        self.byteTokens = byteTokens
    }

    func spelling(_ id: Int32) -> String { ByteAlphabet.spelling(of: tokens[Int(id) - first]) }

    /// Merges until there are `count` ids.
    mutating func merge(upTo count: Int, leastCount: Int, _ progress: (Int) throws -> Void) throws {
        var queue = PairQueue()
        for pair in pairs.pairs { queue.push(PairQueue.Entry(count: pairs.count(pair), pair: pair)) }
        while first + tokens.count < count, let best = queue.pop() {
            let now = pairs.count(best.pair)
            guard now == best.count else {
                if now >= leastCount { queue.push(PairQueue.Entry(count: now, pair: best.pair)) }
                continue
            }
            guard now >= leastCount else { break }
            let token = token(joining: best.pair)
            // A pair comes back where another pair has made one of its tokens since.
            if merged.insert(best.pair).inserted {
                merges.append((PairIndex.left(best.pair), PairIndex.right(best.pair)))
            }
            for pair in pairs.merge(best.pair, into: token) {
                queue.push(PairQueue.Entry(count: pairs.count(pair), pair: pair))
            }
            try progress(first + tokens.count)
        }
    }

    /// The token of a pair's joined bytes: another pair may have made it before.
    private mutating func token(joining pair: PairIndex.Pair) -> Int32 {
        let bytes = tokens[Int(PairIndex.left(pair)) - first] + tokens[Int(PairIndex.right(pair)) - first]
        if let id = ids[bytes] { return id }
        let id = Int32(truncatingIfNeeded: first + tokens.count)
        tokens.append(bytes)
        ids[bytes] = id
        return id
    }
}

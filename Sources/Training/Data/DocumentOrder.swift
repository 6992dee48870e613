import Files

/// The documents of several shards, long ones in passages, each epoch in an order of its own.
///
/// A passage has its own place in the order, so that the sequences of a batch come from many documents, however long some of
/// them are.
struct DocumentOrder: Sendable {
    /// A document, or a part of a long one, as it is to be read.
    struct Passage: Equatable {
        var tokens: [Int32]
        /// Which of them are learned; `nil` for all.
        var learned: [Bool]?
        /// The document's next token, if the passage is not its end.
        var next: Int32?
    }

    private let shards: [TokenShard]
    /// The number of each shard's first document, and the count of all.
    private let starts: [Int]
    /// Documents of more than one passage, and how many further ones there are before theirs.
    private let long: [(document: Int, before: Int)]
    /// The most tokens of a passage.
    private let most: Int
    private let seed: UInt64

    /// Passages are numbered: the first of every document, then the further ones of long documents.
    let passageCount: Int

    var documentCount: Int { starts.last ?? 0 }
    var tokenCount: Int { shards.reduce(0) { $0 + $1.tokenCount } }
    var isSupervised: Bool { shards.first?.isSupervised ?? false }

    /// Linear in the number of documents.
    /// - Parameters:
    ///   - seed: of the source; each epoch draws its own from it.
    ///   - passage: the most tokens of one; conversations stay whole.
    init(_ shards: [TokenShard], seed: UInt64, passage: Int) {
        self.shards = shards
        self.seed = seed
        starts = shards.reduce(into: [0]) { $0.append(($0.last ?? 0) + $1.documentCount) }
        most = shards.first?.isSupervised ?? false ? .max : passage
        var (long, further, document) = ([(document: Int, before: Int)](), 0, 0)
        for shard in shards {
            for index in 0..<shard.documentCount {
                let more = (shard.length(ofDocument: index) - 1) / most
                if more > 0 { long.append((document, further)) }
                further += more
                document += 1
            }
        }
        (self.long, passageCount) = (long, document + further)
    }

    /// What tells these passages from others.
    var fingerprint: [UInt64] { shards.map(\.checksum) + [seed, UInt64(most)] }

    func permutation(epoch: Int) -> KeyedPermutation {
        KeyedPermutation(count: passageCount, key: Self.key(seed, UInt64(epoch)))
    }

    /// A seed for what chance decides about one passage in one epoch.
    func seed(epoch: Int, passage: Int) -> UInt64 { Self.key(seed, UInt64(epoch), UInt64(passage), 1) }

    /// - Precondition: there is a passage of that number.
    func passage(_ number: Int) -> Passage {
        let (shard, document, start) = place(number)
        let length = shards[shard].length(ofDocument: document)
        let end = min(length - start, most) + start
        // One token more, if there is one: the target of the last.
        let tokens = shards[shard].tokens(ofDocument: document, start..<min(end + 1, length))
        return Passage(
            tokens: Array(tokens.prefix(end - start)), learned: shards[shard].mask(ofDocument: document),
            next: end < length ? tokens.last : nil)
    }

    /// How many tokens the document has that a passage is of.
    func documentLength(_ number: Int) -> Int {
        let (shard, document, _) = place(number)
        return shards[shard].length(ofDocument: document)
    }

    /// The document that a passage is of, in its shard, and where the passage starts.
    private func place(_ number: Int) -> (shard: Int, document: Int, start: Int) {
        var (document, start) = (number, 0)
        if number >= documentCount {
            let further = number - documentCount
            let (first, before) = long[last(long.count) { long[$0].before <= further }]
            (document, start) = (first, (further - before + 1) * most)
        }
        let shard = last(shards.count) { starts[$0] <= document }
        return (shard, document - starts[shard], start)
    }

    /// The last number below `count` that `isBefore` holds for; it holds for 0, and for none after one that it does not hold for.
    private func last(_ count: Int, _ isBefore: (Int) -> Bool) -> Int {
        var (low, high) = (0, count - 1)
        while low < high {
            let middle = (low + high + 1) / 2
            if isBefore(middle) { low = middle } else { high = middle - 1 }
        }
        return low
    }

    static func key(_ numbers: UInt64...) -> UInt64 {
        var hash = ContentHash()
        for number in numbers { hash.update(number) }
        return hash.value
    }
}

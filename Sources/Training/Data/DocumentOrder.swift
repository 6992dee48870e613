import Files

/// The documents of several shards, each epoch in an order of its own.
struct DocumentOrder: Sendable {
    private let shards: [TokenShard]
    /// The number of each shard's first document, and the count of all.
    private let starts: [Int]
    private let seed: UInt64

    var documentCount: Int { starts.last ?? 0 }
    var tokenCount: Int { shards.reduce(0) { $0 + $1.tokenCount } }
    var isSupervised: Bool { shards.first?.isSupervised ?? false }

    /// - Parameter seed: of the source; each epoch draws its own from it.
    init(_ shards: [TokenShard], seed: UInt64) {
        self.shards = shards
        self.seed = seed
        starts = shards.reduce(into: [0]) { $0.append(($0.last ?? 0) + $1.documentCount) }
    }

    /// What tells these documents from others.
    var fingerprint: [UInt64] { shards.map(\.checksum) + [seed] }

    func permutation(epoch: Int) -> KeyedPermutation {
        KeyedPermutation(count: documentCount, key: Self.key(seed, UInt64(epoch)))
    }

    /// A seed for what chance decides about one document in one epoch.
    func seed(epoch: Int, document: Int) -> UInt64 { Self.key(seed, UInt64(epoch), UInt64(document), 1) }

    /// - Precondition: there is a document of that number.
    func tokens(_ document: Int) -> (tokens: [Int32], learned: [Bool]?) {
        let (shard, index) = place(document)
        return (shards[shard].tokens(ofDocument: index), shards[shard].mask(ofDocument: index))
    }

    /// How many tokens a document has.
    func length(_ document: Int) -> Int {
        let (shard, index) = place(document)
        return shards[shard].length(ofDocument: index)
    }

    private func place(_ document: Int) -> (shard: Int, index: Int) {
        var (low, high) = (0, shards.count - 1)
        while low < high {
            let middle = (low + high + 1) / 2
            if starts[middle] <= document { low = middle } else { high = middle - 1 }
        }
        return (low, document - starts[low])
    }

    static func key(_ numbers: UInt64...) -> UInt64 {
        var hash = ContentHash()
        for number in numbers { hash.update(number) }
        return hash.value
    }
}

/// The tokens of a vocabulary as a tree of their bytes, so that a beginning that many share is looked at once.
///
/// Nodes stand in the order in which a walk meets them, each before its children; a node's descendants follow it.
struct TokenTrie: Sendable {
    /// The byte that leads to each node.
    private(set) var bytes: [UInt8] = []
    /// Where each node's descendants end.
    private(set) var ends: [Int32] = []
    /// All tokens, in the order of their nodes.
    private(set) var tokens: [Int32] = []
    /// Where the tokens of each node begin in `tokens`, and behind them those of its descendants; one more entry ends
    /// the last.
    private(set) var firstTokens: [Int32] = []
    /// The bytes that lead to each node's descendants; one from 128 on counts as byte 0, which text has not either.
    private(set) var below: [LowByteSet] = []
    /// The most bytes of a token.
    private(set) var longest = 0

    var count: Int { bytes.count }

    /// - Parameter tokens: ids with their bytes, at least one each.
    init(_ tokens: [(id: Int32, bytes: [UInt8])]) {
        // The nodes of the previous token's bytes.
        var path: [Int] = []
        var previous: [UInt8] = []
        let sorted = tokens.sorted {
            $0.bytes == $1.bytes ? $0.id < $1.id : $0.bytes.lexicographicallyPrecedes($1.bytes)
        }
        for token in sorted {
            let common = zip(previous, token.bytes).prefix { $0 == $1 }.count
            close(&path, keeping: common)
            for byte in token.bytes[common...] { path.append(open(byte)) }
            self.tokens.append(token.id)
            previous = token.bytes
            longest = max(longest, token.bytes.count)
        }
        close(&path, keeping: 0)
        firstTokens.append(Int32(self.tokens.count))
    }

    private mutating func open(_ byte: UInt8) -> Int {
        bytes.append(byte)
        ends.append(0)
        firstTokens.append(Int32(tokens.count))
        below.append(LowByteSet())
        return bytes.count - 1
    }

    private mutating func close(_ path: inout [Int], keeping kept: Int) {
        while path.count > kept, let node = path.popLast() {
            ends[node] = Int32(bytes.count)
            guard let parent = path.last else { continue }
            below[parent].formUnion(below[node])
            below[parent].insert(bytes[node] < 128 ? bytes[node] : 0)
        }
    }
}

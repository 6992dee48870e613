/// The merges of a vocabulary: which two neighbouring tokens join to which token, and how early.
///
/// A flat hash table keyed by both ids: a lookup is one multiplication and, mostly, one cache line.
struct MergeTable: Sendable {
    /// A merge as one number that orders by rank: the rank in the upper half, the id of the result in the lower.
    typealias Merge = UInt64

    /// What `merge(_:_:)` gives for two tokens that do not join.
    static let none = Merge.max

    private struct Entry {
        var key = UInt64.max
        var merge = MergeTable.none
    }

    private var entries: [Entry]
    private let shift: UInt64
    /// One more than the largest rank.
    private(set) var rankCount = 0

    /// An empty table with room for `count` merges, at most half full.
    init(capacity count: Int) {
        var bits: UInt64 = 4
        while 1 << bits < count * 2 { bits += 1 }
        entries = [Entry](repeating: Entry(), count: 1 << bits)
        shift = 64 - bits
    }

    /// The merge of `left` with `right`, or `none`.
    @inline(__always)
    func merge(_ left: Int32, _ right: Int32) -> Merge { entries[slot(MergeTable.key(left, right))].merge }

    /// Adds a merge; `false` if these two had one already.
    mutating func insert(_ left: Int32, _ right: Int32, rank: Int, result: Int32) -> Bool {
        let key = MergeTable.key(left, right)
        let slot = slot(key)
        guard entries[slot].key != key else { return false }
        entries[slot] = Entry(key: key, merge: UInt64(rank) << 32 | UInt64(UInt32(bitPattern: result)))
        rankCount = max(rankCount, rank + 1)
        return true
    }

    @inline(__always)
    private static func key(_ left: Int32, _ right: Int32) -> UInt64 {
        UInt64(UInt32(bitPattern: left)) << 32 | UInt64(UInt32(bitPattern: right))
    }

    /// Where `key` stands or would stand. Ends, as the table is at most half full.
    @inline(__always)
    private func slot(_ key: UInt64) -> Int {
        // Safe: wraps on purpose, to spread the keys; the shift leaves an index into `entries`.
        var slot = Int(truncatingIfNeeded: (key &* 0x9E37_79B9_7F4A_7C15) >> shift)
        while entries[slot].key != key, entries[slot].key != .max { slot = (slot + 1) & (entries.count - 1) }
        return slot
    }
}

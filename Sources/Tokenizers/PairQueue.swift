/// Pairs of tokens by how often they occur: the most frequent first, of equals the one with the lower ids.
struct PairQueue {
    /// A pair's count when it was entered, which may have changed since.
    struct Entry {
        let count: Int
        let pair: PairIndex.Pair

        func precedes(_ other: Entry) -> Bool {
            count != other.count ? count > other.count : pair < other.pair
        }
    }

    /// A binary heap.
    private var entries: [Entry] = []

    mutating func push(_ entry: Entry) {
        var child = entries.count
        entries.append(entry)
        while child > 0, entry.precedes(entries[(child - 1) / 2]) {
            entries[child] = entries[(child - 1) / 2]
            child = (child - 1) / 2
        }
        entries[child] = entry
    }

    mutating func pop() -> Entry? {
        guard let first = entries.first, let last = entries.popLast() else { return nil }
        if entries.isEmpty { return first }
        var parent = 0
        while true {
            var child = 2 * parent + 1
            if child >= entries.count { break }
            if child + 1 < entries.count, entries[child + 1].precedes(entries[child]) { child += 1 }
            guard entries[child].precedes(last) else { break }
            entries[parent] = entries[child]
            parent = child
        }
        entries[parent] = last
        return first
    }
}

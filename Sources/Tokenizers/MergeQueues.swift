/// A binary heap whose least number comes out first.
struct MinimumHeap {
    private var values: [UInt64] = []

    mutating func push(_ value: UInt64) {
        var child = values.count
        values.append(value)
        while child > 0, values[(child - 1) / 2] > value {
            values[child] = values[(child - 1) / 2]
            child = (child - 1) / 2
        }
        values[child] = value
    }

    mutating func pop() -> UInt64? {
        guard let least = values.first, let last = values.popLast() else { return nil }
        if values.isEmpty { return least }
        var parent = 0
        while true {
            var child = 2 * parent + 1
            if child >= values.count { break }
            if child + 1 < values.count, values[child + 1] < values[child] { child += 1 }
            if values[child] >= last { break }
            values[parent] = values[child]
            parent = child
        }
        values[parent] = last
        return least
    }
}

/// Places to merge, listed by rank.
struct RankBuckets {
    private struct Entry {
        var place: Int32
        /// The entry that was added to the same list before; -1 for the first.
        var before: Int32
    }

    private var entries: [Entry] = []
    /// The entry added last for each rank; -1 for none.
    private var last: [Int32]

    init(rankCount: Int, capacity: Int) {
        last = [Int32](repeating: -1, count: rankCount)
        entries.reserveCapacity(capacity)
    }

    /// Lists `place` under the rank of `merge`, if it is one. Entries are fewer than three for each of the piece's bytes,
    /// `Merger.pieceLimit` at most, so they can be counted in 32 bits.
    @inline(__always)
    mutating func add(_ place: Int, _ merge: MergeTable.Merge) {
        guard merge != MergeTable.none else { return }
        let rank = Int(merge >> 32)
        entries.append(Entry(place: Int32(truncatingIfNeeded: place), before: last[rank]))
        last[rank] = Int32(truncatingIfNeeded: entries.count - 1)
    }

    /// Puts the places of `rank` into `places`, from left to right; `false` if there are none.
    mutating func take(_ rank: Int, into places: inout [Int32]) -> Bool {
        guard last[rank] >= 0 else { return false }
        places.removeAll(keepingCapacity: true)
        var index = last[rank]
        var isSorted = true
        while index >= 0 {
            let entry = entries[Int(index)]
            if let right = places.last, right < entry.place { isSorted = false }
            places.append(entry.place)
            index = entry.before
        }
        places.reverse()
        // Only a token that joins itself minds the order ("aaa"), but then one list may be as long as the text.
        if !isSorted { places.sort() }
        return true
    }
}

/// Places to merge, the lowest rank first and of one rank the leftmost; nearly constant time for each.
///
/// A place waits in the list of its rank. When a rank becomes the lowest, its list is put on a stack, leftmost on top, and
/// taken from there; a lower rank that turns up meanwhile goes on top of it. The stack stays in order: what merges bring
/// about until the ranks below are done touches the token just merged, so a place that comes back to an opened rank is
/// never right of those of its rank that still wait on the stack.
struct MergeQueue {
    private struct Entry {
        var place: Int32
        /// The entry that was added to the same list before; -1 for the first.
        var before: Int32
    }

    private var entries: [Entry] = []
    /// The entry added last for each rank; -1 for none.
    private var last: [Int32]
    /// The ranks whose lists are not empty.
    private var ranks = MinimumHeap()
    /// Rank in the upper half, place in the lower; the least is at the end.
    private var stack: [UInt64] = []

    init(rankCount: Int) { last = [Int32](repeating: -1, count: rankCount) }

    /// Lists `place` under the rank of `merge`, if it is one. Quickest if the places of one rank are added in order.
    @inline(__always)
    mutating func add(_ place: Int, _ merge: MergeTable.Merge) {
        guard merge != MergeTable.none else { return }
        let rank = Int(merge >> 32)
        if last[rank] < 0 { ranks.push(Int32(truncatingIfNeeded: rank)) }
        // Safe: entries are fewer than three for each place, and `Merger.pieceLimit` bounds the places.
        entries.append(Entry(place: Int32(truncatingIfNeeded: place), before: last[rank]))
        last[rank] = Int32(truncatingIfNeeded: entries.count - 1)
    }

    /// Takes the next place and its rank. Merges that became impossible since they were added are among them.
    @inline(__always)
    mutating func next() -> (rank: UInt64, place: Int)? {
        while let rank = ranks.least, UInt64(rank) <= (stack.last ?? .max) >> 32 { open(rank) }
        guard let next = stack.popLast() else {
            entries.removeAll(keepingCapacity: true)
            return nil
        }
        return (next >> 32, Int(next & 0xFFFF_FFFF))
    }

    /// Puts the list of `rank`, the lowest of all, on the stack.
    private mutating func open(_ rank: Int32) {
        _ = ranks.pop()
        let base = stack.count
        var index = last[Int(rank)]
        last[Int(rank)] = -1
        var isSorted = true
        while index >= 0 {
            let entry = entries[Int(index)]
            let key = UInt64(rank) << 32 | UInt64(entry.place)
            if stack.count > base, stack[stack.count - 1] < key { isSorted = false }
            stack.append(key)
            index = entry.before
        }
        if !isSorted { stack[base...].sort(by: >) }
    }
}

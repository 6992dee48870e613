/// Applies merges to the bytes of one piece: always the merge of the lowest rank, the leftmost of equals, until none is left.
///
/// Three ways to the same result, by the length of the piece: a scan for the next merge, a heap of merges, and, for
/// tables in order, lists of places by rank, which take a piece of any length in nearly linear time.
struct Merger: Sendable {
    let table: MergeTable
    /// The token of each byte.
    let byteTokens: [Int32]

    /// Up to this many bytes a scan is quickest.
    static let scanLimit = 32
    /// From this many bytes on it pays to walk through all ranks once.
    static let bucketLimit = 4096
    /// A longer piece is cut here, so that places fit into 32 bits.
    static let pieceLimit = 1 << 28

    /// Appends the tokens of `bytes[range]` to `output`.
    func append(_ bytes: [UInt8], _ range: Range<Int>, to output: inout [Int32]) {
        if range.count <= Merger.scanLimit { return appendByScan(bytes, range, to: &output) }
        var start = range.lowerBound
        while start < range.upperBound {
            let end = start + min(Merger.pieceLimit, range.upperBound - start)
            let ids = bytes[start..<end].map { byteTokens[Int($0)] }
            if table.isOrdered, ids.count >= Merger.bucketLimit {
                appendByBuckets(ids, to: &output)
            } else {
                appendByHeap(ids, to: &output)
            }
            start = end
        }
    }

    /// Merges in place at the end of `output`; the square of the length in time, which is small.
    func appendByScan(_ bytes: [UInt8], _ range: Range<Int>, to output: inout [Int32]) {
        let first = output.count
        for position in range { output.append(byteTokens[Int(bytes[position])]) }
        var count = range.count
        guard count > 1 else { return }
        withUnsafeTemporaryAllocation(of: MergeTable.Merge.self, capacity: count) { merges in
            // Safe: `merges` has `count` places at first, and every index below stays under `count`, which only falls.
            for place in 1..<count { merges[place - 1] = table.merge(output[first + place - 1], output[first + place]) }
            while count > 1 {
                var best = 0
                for place in 1..<(count - 1) where merges[place] < merges[best] { best = place }
                guard merges[best] != MergeTable.none else { break }
                output[first + best] = Int32(truncatingIfNeeded: merges[best] & 0xFFFF_FFFF)
                for place in (best + 1)..<max(best + 1, count - 1) {
                    output[first + place] = output[first + place + 1]
                    merges[place - 1] = merges[place]
                }
                count -= 1
                if best + 1 < count { merges[best] = table.merge(output[first + best], output[first + best + 1]) }
                if best > 0 { merges[best - 1] = table.merge(output[first + best - 1], output[first + best]) }
            }
        }
        output.removeLast(output.count - first - count)
    }

    /// Merges by a heap of (rank, place): right for every table, n log n in time.
    func appendByHeap(_ ids: [Int32], to output: inout [Int32]) {
        var chain = TokenChain(ids, table)
        var heap = MinimumHeap()
        func push(_ place: Int, _ merge: MergeTable.Merge) {
            if merge != MergeTable.none { heap.push(merge & 0xFFFF_FFFF_0000_0000 | UInt64(place)) }
        }
        for place in ids.indices { push(place, chain.merges[place]) }
        while let least = heap.pop() {
            let place = Int(least & 0xFFFF_FFFF)
            // A merge that is no longer possible is met again here, as an entry whose rank is not the place's own.
            guard chain.merges[place] != MergeTable.none, chain.merges[place] >> 32 == least >> 32 else { continue }
            chain.join(at: place, table)
            push(place, chain.merges[place])
            let before = Int(chain.previous[place])
            if before >= 0 { push(before, chain.merges[before]) }
        }
        chain.append(to: &output)
    }

    /// Merges rank after rank: in an ordered table no merge brings about one of its own rank or of a lower.
    /// - Precondition: `table.isOrdered`.
    func appendByBuckets(_ ids: [Int32], to output: inout [Int32]) {
        var chain = TokenChain(ids, table)
        var buckets = RankBuckets(rankCount: table.rankCount, capacity: ids.count)
        for place in ids.indices { buckets.add(place, chain.merges[place]) }
        var places: [Int32] = []
        for rank in 0..<table.rankCount where buckets.take(rank, into: &places) {
            for place in places.lazy.map({ Int($0) }) {
                guard chain.merges[place] != MergeTable.none, Int(chain.merges[place] >> 32) == rank else { continue }
                chain.join(at: place, table)
                buckets.add(place, chain.merges[place])
                let before = Int(chain.previous[place])
                if before >= 0 { buckets.add(before, chain.merges[before]) }
            }
        }
        chain.append(to: &output)
    }
}

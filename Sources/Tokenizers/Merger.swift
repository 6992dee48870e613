/// Applies merges to the bytes of one piece: always the merge of the lowest rank, the leftmost of equals, until none is left.
struct Merger: Sendable {
    let table: MergeTable
    /// The token of each byte.
    let byteTokens: [Int32]

    /// Up to this many bytes a scan is quickest.
    static let scanLimit = 32
    /// A longer piece is cut here, so that places fit into 32 bits and the queue's entries too.
    static let pieceLimit = 1 << 28

    /// Appends the tokens of `bytes[range]` to `output`. What long pieces need is kept in `long` for the next.
    func append(_ bytes: [UInt8], _ range: Range<Int>, to output: inout [Int32], _ long: inout LongPieceMerger?) {
        if range.count <= Merger.scanLimit { return appendByScan(bytes, range, to: &output) }
        var start = range.lowerBound
        while start < range.upperBound {
            let end = start + min(Merger.pieceLimit, range.upperBound - start)
            // Taken out and put back, as two copies of its arrays would be copied on the first write.
            var work = long.take() ?? LongPieceMerger(self)
            work.append(bytes, start..<end, to: &output)
            long = consume work
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
}

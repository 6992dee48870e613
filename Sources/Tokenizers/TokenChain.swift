/// A long piece while it is being merged: its tokens as a list in which any two neighbours can be joined at once.
///
/// A token is known by the place of its first byte. Places are 32 bits wide; `Merger` cuts longer pieces.
struct TokenChain {
    private(set) var ids: [Int32]
    /// The place of the next token; the count of places after the last.
    private(set) var next: [Int32]
    /// The place of the previous token; -1 before the first.
    private(set) var previous: [Int32]
    /// How the token at each place would join its successor; `MergeTable.none` for places inside tokens too.
    private(set) var merges: [MergeTable.Merge]

    init(_ ids: [Int32], _ table: MergeTable) {
        let count = Int32(ids.count)
        self.ids = ids
        next = (0..<count).map { $0 + 1 }
        previous = (0..<count).map { $0 - 1 }
        merges = [MergeTable.Merge](repeating: MergeTable.none, count: ids.count)
        for place in 1..<max(1, ids.count) { merges[place - 1] = table.merge(ids[place - 1], ids[place]) }
    }

    /// Joins the token at `place` with its successor.
    /// - Precondition: `merges[place]` is not `none`.
    @inline(__always)
    mutating func join(at place: Int, _ table: MergeTable) {
        let absorbed = Int(next[place])
        let after = next[absorbed]
        ids[place] = Int32(truncatingIfNeeded: merges[place] & 0xFFFF_FFFF)
        merges[absorbed] = MergeTable.none
        next[place] = after
        merges[place] = MergeTable.none
        if Int(after) < ids.count {
            previous[Int(after)] = Int32(truncatingIfNeeded: place)
            merges[place] = table.merge(ids[place], ids[Int(after)])
        }
        let before = Int(previous[place])
        if before >= 0 { merges[before] = table.merge(ids[before], ids[place]) }
    }

    /// The tokens, in order, appended to `output`.
    func append(to output: inout [Int32]) {
        var place = 0
        while place < ids.count {
            output.append(ids[place])
            place = Int(next[place])
        }
    }
}

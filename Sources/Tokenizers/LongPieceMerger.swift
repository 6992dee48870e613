/// Merges a piece of any length in linear time and a cache's worth of memory: window after window.
///
/// A window ends anywhere, so its last tokens may be wrong; the next window begins a few tokens earlier, with a token that
/// both must have. If they have it, the cut left no trace, whatever the merges:
///
/// - Two neighbours t, u in the tokens of a text are what t's and u's bytes alone are merged to. For no merge reached
///   across their outer borders; and what is chosen always, the least rank, the leftmost of equals, is, as long as it lies
///   inside of them, the least and leftmost inside of them.
/// - Tokens of which every two neighbours are so are the tokens of the whole text. Else consider the first merge that
///   reaches across one of their borders. Until then the two tokens at this border were merged as if alone, and alone that
///   merge would have been made as well.
/// - All neighbours of the joined list are neighbours in one window or in the other, as both have the token at the cut.
///
/// Where they do not have it, the earlier window is done again, twice as long.
struct LongPieceMerger {
    /// So many bytes that the links of a window and the queue stay in a processor's second cache.
    static let usualWindow = 4096
    /// The next window begins before so many tokens of the last.
    static let overlap = 8

    private struct Cut {
        /// Where a window begins.
        var place: Int
        /// How many tokens there are before it.
        var count: Int
        /// How long the window was that begins here.
        var length = 0
    }

    private let merger: Merger
    private let window: Int
    private var chain = TokenChain()
    private var queue: MergeQueue
    private var cuts: [Cut] = []
    private var tokens: [(place: Int, id: Int32)] = []

    init(_ merger: Merger, window: Int = usualWindow) {
        self.merger = merger
        self.window = window
        queue = MergeQueue(rankCount: merger.table.rankCount)
    }

    /// Appends the tokens of `bytes[piece]` to `output`.
    mutating func append(_ bytes: [UInt8], _ piece: Range<Int>, to output: inout [Int32]) {
        cuts = [Cut(place: piece.lowerBound, count: output.count)]
        var length = window
        while let cut = cuts.last {
            let range = cut.place..<cut.place + min(length, piece.upperBound - cut.place)
            merge(bytes, range)
            if cuts.count > 1, output[cut.count] != tokens.first?.id {
                let previous = takeBack(&output)
                // Longer than it ever was, or the two might take turns for ever.
                length = 2 * max(previous.length, range.upperBound - previous.place)
            } else if range.upperBound == piece.upperBound {
                output.removeLast(output.count - cut.count)
                for token in tokens { output.append(token.id) }
                return
            } else {
                length = accept(after: cut, &output) ? window : 2 * length
            }
        }
    }

    /// Takes back the window before the last cut, up to the token that it shares with the window before.
    private mutating func takeBack(_ output: inout [Int32]) -> Cut {
        cuts.removeLast()
        let cut = cuts[cuts.count - 1]
        output.removeLast(output.count - cut.count - (cuts.count > 1 ? 1 : 0))
        return cut
    }

    /// Puts the tokens up to a new cut, and the one that begins there, into the output; `false` if they are too few.
    private mutating func accept(after cut: Cut, _ output: inout [Int32]) -> Bool {
        let shared = tokens.count - 1 - LongPieceMerger.overlap
        guard shared > 0 else { return false }
        cuts[cuts.count - 1].length = chain.links.count
        output.removeLast(output.count - cut.count)
        for token in tokens[...shared] { output.append(token.id) }
        cuts.append(Cut(place: cut.place + tokens[shared].place, count: output.count - 1))
        return true
    }

    /// Merges `bytes[range]` into `tokens`.
    private mutating func merge(_ bytes: [UInt8], _ range: Range<Int>) {
        chain.reset(bytes, range, merger)
        for (place, link) in chain.links.enumerated() { queue.add(place, link.merge) }
        while let (rank, place) = queue.next() {
            guard chain.links[place].merge != MergeTable.none, chain.links[place].merge >> 32 == rank else { continue }
            let before = chain.join(at: place, merger.table)
            if before >= 0 { queue.add(before, chain.links[before].merge) }
            queue.add(place, chain.links[place].merge)
        }
        tokens.removeAll(keepingCapacity: true)
        chain.forEachToken { tokens.append(($0, $1)) }
    }
}

/// A stretch of text while it is being merged: its tokens as a list in which any two neighbours can be joined at once.
///
/// A token is known by the place of its first byte. Places are 32 bits wide; `Merger` cuts longer pieces.
struct TokenChain {
    struct Link {
        /// How the token would join its successor; `MergeTable.none` for places inside tokens too.
        var merge = MergeTable.none
        var id: Int32
        /// The place of the next token; the count of places after the last.
        var next: Int32
        /// The place of the previous token; -1 before the first.
        var previous: Int32
    }

    private(set) var links: [Link] = []

    /// Starts anew with `bytes[range]`, each byte a token.
    mutating func reset(_ bytes: [UInt8], _ range: Range<Int>, _ merger: Merger) {
        links.removeAll(keepingCapacity: true)
        links.reserveCapacity(range.count)
        for byte in bytes[range] {
            let place = links.count
            let id = merger.byteTokens[Int(byte)]
            if place > 0 { links[place - 1].merge = merger.table.merge(links[place - 1].id, id) }
            // Safe: `Merger.pieceLimit` bounds the places.
            let position = Int32(truncatingIfNeeded: place)
            links.append(Link(id: id, next: position + 1, previous: position - 1))
        }
    }

    /// Joins the token at `place` with its successor.
    /// - Precondition: the merge of the link at `place` is not `none`.
    /// - Returns: the place of the token before; -1 if there is none.
    @inline(__always)
    mutating func join(at place: Int, _ table: MergeTable) -> Int {
        var link = links[place]
        let absorbed = Int(link.next)
        links[absorbed].merge = MergeTable.none
        link.id = Int32(truncatingIfNeeded: link.merge & 0xFFFF_FFFF)
        link.next = links[absorbed].next
        link.merge = MergeTable.none
        let after = Int(link.next)
        if after < links.count {
            links[after].previous = Int32(truncatingIfNeeded: place)
            link.merge = table.merge(link.id, links[after].id)
        }
        links[place] = link
        let before = Int(link.previous)
        if before >= 0 { links[before].merge = table.merge(links[before].id, link.id) }
        return before
    }

    /// The tokens, in order, each with its place.
    @inline(__always)
    func forEachToken(_ body: (_ place: Int, _ id: Int32) -> Void) {
        var place = 0
        while place < links.count {
            body(place, links[place].id)
            place = Int(links[place].next)
        }
    }
}

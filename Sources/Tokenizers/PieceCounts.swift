/// How often each piece of text occurs: what byte-pair merges are learned from.
///
/// Texts are cut as the tokenizer to be trained will cut them. Memory is bounded: where more than `limit` different pieces were seen,
/// those seen least are forgotten, which on the limit's scale are words of no use for a vocabulary.
package struct PieceCounts: Sendable {
    /// Longer pieces are cut: no merge spans so much.
    static let longestPiece = 1 << 10

    package let kind: PreTokenizerKind
    private let preTokenizer: PreTokenizer
    private let limit: Int
    /// The pieces' bytes, one after the other.
    private var bytes: [UInt8] = []
    private var starts: [Int] = [0]
    private var counts: [Int] = []
    /// A hash table of piece numbers; -1 where free. At most half full.
    private var slots: [Int32]

    /// - Parameter limit: the most different pieces that are kept between texts, below 2³⁰.
    package init(_ kind: PreTokenizerKind, limit: Int = 8 << 20) {
        precondition(limit > 0 && limit < 1 << 30)
        (self.kind, self.limit) = (kind, limit)
        preTokenizer = PreTokenizer(kind)
        slots = [Int32](repeating: -1, count: 1 << 10)
    }

    /// How many different pieces are known.
    package var count: Int { counts.count }

    /// Counts the pieces of a text.
    package mutating func add(_ text: [UInt8]) {
        preTokenizer.split(text.indices, of: TextScanner(text)) { piece in
            var start = piece.lowerBound
            while start < piece.upperBound {
                let end = min(start + Self.longestPiece, piece.upperBound)
                add(text, start..<end, times: 1)
                start = end
            }
        }
        prune()
    }

    /// Adds what another count found, in that order.
    package mutating func add(_ other: PieceCounts) {
        for piece in 0..<other.count { add(other.bytes, other.range(of: piece), times: other.counts[piece]) }
        prune()
    }

    /// Calls `body` with every piece that occurs at least `least` times, in the order of first occurrence.
    func forEach(atLeast least: Int = 1, _ body: (ArraySlice<UInt8>, Int) -> Void) {
        for piece in 0..<count where counts[piece] >= least { body(bytes[range(of: piece)], counts[piece]) }
    }

    private func range(of piece: Int) -> Range<Int> { starts[piece]..<starts[piece + 1] }

    private mutating func add(_ text: [UInt8], _ range: Range<Int>, times: Int) {
        let slot = slot(text, range)
        if slots[slot] >= 0 {
            counts[Int(slots[slot])] += times
            return
        }
        slots[slot] = Int32(truncatingIfNeeded: counts.count)
        bytes.append(contentsOf: text[range])
        starts.append(bytes.count)
        counts.append(times)
        if counts.count * 2 > slots.count { rebuild() }
    }

    /// Where the piece stands or would stand. Ends, as the table is at most half full.
    private func slot(_ text: [UInt8], _ range: Range<Int>) -> Int {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        // Safe: wraps on purpose, as hashing does (FNV-1a).
        for place in range { hash = (hash ^ UInt64(text[place])) &* 0x100_0000_01B3 }
        var slot = Int(truncatingIfNeeded: hash ^ hash >> 29) & (slots.count - 1)
        while slots[slot] >= 0, !isPiece(Int(slots[slot]), text, range) { slot = (slot + 1) & (slots.count - 1) }
        return slot
    }

    private func isPiece(_ piece: Int, _ text: [UInt8], _ range: Range<Int>) -> Bool {
        let own = self.range(of: piece)
        guard own.count == range.count else { return false }
        for place in 0..<own.count where bytes[own.lowerBound + place] != text[range.lowerBound + place] {
            return false
        }
        return true
    }

    private mutating func rebuild() {
        slots = [Int32](repeating: -1, count: slots.count * 2)
        for piece in 0..<count { slots[slot(bytes, range(of: piece))] = Int32(truncatingIfNeeded: piece) }
    }

    /// Forgets pieces that occur once, then twice, and so on, until half of the limit is free.
    private mutating func prune() {
        guard count > limit else { return }
        var least = 1
        while counts.lazy.filter({ $0 > least }).count > limit / 2 { least += 1 }
        var kept = PieceCounts(kind, limit: limit)
        forEach(atLeast: least + 1) { piece, times in kept.add(Array(piece), 0..<piece.count, times: times) }
        self = kept
    }
}

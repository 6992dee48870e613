/// Remembers where short pieces of one text were encoded before, so that a repeated word is copied and not merged again.
///
/// Bounded: a place for each hash value, in which the latest piece replaces the one before.
struct PieceCache {
    private struct Entry {
        var low: UInt64 = 0
        var high: UInt64 = 0
        var start = 0
        var count = 0
    }

    private static let size = 4096
    /// Below this many bytes of text, setting up the cache costs more than it saves.
    private static let least = 2048
    private static let longestPiece = 15

    private var entries: [Entry]
    private var slot: Int?
    private var pending = Entry()

    init(textLength: Int) {
        entries = textLength < PieceCache.least ? [] : [Entry](repeating: Entry(), count: PieceCache.size)
    }

    /// Appends the tokens of a piece that was seen before; `false` if it was not, or is no longer known.
    @inline(__always)
    mutating func repeatPiece(_ bytes: [UInt8], _ piece: Range<Int>, into ids: inout [Int32]) -> Bool {
        slot = nil
        guard piece.count <= PieceCache.longestPiece, !entries.isEmpty else { return false }
        pending.low = 0
        // The length keeps pieces that end in zero bytes apart; no key of a piece is that of an empty entry.
        pending.high = UInt64(piece.count) << 56
        for (index, position) in piece.enumerated() {
            let byte = UInt64(bytes[position])
            if index < 8 {
                pending.low |= byte << UInt64(8 * index)
            } else {
                pending.high |= byte << UInt64(8 * index - 64)
            }
        }
        // Safe: wraps on purpose, to spread the keys; the shift leaves 12 bits, an index into `entries`.
        let mixed = (pending.low ^ pending.high &* 0xC2B2_AE3D_27D4_EB4F) &* 0x9E37_79B9_7F4A_7C15
        let slot = Int(truncatingIfNeeded: mixed >> 52)
        let entry = entries[slot]
        if entry.low == pending.low, entry.high == pending.high {
            for index in entry.start..<entry.start + entry.count { ids.append(ids[index]) }
            return true
        }
        self.slot = slot
        return false
    }

    /// Remembers that the piece last asked for has its tokens at `range` of the ids.
    mutating func remember(_ range: Range<Int>) {
        guard let slot else { return }
        entries[slot] = Entry(low: pending.low, high: pending.high, start: range.lowerBound, count: range.count)
    }
}

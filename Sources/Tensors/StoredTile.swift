import CKernels

// Attention over Q8_0 rows as they are stored: scores are products in 8 bits, as with a weight whose rows are the keys;
// values are summed with weights in 8 bits.

/// Memory of one thread for the rows of a tile that are multiplied as they are stored.
struct StoredTile {
    let layout: PackedTileLayout
    let tile: PackedTile
    /// How many rows each lane looks at.
    let counts: UnsafeMutablePointer<Int>
    /// Rows that lie in several pages, one after another.
    let rows: UnsafeMutableRawPointer

    private static func countBytes(_ call: TiledAttention) -> Int {
        (call.lanesPerBlock * MemoryLayout<Int>.size + 63) / 64 * 64
    }

    /// Floats that the memory takes.
    static func floatCount(_ call: TiledAttention) -> Int {
        guard let layout = call.layout else { return 0 }
        return (layout.byteCount + countBytes(call) + call.storedTileBytes + 3) / 4
    }

    /// - Precondition: `memory` has `floatCount` floats, aligned to 64.
    init(_ memory: UnsafeMutableRawPointer, _ call: TiledAttention, _ layout: PackedTileLayout) {
        // Safe: the parts are as large as `floatCount` counted; each starts at a multiple of 64.
        self.layout = layout
        tile = layout.tile(memory)
        counts = (memory + layout.byteCount).assumingMemoryBound(to: Int.self)
        rows = memory + layout.byteCount + StoredTile.countBytes(call)
    }
}

extension TiledAttention {
    /// Bytes of a tile's whole rows, keys or values, as they are stored.
    var storedTileBytes: Int { AttentionKernels.tileRows * max(keys.rowBytes, values.rowBytes) }

    /// One tile: scores, their softmax, and the weighted values.
    func attend(
        _ rows: Range<Int>, _ block: Block, _ lanes: Range<Int>, _ scratch: AttentionScratch, _ sums: WeightedSums
    ) {
        guard let stored = scratch.stored, let queries = scratch.rounded else { return }
        var (tile, count) = (stored.tile, rows.count)
        if let packed {
            (tile, count) = packed.tile(block.keyHead, rows.lowerBound / AttentionKernels.tileRows)
        } else {
            pack(rows, block.keyHead, stored.layout, into: tile, copy: stored.rows)
        }
        let scores = scratch.scores + lanes.lowerBound * AttentionKernels.tileRows
        stored.layout.score(tile, count: count, queries, lanes: lanes, into: scores)
        soften(rows, block, lanes, scratch, sums)
        for (index, lane) in lanes.enumerated() {
            stored.counts[index] = min(limit(lane, block, rows.lowerBound), rows.count)
        }
        kernels.mixValues(
            scores, counts: stored.counts, lanes: lanes.count, tile, width: values.width,
            into: sums.values + lanes.lowerBound * values.width)
    }

    /// Fills `tile` from rows as they are stored.
    /// - Parameter copy: room for the rows of a tile, for those that lie in several pages.
    func pack(
        _ rows: Range<Int>, _ head: Int, _ layout: PackedTileLayout, into tile: PackedTile,
        copy: UnsafeMutableRawPointer
    ) {
        let keyRows = keys.storedRows(rows, head, copy)
        layout.packKeys(keyRows, rowBytes: keys.rowBytes, count: rows.count, into: tile)
        let valueRows = valuesInKeys ? keyRows : values.storedRows(rows, head, copy)
        kernels.packValues(valueRows, rowBytes: values.rowBytes, count: rows.count, width: values.width, into: tile)
    }
}

extension PagedRows {
    /// Whether rows can be multiplied as they are: Q8_0, with whole blocks for each head.
    var canMultiplyAsStored: Bool {
        let block = ElementType.q8_0.valuesPerBlock
        return elementType == .q8_0 && width % block == 0 && headStride % block == 0
            && width <= Int(ISOBATH_MOST_VALUES)
    }

    /// The entries of `head` in `rows`, `rowBytes` apart: where they lie, or copied to `scratch` if in several pages.
    func storedRows(_ rows: Range<Int>, _ head: Int, _ scratch: UnsafeMutableRawPointer) -> UnsafeRawPointer {
        precondition(rows.upperBound <= pages.count * rowsPerPage, "rows that the pages hold")
        let skipped = head * headStride / elementType.valuesPerBlock * elementType.bytesPerBlock
        // Safe: the entry lies inside its row, and rows up to the end of a page inside the page.
        if rows.lowerBound / rowsPerPage == (rows.upperBound - 1) / rowsPerPage {
            return UnsafeRawPointer(address(ofRow: rows.lowerBound) + skipped)
        }
        for (place, row) in rows.enumerated() {
            (scratch + place * rowBytes).copyMemory(from: address(ofRow: row), byteCount: rowBytes)
        }
        return UnsafeRawPointer(scratch + skipped)
    }
}

extension AttentionKernels {
    /// Turns the first `width` values of `count` Q8_0 rows into what `mixValues` takes.
    func packValues(_ rows: UnsafeRawPointer, rowBytes: Int, count: Int, width: Int, into tile: PackedTile) {
        table.pack_values(rows.assumingMemoryBound(to: UInt8.self), rowBytes, count, width, tile.values, tile.scales)
    }

    /// `sums` [lanes, width] += `weights` [lanes, 64] · packed rows, of which a lane looks at the first `counts`.
    func mixValues(
        _ weights: UnsafePointer<Float>, counts: UnsafePointer<Int>, lanes: Int, _ tile: PackedTile, width: Int,
        into sums: UnsafeMutablePointer<Float>
    ) {
        table.mix_values(weights, counts, lanes, tile.scales, tile.values, width, sums)
    }
}

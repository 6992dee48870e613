import CKernels

// Attention over Q8_0 rows as they are stored: scores are products in 8 bits, as with a weight whose rows are the keys;
// values are summed with weights in 8 bits.

/// Memory of one thread for the rows of a tile that are multiplied as they are stored.
struct StoredTile {
    let layout: PackedTileLayout
    let tile: PackedTile
    /// Rows that lie in several pages, one after another.
    let rows: UnsafeMutableRawPointer

    /// Floats that the memory takes.
    static func floatCount(_ call: TiledAttention) -> Int {
        guard let layout = call.form.stored else { return 0 }
        return (layout.byteCount + call.storedTileBytes + 3) / 4
    }

    /// - Precondition: `memory` has `floatCount` floats, aligned to 64.
    init(_ memory: UnsafeMutableRawPointer, _ call: TiledAttention, _ layout: PackedTileLayout) {
        // Safe: the parts are as large as `floatCount` counted; each starts at a multiple of 64.
        self.layout = layout
        tile = layout.tile(memory)
        rows = memory + layout.byteCount
    }
}

extension TiledAttention {
    /// Bytes of a tile's whole rows, keys or values, as they are stored.
    var storedTileBytes: Int { AttentionKernels.tileRows * max(keys.rowBytes, values.rowBytes) }

    /// Lanes that go through a tile together: their scores stay in the first cache beside the tile.
    private static let lanesAtOnce = 4 * TiledAttention.laneStep

    /// One tile in 8 bits: scores, their softmax, and the weighted values, for some lanes after others.
    func attendRounded(
        _ rows: Range<Int>, _ block: Block, _ lanes: Range<Int>, _ scratch: AttentionScratch, _ sums: WeightedSums
    ) {
        guard let tile = roundedTile(rows, block.keyHead, scratch) else { return }
        for first in stride(from: lanes.lowerBound, to: lanes.upperBound, by: Self.lanesAtOnce) {
            let some = first..<min(first + Self.lanesAtOnce, lanes.upperBound)
            let scores = scratch.scores + first * AttentionKernels.tileRows
            tile.score(some, into: scores)
            soften(some, scratch, sums)
            tile.eachValues(width: values.width) { packed, width, start in
                kernels.mixValues(
                    scores, counts: scratch.counts + first, lanes: some.count, packed, width: width,
                    factors: scratch.factors + first, into: sums.values + first * values.width + start,
                    stride: values.width)
            }
        }
    }

    /// The rows of a tile in 8 bits: ready already, or packed now.
    private func roundedTile(_ rows: Range<Int>, _ head: Int, _ scratch: AttentionScratch) -> RoundedAttentionTile? {
        let index = rows.lowerBound / AttentionKernels.tileRows
        if let queries = scratch.groupedQueries {
            if let expanded { return .expanded(expanded, head, index, queries) }
            if let latents { return .latent(latents[index], queries) }
            guard let own = scratch.latent else { return nil }
            own.tile.pack(
                keys.storedRows(rows, head, own.rows), rowBytes: keys.rowBytes, count: rows.count, scratch: own.scratch)
            // Packing asks for rows ahead of those that it reads, but knows nothing of the next ones' page.
            keys.prefetch(rows.upperBound..<min(rows.upperBound + LatentTile.rowsAhead, rowCount), head)
            return .latent(own.tile, queries)
        }
        guard let stored = scratch.stored, let queries = scratch.rounded else { return nil }
        if let packed {
            let (tile, count) = packed.tile(head, index)
            return .stored(stored.layout, tile, count: count, queries)
        }
        pack(rows, head, stored.layout, into: stored.tile, copy: stored.rows)
        return .stored(stored.layout, stored.tile, count: rows.count, queries)
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

/// A tile and the queries that look at it.
private enum RoundedAttentionTile {
    case stored(PackedTileLayout, PackedTile, count: Int, QuantizedRows)
    case expanded(ExpandedTiles, _ head: Int, _ index: Int, RoundedRows)
    case latent(LatentTile, RoundedRows)

    /// Products [lanes, 64] of queries with the keys.
    func score(_ lanes: Range<Int>, into scores: UnsafeMutablePointer<Float>) {
        switch self {
        case .stored(let layout, let tile, let count, let queries):
            layout.score(tile, count: count, queries, lanes: lanes, into: scores)
        case .expanded(let tiles, let head, let index, let queries):
            tiles.score(head, index, queries, lanes: lanes, into: scores)
        case .latent(let tile, let queries): tile.score(queries, lanes: lanes, into: scores)
        }
    }

    /// Calls `body` with the values that share a scale, how many there are of a row, and where they begin.
    func eachValues(width: Int, _ body: (PackedValues, _ width: Int, _ start: Int) -> Void) {
        switch self {
        case .stored(_, let tile, _, _): body(tile.values, width, 0)
        case .expanded(let tiles, let head, let index, _): body(tiles.values(head, index), width, 0)
        case .latent(let tile, _):
            for group in 0..<tile.valueGroups {
                let (values, start) = tile.values(ofGroup: group)
                body(values, RoundedGroups.most, start)
            }
        }
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
        table.pack_values(
            rows.assumingMemoryBound(to: UInt8.self), rowBytes, count, width, tile.values.numbers, tile.values.scales)
    }

    /// `sums` [lanes, width] = `factors` · sums + `weights` [lanes, 64] · packed rows, of which a lane looks at the first
    /// `counts`.
    func mixValues(
        _ weights: UnsafePointer<Float>, counts: UnsafePointer<Int>, lanes: Int, _ values: PackedValues, width: Int,
        factors: UnsafePointer<Float>, into sums: UnsafeMutablePointer<Float>, stride: Int
    ) {
        table.mix_values(weights, counts, lanes, values.scales, values.numbers, width, factors, sums, stride)
    }
}

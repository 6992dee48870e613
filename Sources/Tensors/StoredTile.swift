import CKernels

// Attention over Q8_0 rows as they are stored: scores are products in 8 bits, as with a weight whose rows are the keys;
// values are summed with weights in 8 bits.

/// Memory of one thread for the rows of a tile that are multiplied as they are stored.
struct StoredTile {
    /// Keys, unpacked for the kernels.
    let keys: UnsafeMutableRawPointer
    /// [width, 64] values in 8 bits, and the scale of each row.
    let values: UnsafeMutablePointer<Int8>
    let scales: UnsafeMutablePointer<Float>
    /// How many rows each lane looks at.
    let counts: UnsafeMutablePointer<Int>
    /// Rows that lie in several pages, one after another.
    let rows: UnsafeMutableRawPointer

    private struct Sizes {
        let keys: Int
        let values: Int
        let rows: Int

        init(_ call: TiledAttention, _ integers: IntegerKernels) {
            let tile = AttentionKernels.tileRows
            let tiles = integers.tiles(forRows: .max)
            keys = tiles.map { $0.byteCount(values: call.keys.width) * ((tile - 1) / $0.rows + 1) } ?? 0
            values = tile * call.values.width
            rows = tile * max(call.keys.rowBytes, call.values.rowBytes)
        }
    }

    /// Floats that the memory takes.
    static func floatCount(_ call: TiledAttention) -> Int {
        guard let integers = call.integers else { return 0 }
        let sizes = Sizes(call, integers)
        let counts = call.lanesPerBlock * MemoryLayout<Int>.size
        return (sizes.keys + sizes.values + sizes.rows + counts + 4 * AttentionKernels.tileRows + 4 * 64) / 4
    }

    /// - Precondition: `memory` has `floatCount` floats, aligned to 64.
    init(_ memory: UnsafeMutableRawPointer, _ call: TiledAttention, _ integers: IntegerKernels) {
        let sizes = Sizes(call, integers)
        // Safe: the parts are as large as `floatCount` counted; each starts at a multiple of 64.
        let aligned = { (bytes: Int) in (bytes + 63) / 64 * 64 }
        keys = memory
        let values = memory + aligned(sizes.keys)
        self.values = values.assumingMemoryBound(to: Int8.self)
        let scales = values + aligned(sizes.values)
        self.scales = scales.assumingMemoryBound(to: Float.self)
        let counts = scales + 4 * AttentionKernels.tileRows
        self.counts = counts.assumingMemoryBound(to: Int.self)
        rows = counts + aligned(call.lanesPerBlock * MemoryLayout<Int>.size)
    }
}

extension TiledAttention {
    /// One tile: scores, their softmax, and the weighted values.
    func attend(
        _ rows: Range<Int>, _ block: Block, _ lanes: Range<Int>, _ scratch: AttentionScratch, _ sums: WeightedSums,
        _ integers: IntegerKernels
    ) {
        guard let stored = scratch.stored, let queries = scratch.rounded else { return }
        let keyRows = keys.storedRows(rows, block.keyHead, stored.rows)
        score(keyRows, rows.count, lanes, scratch, queries, stored, integers)
        soften(rows, block, lanes, scratch, sums)
        let valueRows = valuesInKeys ? keyRows : values.storedRows(rows, block.keyHead, stored.rows)
        kernels.packValues(
            valueRows, rowBytes: values.rowBytes, count: rows.count, width: values.width, into: stored)
        for (index, lane) in lanes.enumerated() {
            stored.counts[index] = min(limit(lane, block, rows.lowerBound), rows.count)
        }
        kernels.mixValues(
            scratch.scores + lanes.lowerBound * AttentionKernels.tileRows, counts: stored.counts, lanes: lanes.count,
            stored, width: values.width, into: sums.values + lanes.lowerBound * values.width)
    }

    /// Scores [lanes, 64] of `count` key rows. Each is the product that one row of activations has with one row of a
    /// weight, the same bits whatever is beside it.
    private func score(
        _ keyRows: UnsafeRawPointer, _ count: Int, _ lanes: Range<Int>, _ scratch: AttentionScratch,
        _ queries: QuantizedRows, _ stored: StoredTile, _ integers: IntegerKernels
    ) {
        let (tile, rowBytes) = (AttentionKernels.tileRows, keys.rowBytes)
        let scores = scratch.scores + lanes.lowerBound * tile
        guard let tiles = integers.tiles(forRows: lanes.count) else {
            for (index, lane) in lanes.enumerated() {
                integers.multiply(
                    keyRows, rowBytes: rowBytes, rows: count, queries[lane], count: keys.width,
                    into: scores + index * tile)
            }
            return
        }
        var first = queries[lanes.lowerBound]
        let memory = stored.keys.assumingMemoryBound(to: UInt8.self)
        for row in stride(from: 0, to: count, by: tiles.rows) {
            let some = min(tiles.rows, count - row)
            // Safe: the rows lie one after another from `keyRows`, and the memory has room for a tile of them.
            let source = (keyRows + row * rowBytes).assumingMemoryBound(to: UInt8.self)
            tiles.table.unpack(source, rowBytes, some, keys.width, memory)
            tiles.table.multiply(
                memory, some, &first, queries.stride, lanes.count, keys.width, 0, scores + row, tile)
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
    func packValues(_ rows: UnsafeRawPointer, rowBytes: Int, count: Int, width: Int, into stored: StoredTile) {
        table.pack_values(
            rows.assumingMemoryBound(to: UInt8.self), rowBytes, count, width, stored.values, stored.scales)
    }

    /// `sums` [lanes, width] += `weights` [lanes, 64] · packed rows, of which a lane looks at the first `counts`.
    func mixValues(
        _ weights: UnsafePointer<Float>, counts: UnsafePointer<Int>, lanes: Int, _ stored: StoredTile, width: Int,
        into sums: UnsafeMutablePointer<Float>
    ) {
        table.mix_values(weights, counts, lanes, stored.scales, stored.values, width, sums)
    }
}

import CKernels

// Tiles of Q8_0 rows as the kernels take them: keys unpacked like a weight's, values turned.

/// What one tile of 64 rows looks like for one call of attention.
struct PackedTileLayout {
    let integers: IntegerKernels
    /// How keys are unpacked; `nil` where they are multiplied as they are stored.
    let tiles: IntegerTiles?
    let keyWidth: Int
    let valueWidth: Int

    init(_ integers: IntegerKernels, lanes: Int, keyWidth: Int, valueWidth: Int) {
        self.integers = integers
        self.tiles = integers.tiles(forRows: lanes)
        self.keyWidth = keyWidth
        self.valueWidth = valueWidth
    }

    private static func aligned(_ bytes: Int) -> Int { (bytes + 63) / 64 * 64 }

    /// Bytes of a key row as it is stored.
    var keyRowBytes: Int { keyWidth / ElementType.q8_0.valuesPerBlock * ElementType.q8_0.bytesPerBlock }
    private var tilesOfKeys: Int { tiles.map { (AttentionKernels.tileRows - 1) / $0.rows + 1 } ?? 0 }
    private var keyBytes: Int {
        PackedTileLayout.aligned(
            tiles.map { $0.byteCount(values: keyWidth) * tilesOfKeys } ?? keyRowBytes * AttentionKernels.tileRows)
    }

    /// Bytes of a tile; a multiple of 64.
    var byteCount: Int { keyBytes + PackedValues.byteCount(width: valueWidth) }

    /// The tile in `memory`, which is aligned to 64 and has `byteCount` bytes.
    func tile(_ memory: UnsafeMutableRawPointer) -> PackedTile {
        // Safe: the parts are as large as `byteCount` counted; each starts at a multiple of 64.
        PackedTile(
            keys: memory.assumingMemoryBound(to: UInt8.self),
            values: PackedValues(memory + keyBytes, width: valueWidth))
    }

    /// Fills the keys of a tile from `count` Q8_0 rows, `rowBytes` apart.
    func packKeys(_ rows: UnsafeRawPointer, rowBytes: Int, count: Int, into tile: PackedTile) {
        // Safe: the rows lie one after another from `rows`, and the memory has room for tiles of all of them.
        let source = rows.assumingMemoryBound(to: UInt8.self)
        guard let tiles else {
            for row in 0..<count {
                (tile.keys + row * keyRowBytes).update(from: source + row * rowBytes, count: keyRowBytes)
            }
            return
        }
        let tileBytes = tiles.byteCount(values: keyWidth)
        for (index, row) in stride(from: 0, to: count, by: tiles.rows).enumerated() {
            tiles.table.unpack(
                source + row * rowBytes, rowBytes, min(tiles.rows, count - row), keyWidth,
                tile.keys + index * tileBytes, nil)
        }
    }

    /// Products of `lanes` queries with the first `count` keys of a tile, [lanes, 64]. Each is the product that one row
    /// of activations has with one row of a weight, the same bits whatever is beside it.
    ///
    /// - Parameter count: as many rows as the tile was packed from.
    func score(
        _ tile: PackedTile, count: Int, _ queries: QuantizedRows, lanes: Range<Int>,
        into scores: UnsafeMutablePointer<Float>
    ) {
        let stride = AttentionKernels.tileRows
        guard let tiles else {
            for (index, lane) in lanes.enumerated() {
                integers.multiply(
                    tile.keys, rowBytes: keyRowBytes, rows: count, queries[lane], count: keyWidth,
                    into: scores + index * stride)
            }
            return
        }
        var first = queries[lanes.lowerBound]
        let tileBytes = tiles.byteCount(values: keyWidth)
        for (index, row) in Swift.stride(from: 0, to: count, by: tiles.rows).enumerated() {
            tiles.table.multiply(
                tile.keys + index * tileBytes, min(tiles.rows, count - row), &first, queries.stride, lanes.count,
                keyWidth, 0, scores + row, stride)
        }
    }
}

/// The parts of one tile.
struct PackedTile {
    let keys: UnsafeMutablePointer<UInt8>
    let values: PackedValues
}

/// The values of a tile in 8 bits, in memory that the caller lends: [width, 64] numbers, and the scale of each row.
struct PackedValues {
    let numbers: UnsafeMutablePointer<Int8>
    let scales: UnsafeMutablePointer<Float>

    init(numbers: UnsafeMutablePointer<Int8>, scales: UnsafeMutablePointer<Float>) {
        (self.numbers, self.scales) = (numbers, scales)
    }

    /// A multiple of 64.
    static func byteCount(width: Int) -> Int { AttentionKernels.tileRows * (width + 4) }

    /// - Precondition: `memory` has `byteCount` bytes, aligned to 64.
    init(_ memory: UnsafeMutableRawPointer, width: Int) {
        // Safe: the parts are as large as `byteCount` counted; each starts at a multiple of 64.
        numbers = memory.assumingMemoryBound(to: Int8.self)
        scales = (memory + AttentionKernels.tileRows * width).assumingMemoryBound(to: Float.self)
    }

    /// Rounds `count` rows of `width` floats, `stride` values apart.
    func round(_ rows: UnsafePointer<Float>, stride: Int, count: Int, width: Int, _ kernels: RoundedKernels) {
        precondition(count <= AttentionKernels.tileRows)
        kernels.table.round_values(rows, stride, count, width, numbers, scales)
    }
}

/// All tiles of some heads, packed once for all blocks of lanes that look at them.
struct PackedTiles {
    let layout: PackedTileLayout
    let firstHead: Int
    /// Rows of each head.
    let rowCount: Int
    private let memory: UnsafeMutableRawPointer

    var tilesPerHead: Int { (rowCount - 1) / AttentionKernels.tileRows + 1 }

    static func byteCount(_ layout: PackedTileLayout, heads: Int, rows: Int) -> Int {
        heads * ((rows - 1) / AttentionKernels.tileRows + 1) * layout.byteCount
    }

    init(_ layout: PackedTileLayout, firstHead: Int, rowCount: Int, memory: UnsafeMutableRawPointer) {
        self.layout = layout
        self.firstHead = firstHead
        self.rowCount = rowCount
        self.memory = memory
    }

    /// The tile of `head` that begins at row 64 · `index`, and how many rows it has.
    func tile(_ head: Int, _ index: Int) -> (tile: PackedTile, count: Int) {
        let place = (head - firstHead) * tilesPerHead + index
        return (
            layout.tile(memory + place * layout.byteCount),
            min(AttentionKernels.tileRows, rowCount - index * AttentionKernels.tileRows)
        )
    }
}

import CKernels

// Cached latents as attention multiplies them in 8 bits: keys whose first part are the values. One scale for each 128
// values of a row serves both, so that the same numbers are turned for the one and interleaved for the other.

/// What a tile of 64 latents looks like.
struct LatentTileLayout {
    let kernels: RoundedKernels
    let groups: RoundedGroups
    let valueWidth: Int
    /// How the cache keeps the latents.
    fileprivate let elementType: ElementType

    /// - Returns: `nil` where the keys are not latents that begin with the values, widths are no whole number of groups, or
    ///   the cache is exact.
    init?(_ kernels: RoundedKernels, keys: PagedRows, values: PagedRows) {
        guard keys.heads == 1, values.hasSameRows(as: keys), values.width <= keys.width,
            values.width % RoundedGroups.most == 0, keys.width % RoundedGroups.step == 0,
            RoundedKernels.canRound(keys.elementType)
        else { return nil }
        (self.kernels, elementType, valueWidth) = (kernels, keys.elementType, values.width)
        groups = RoundedGroups(valueWidth, keys.width - valueWidth)
    }

    /// Bytes of a tile; a multiple of 64.
    var byteCount: Int { RoundedTile.byteCount(groups) + RoundedTile.rows * valueWidth }
    /// Bytes that packing a tile takes meanwhile; a multiple of 64.
    var scratchBytes: Int { RoundedTile.rows * groups.width }
}

/// One tile, in memory that the caller lends.
struct LatentTile {
    /// Rows that packing asks for ahead of those that it reads.
    static let rowsAhead = Int(ISOBATH_ROWS_AHEAD)

    private let layout: LatentTileLayout
    private let keys: RoundedTile
    private let values: UnsafeMutablePointer<Int8>

    /// - Precondition: `memory` has `byteCount` bytes, aligned to 64.
    init(_ layout: LatentTileLayout, memory: UnsafeMutableRawPointer) {
        self.layout = layout
        keys = RoundedTile(layout.groups, memory: memory)
        values = (memory + RoundedTile.byteCount(layout.groups)).assumingMemoryBound(to: Int8.self)
    }

    /// Fills the tile from `count` rows of the cache, `rowBytes` apart.
    /// - Parameter scratch: `scratchBytes` bytes.
    func pack(_ rows: UnsafeRawPointer, rowBytes: Int, count: Int, scratch: UnsafeMutableRawPointer) {
        let (table, groups) = (layout.kernels.table, layout.groups)
        // Safe: a tile has 64 scales for each group, one group after another, and scratch memory 64 rows of numbers.
        let numbers = scratch.assumingMemoryBound(to: Int8.self)
        layout.kernels.round(
            rows, layout.elementType, rowBytes: rowBytes, count: count, width: groups.width, into: numbers,
            scales: keys.scales(ofGroup: 0))
        for group in 0..<groups.count {
            let range = groups[group]
            table.turn_rows(
                numbers + range.lowerBound, groups.width, count, range.count, keys.bytes(from: range.lowerBound))
        }
        table.interleave_rows(numbers, groups.width, count, layout.valueWidth, values)
    }

    /// Products [lanes, 64] of queries with the keys.
    func score(_ queries: RoundedRows, lanes: Range<Int>, into scores: UnsafeMutablePointer<Float>) {
        queries.multiply(lanes, keys, into: scores, stride: RoundedTile.rows)
    }

    /// The values with scale of group `index`, and where they begin.
    func values(ofGroup index: Int) -> (values: PackedValues, start: Int) {
        let start = index * RoundedGroups.most
        return (PackedValues(numbers: values + RoundedTile.rows * start, scales: keys.scales(ofGroup: index)), start)
    }

    var valueGroups: Int { layout.valueWidth / RoundedGroups.most }
}

/// All tiles of a call, packed once for all blocks of lanes.
struct LatentTiles {
    let layout: LatentTileLayout
    private let memory: UnsafeMutableRawPointer

    /// - Precondition: `memory` has `byteCount` bytes for every 64 rows, aligned to 64.
    init(_ layout: LatentTileLayout, memory: UnsafeMutableRawPointer) {
        (self.layout, self.memory) = (layout, memory)
    }

    subscript(index: Int) -> LatentTile { LatentTile(layout, memory: memory + index * layout.byteCount) }
}

/// Memory of one thread for a tile of latents: the tile, what packing it takes, and rows that lie in several pages.
struct OwnLatentTile {
    let tile: LatentTile
    let scratch: UnsafeMutableRawPointer
    let rows: UnsafeMutableRawPointer

    /// Floats that the memory takes.
    static func floatCount(_ call: TiledAttention) -> Int {
        guard let layout = call.form.latent else { return 0 }
        return (layout.byteCount + layout.scratchBytes + call.storedTileBytes + 3) / 4
    }

    /// - Precondition: `memory` has `floatCount` floats, aligned to 64.
    init(_ memory: UnsafeMutableRawPointer, _ layout: LatentTileLayout) {
        // Safe: the parts are as large as `floatCount` counted; each starts at a multiple of 64.
        tile = LatentTile(layout, memory: memory)
        scratch = memory + layout.byteCount
        rows = memory + layout.byteCount + layout.scratchBytes
    }
}

import CKernels

// Tiles of expanded keys and values as attention multiplies them: rounded to 8 bits, 64 rows together.

/// What the tiles of one call of expanded attention look like.
struct ExpandedTileLayout {
    let kernels: RoundedKernels
    /// The part of a key that each head has for itself, and the rotary part that all share.
    let content: RoundedGroups
    let rotary: RoundedGroups
    /// Both, as queries have them.
    let query: RoundedGroups
    let valueWidth: Int

    /// - Precondition: widths are multiples of 32.
    init(_ kernels: RoundedKernels, contentWidth: Int, rotaryWidth: Int, valueWidth: Int) {
        self.kernels = kernels
        content = RoundedGroups(contentWidth)
        rotary = RoundedGroups(rotaryWidth)
        query = RoundedGroups(contentWidth, rotaryWidth)
        self.valueWidth = valueWidth
    }

    /// Bytes of a head's tile; a multiple of 64.
    var byteCount: Int { RoundedTile.byteCount(content) + RoundedTile.rows * (valueWidth + 4) }
    var rotaryByteCount: Int { RoundedTile.byteCount(rotary) }
}

/// All tiles of some heads, made once for all blocks of lanes that look at them.
struct ExpandedTiles {
    let layout: ExpandedTileLayout
    let balance: ExpansionBalance
    let firstHead: Int
    /// Rows of each head.
    let rowCount: Int
    private let memory: UnsafeMutableRawPointer

    static func byteCount(_ layout: ExpandedTileLayout, heads: Int, rows: Int) -> Int {
        RoundedTile.count(rows: rows) * (layout.rotaryByteCount + heads * layout.byteCount)
    }

    /// - Precondition: `memory` has `byteCount` bytes, aligned to 64.
    init(
        _ layout: ExpandedTileLayout, _ balance: ExpansionBalance, firstHead: Int, rowCount: Int,
        memory: UnsafeMutableRawPointer
    ) {
        (self.layout, self.balance, self.firstHead, self.rowCount) = (layout, balance, firstHead, rowCount)
        self.memory = memory
    }

    private var tileCount: Int { RoundedTile.count(rows: rowCount) }

    /// The rotary part of rows 64 · `index` and on.
    func rotary(_ index: Int) -> RoundedTile {
        RoundedTile(layout.rotary, memory: memory + index * layout.rotaryByteCount)
    }

    private func tile(_ head: Int, _ index: Int) -> UnsafeMutableRawPointer {
        let place = (head - firstHead) * tileCount + index
        return memory + tileCount * layout.rotaryByteCount + place * layout.byteCount
    }

    func content(_ head: Int, _ index: Int) -> RoundedTile { RoundedTile(layout.content, memory: tile(head, index)) }

    func values(_ head: Int, _ index: Int) -> PackedValues {
        PackedValues(tile(head, index) + RoundedTile.byteCount(layout.content), width: layout.valueWidth)
    }

    /// Rounds a query of `head` into row `index`, balanced as the keys are.
    func load(_ query: UnsafeMutablePointer<Float>, _ head: Int, into queries: RoundedRows, row: Int) {
        let factors = balance.keyFactors(head)
        for i in 0..<layout.content.width { query[i] *= factors[i] }
        queries.round(query, stride: layout.query.width, count: 1, first: row)
    }

    /// Undoes what balanced the values of `head`.
    func finish(_ sums: UnsafeMutablePointer<Float>, _ head: Int) {
        let factors = balance.valueFactors(head)
        for i in 0..<layout.valueWidth { sums[i] *= factors[i] }
    }

    /// Products [lanes, 64] of queries with the keys of a tile.
    func score(
        _ head: Int, _ index: Int, _ queries: RoundedRows, lanes: Range<Int>, into scores: UnsafeMutablePointer<Float>
    ) {
        let stride = RoundedTile.rows
        queries.multiply(lanes, content(head, index), into: scores, stride: stride)
        queries.multiply(
            lanes, rotary(index), firstGroup: layout.content.count, continues: layout.content.count > 0, into: scores,
            stride: stride)
    }
}

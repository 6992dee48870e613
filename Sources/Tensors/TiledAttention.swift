import CKernels

/// One call of attention, cut into pieces that threads can take.
///
/// Running softmax over tiles: Milakov and Gimelshein (arXiv 1805.02867); Rabe and Staats (arXiv 2112.05682); Dao et al.
/// (arXiv 2205.14135), algorithm 1.
///
/// A *lane* is one head of one query. Lanes of query heads that share a key head are numbered query after query; a
/// *block* of them goes through the rows together, so that a row is decoded once for all. Rows are cut at fixed
/// positions: 64 are a *tile*, 256 a *segment*. A lane's sums start anew with each segment, and segments are merged from
/// left to right. So a lane's result depends on its query and its rows alone: not on the lanes beside it, the pages, or
/// the number of threads.
struct TiledAttention {
    let kernels: AttentionKernels
    /// [queries, heads, key width].
    let query: UnsafePointer<Float>
    /// [queries, heads, value width].
    let output: UnsafeMutablePointer<Float>
    let queries: Int
    let heads: Int
    let keys: PagedRows
    let values: PagedRows
    /// Whether values are the first part of the key rows.
    let valuesInKeys: Bool
    let scale: Float
    let firstPosition: Int
    let lanesPerBlock: Int
    let form: Form
    /// Key heads that this call attends to, and their rows, if they are ready already.
    private(set) var keyHeads: Range<Int>
    private(set) var packed: PackedTiles?
    private(set) var expanded: ExpandedTiles?
    private(set) var latents: LatentTiles?

    /// How the rows of a tile are multiplied.
    enum Form {
        /// Decoded, in f32.
        case decoded
        /// Q8_0 rows as they are stored, with queries and weights in 8 bits.
        case stored(PackedTileLayout)
        /// Latents of a cache that is not exact, keys and values at once, in 8 bits.
        case latent(LatentTileLayout)
        /// Expanded latents in 8 bits.
        case expanded(ExpandedTileLayout)

        var isDecoded: Bool { if case .decoded = self { true } else { false } }
        var stored: PackedTileLayout? { if case .stored(let layout) = self { layout } else { nil } }
        var latent: LatentTileLayout? { if case .latent(let layout) = self { layout } else { nil } }
        /// How queries are rounded where keys have groups that share a scale.
        var rounding: (groups: RoundedGroups, kernels: RoundedKernels)? {
            switch self {
            case .decoded, .stored: nil
            case .latent(let layout): (layout.groups, layout.kernels)
            case .expanded(let layout): (layout.query, layout.kernels)
            }
        }
    }

    /// Floats of one block's lanes that should stay in a core's second-level cache, beside the rows of a tile.
    private static let laneBudget = 128 << 10
    private static let mostLanes = 192
    /// Lanes that the kernels take at once.
    static let laneStep = 6
    static let segmentRows = 4 * AttentionKernels.tileRows
    /// Floats of partial results that exist at once.
    static let partsBudget = 2 << 20

    /// - Parameters:
    ///   - threads: few lanes over few rows are cut into as many blocks.
    ///   - form: makes the form of tiles for so many lanes a block.
    init(
        kernels: AttentionKernels, query: UnsafePointer<Float>, output: UnsafeMutablePointer<Float>, shape: Shape,
        keys: PagedRows, values: PagedRows, scale: Float, firstPosition: Int, threads: Int,
        form: (_ lanesPerBlock: Int) -> Form
    ) {
        (self.kernels, self.query, self.output, self.scale) = (kernels, query, output, scale)
        (queries, heads, self.firstPosition) = (shape[0], shape[1], firstPosition)
        (self.keys, self.values) = (keys, values)
        valuesInKeys = values.hasSameRows(as: keys) && values.width <= keys.width
        let lanes = queries * heads / keys.heads
        let floats = keys.width + 2 * values.width + AttentionKernels.tileRows
        var most = min(max(TiledAttention.laneBudget / floats, 1), TiledAttention.mostLanes)
        if firstPosition + queries <= TiledAttention.segmentRows {
            most = min(most, (lanes * keys.heads + threads - 1) / threads)
        }
        let blocks = (lanes + most - 1) / most
        let step = TiledAttention.laneStep
        let lanesPerBlock = min(((lanes + blocks - 1) / blocks + step - 1) / step * step, lanes)
        self.lanesPerBlock = lanesPerBlock
        keyHeads = 0..<keys.heads
        self.form = form(lanesPerBlock)
    }

    /// Query heads that share a key head.
    private var group: Int { heads / keys.heads }
    private var lanesPerHead: Int { queries * group }
    var blocksPerHead: Int { (lanesPerHead + lanesPerBlock - 1) / lanesPerBlock }
    var rowCount: Int { firstPosition + queries }

    var blockCount: Int { keyHeads.count * blocksPerHead }
    var segmentCount: Int { (rowCount + TiledAttention.segmentRows - 1) / TiledAttention.segmentRows }
    /// Multiplications, about.
    var work: Int {
        queries * keyHeads.count * group * (firstPosition + (queries + 1) / 2) * (keys.width + values.width)
    }

    /// The part of the call that belongs to the key heads of the tiles that are ready.
    func part(
        _ keyHeads: Range<Int>, packed: PackedTiles? = nil, expanded: ExpandedTiles? = nil, latents: LatentTiles? = nil
    ) -> TiledAttention {
        var part = self
        (part.keyHeads, part.packed, part.expanded, part.latents) = (keyHeads, packed, expanded, latents)
        return part
    }
}

// MARK: - Pieces

extension TiledAttention {
    struct Block {
        let keyHead: Int
        let lanes: Range<Int>
    }

    /// The later lanes of a head come first: they look at more rows, and the last pieces of work should be small.
    func block(_ index: Int) -> Block {
        let first = (blocksPerHead - 1 - index % blocksPerHead) * lanesPerBlock
        return Block(
            keyHead: keyHeads.lowerBound + index / blocksPerHead,
            lanes: first..<min(first + lanesPerBlock, lanesPerHead))
    }

    func segments(of block: Block) -> Range<Int> {
        0..<position(ofLane: block.lanes.upperBound - 1) / TiledAttention.segmentRows + 1
    }

    private func position(ofLane lane: Int) -> Int { firstPosition + lane / group }

    /// Where a lane of a head stands in [queries, heads].
    private func place(ofLane lane: Int, _ keyHead: Int) -> Int {
        lane / group * heads + keyHead * group + lane % group
    }

    /// The lanes of `block`, counted from its first, that look at `row` or later ones.
    private func lanes(of block: Block, lookingAt row: Int) -> Range<Int> {
        let first = max(row - firstPosition, 0) * group - block.lanes.lowerBound
        return min(max(first, 0), block.lanes.count)..<block.lanes.count
    }

    /// Copies the block's queries so that they lie one after another.
    func load(_ block: Block, into scratch: AttentionScratch) {
        for (index, lane) in block.lanes.enumerated() {
            let source = query + place(ofLane: lane, block.keyHead) * keys.width
            (scratch.queries + index * keys.width).update(from: source, count: keys.width)
            scratch.rounded?.quantize(source, row: index)
            guard let rounded = scratch.groupedQueries else { continue }
            if let expanded {
                expanded.load(scratch.queries + index * keys.width, block.keyHead, into: rounded, row: index)
            } else {
                rounded.round(source, stride: keys.width, count: 1, first: index)
            }
        }
    }

    /// Joins what `segment` gave with what the segments before it gave.
    func merge(_ segment: Int, _ part: WeightedSums, into sums: WeightedSums, _ block: Block) {
        for lane in lanes(of: block, lookingAt: segment * TiledAttention.segmentRows) {
            kernels.merge(part, into: sums, lane: lane)
        }
    }

    /// Divides the sums by the sums of weights: the results of the block's lanes.
    func finish(_ sums: WeightedSums, _ block: Block) {
        for (index, lane) in block.lanes.enumerated() {
            let target = output + place(ofLane: lane, block.keyHead) * values.width
            let (source, factor) = (sums.values + index * values.width, 1 / sums.total[index])
            for i in 0..<values.width { target[i] = source[i] * factor }
            expanded?.finish(target, block.keyHead)
        }
    }
}

// MARK: - Tiles

extension TiledAttention {
    /// What the block's lanes gather from one segment; lanes that end before it are left alone.
    func gather(_ segment: Int, _ block: Block, _ scratch: AttentionScratch, into sums: WeightedSums) {
        let first = segment * TiledAttention.segmentRows
        let end = min(first + TiledAttention.segmentRows, position(ofLane: block.lanes.upperBound - 1) + 1)
        sums.clear(lanes(of: block, lookingAt: first))
        for start in stride(from: first, to: end, by: AttentionKernels.tileRows) {
            let rows = start..<min(start + AttentionKernels.tileRows, end)
            let lanes = lanes(of: block, lookingAt: start)
            count(start, block, lanes, scratch)
            if !form.isDecoded {
                attendRounded(rows, block, lanes, scratch, sums)
                continue
            }
            // Packing looks at a row once.
            let looks = valuesInKeys ? lanes.count : 1
            let keyRows = keys.tile(rows, block.keyHead, kernels, looks: looks, scratch.keyRows)
            score(keyRows, rows, lanes, scratch, meanwhile: valuesInKeys ? nil : values.ahead(rows, block.keyHead))
            soften(lanes, scratch, sums)
            for lane in lanes where scratch.factors[lane] != 1 { sums.scale(lane, by: scratch.factors[lane]) }
            let valueRows =
                valuesInKeys
                ? keyRows : values.tile(rows, block.keyHead, kernels, looks: lanes.count, scratch.valueRows)
            let next = rows.upperBound..<min(rows.upperBound + AttentionKernels.tileRows, end)
            mix(valueRows, rows, block, lanes, scratch, sums, meanwhile: keys.ahead(next, block.keyHead))
        }
    }

    private func score(
        _ keyRows: TileRows, _ rows: Range<Int>, _ lanes: Range<Int>, _ scratch: AttentionScratch,
        meanwhile: isobath_rows_ahead?
    ) {
        let (m, tile) = (lanes.count, AttentionKernels.tileRows)
        let scores = scratch.scores + lanes.lowerBound * tile
        kernels.pack(keyRows, count: rows.count, width: keys.width, into: scratch.packed)
        scores.update(repeating: 0, count: m * tile)
        kernels.score(
            scratch.queries + lanes.lowerBound * keys.width, scratch.packed, m: m, count: rows.count, k: keys.width,
            into: scores, meanwhile: meanwhile)
    }

    /// Rows of a tile that begins at `start` which lane `lane` of `block` looks at.
    func limit(_ lane: Int, _ block: Block, _ start: Int) -> Int {
        min(position(ofLane: block.lanes.lowerBound + lane) - start + 1, AttentionKernels.tileRows)
    }

    /// Writes down how many rows of the tile at `start` each of `lanes` looks at.
    private func count(_ start: Int, _ block: Block, _ lanes: Range<Int>, _ scratch: AttentionScratch) {
        let least = limit(lanes.lowerBound, block, start)
        if least == AttentionKernels.tileRows {
            (scratch.counts + lanes.lowerBound).update(repeating: least, count: lanes.count)
        } else {
            for lane in lanes { scratch.counts[lane] = limit(lane, block, start) }
        }
    }

    /// Scores to weights. `scratch.factors` gets what brings earlier sums to the new largest scores.
    func soften(_ lanes: Range<Int>, _ scratch: AttentionScratch, _ sums: WeightedSums) {
        kernels.soften(
            scratch.scores + lanes.lowerBound * AttentionKernels.tileRows, counts: scratch.counts + lanes.lowerBound,
            lanes: lanes, scale: scale, sums, factors: scratch.factors + lanes.lowerBound)
    }

    /// Rows that all lanes look at go through the kernel together; those that only later lanes see, lane by lane.
    ///
    /// A weight of 0 would not do instead: times infinity it is NaN, so that later rows could spoil earlier queries.
    private func mix(
        _ valueRows: TileRows, _ rows: Range<Int>, _ block: Block, _ lanes: Range<Int>, _ scratch: AttentionScratch,
        _ sums: WeightedSums, meanwhile: isobath_rows_ahead?
    ) {
        var ahead = meanwhile
        let uniform = limit(lanes.lowerBound, block, rows.lowerBound) == rows.count
        for first in stride(from: lanes.lowerBound, to: lanes.upperBound, by: uniform ? lanes.count : Self.laneStep) {
            let some = first..<(uniform ? lanes.upperBound : min(first + Self.laneStep, lanes.upperBound))
            let common = limit(first, block, rows.lowerBound)
            mix(valueRows, 0..<common, some, scratch, sums, meanwhile: ahead)
            ahead = nil
            for lane in some where limit(lane, block, rows.lowerBound) > common {
                mix(
                    valueRows, common..<limit(lane, block, rows.lowerBound), lane..<lane + 1, scratch, sums,
                    meanwhile: nil)
            }
        }
    }

    private func mix(
        _ valueRows: TileRows, _ rows: Range<Int>, _ lanes: Range<Int>, _ scratch: AttentionScratch,
        _ sums: WeightedSums, meanwhile: isobath_rows_ahead?
    ) {
        kernels.mix(
            scratch.scores + lanes.lowerBound * AttentionKernels.tileRows, valueRows, rows: rows, m: lanes.count,
            width: values.width, into: sums.values + lanes.lowerBound * values.width, meanwhile: meanwhile)
    }
}

import CKernels

// Expanded latent attention in 8 bits: keys and values go from latents straight into the tiles that attention multiplies.
// Of the expanded f32 values no more exist than what one thread is about to round.

extension CPUOperations {
    package func expandedAttention(
        _ query: Tensor, _ latents: PagedRows, _ expansion: LatentExpansion, scale: Float, firstPosition: Int
    ) -> Tensor {
        let shape = Shape(query.shape[0], query.shape[1], expansion.values.outputs)
        guard shape.count > 0, let expander = LatentExpander(self, latents, expansion, keyWidth: query.shape[2]) else {
            return expandedInFloats(query, latents, expansion, scale: scale, firstPosition: firstPosition)
        }
        return fill(shape, from: query) { input, output in
            guard let input = input.baseAddress, let output = output.baseAddress else { return }
            let call = TiledAttention(
                kernels: rowKernels, query: input, output: output, shape: shape,
                keys: .unstored(heads: shape[1], width: query.shape[2]),
                values: .unstored(heads: shape[1], width: shape[2]), scale: scale, firstPosition: firstPosition,
                threads: pool.threads, form: { _ in .expanded(expander.layout) })
            withExtendedLifetime(expander.expansion) { attendExpanded(call, expander) }
        }
    }

    /// As many heads at a time as there is room for the tiles of.
    private func attendExpanded(_ call: TiledAttention, _ expander: LatentExpander) {
        let heads = call.keys.heads
        let bytes = { ExpandedTiles.byteCount(expander.layout, heads: $0, rows: call.rowCount) }
        let groups = min((bytes(heads) - 1) / max(expansionBudget, 1) + 1, heads)
        let some = (heads + groups - 1) / groups
        withUnsafeTemporaryAllocation(byteCount: bytes(some), alignment: 64) { memory in
            guard let memory = memory.baseAddress else { return }
            for first in stride(from: 0, to: heads, by: some) {
                let part = first..<min(first + some, heads)
                let tiles = ExpandedTiles(
                    expander.layout, expander.expansion.balance, firstHead: first, rowCount: call.rowCount,
                    memory: memory)
                let pieces = expander.pieces(call.rowCount, part, threads: pool.threads)
                pool.parallelChunks(count: pieces.count) {
                    expander.expand(pieces[$0].rows, pieces[$0].heads, into: tiles)
                }
                attendInBlocks(call.part(part, expanded: tiles))
            }
        }
    }
}

extension PagedRows {
    /// Rows of which only tiles exist.
    fileprivate static func unstored(heads: Int, width: Int) -> PagedRows {
        PagedRows(
            pages: [], byteOffset: 0, rowsPerPage: 1, elementType: .f32, heads: heads, headStride: width, width: width)
    }
}

/// Expands latents of a cache that is not exact.
private struct LatentExpander {
    let layout: ExpandedTileLayout
    private let latents: PagedRows
    let expansion: RoundedExpansion

    /// Rows that are expanded together: a head's matrices are read once for all of them.
    private static let rowsAtOnce = TiledAttention.segmentRows

    /// - Returns: `nil` where rounding is not allowed, or something is not a whole number of blocks.
    init?(_ operations: CPUOperations, _ latents: PagedRows, _ expansion: LatentExpansion, keyWidth: Int) {
        let rotaryWidth = latents.width - expansion.latentSize
        let widths = [expansion.latentSize, expansion.keys.outputs, expansion.values.outputs, rotaryWidth]
        guard latents.elementType != .f32, widths.allSatisfy({ $0 % RoundedGroups.step == 0 }),
            expansion.values.outputs <= Int(ISOBATH_MOST_VALUES), keyWidth == expansion.keys.outputs + rotaryWidth,
            operations.canRound(expansion.keys), operations.canRound(expansion.values)
        else { return nil }
        let kernels = RoundedKernels(operations.kernels.form)
        layout = ExpandedTileLayout(
            kernels, contentWidth: expansion.keys.outputs, rotaryWidth: rotaryWidth,
            valueWidth: expansion.values.outputs)
        self.latents = latents
        self.expansion = RoundedExpansion(expansion, kernels, operations.pool)
    }

    /// Few heads a piece where there are few rows for many threads: the latents are rounded anew for each piece.
    func pieces(_ rowCount: Int, _ heads: Range<Int>, threads: Int) -> [(rows: Range<Int>, heads: Range<Int>)] {
        let segments = (rowCount - 1) / LatentExpander.rowsAtOnce + 1
        let headsAtOnce = min(max(heads.count * segments / (4 * threads), 1), heads.count)
        return stride(from: 0, to: rowCount, by: LatentExpander.rowsAtOnce).flatMap { row in
            stride(from: heads.lowerBound, to: heads.upperBound, by: headsAtOnce).map { head in
                (
                    row..<min(row + LatentExpander.rowsAtOnce, rowCount),
                    head..<min(head + headsAtOnce, heads.upperBound)
                )
            }
        }
    }

    /// Fills the tiles of `heads` that hold `rows`, the first of which begins a tile.
    func expand(_ rows: Range<Int>, _ heads: Range<Int>, into tiles: ExpandedTiles) {
        let groups = expansion.groups
        let rowBytes = RoundedRows.byteCount(groups, rows: rows.count)
        let tileBytes = RoundedTile.byteCount(groups)
        let tileCount = RoundedTile.count(rows: rows.count)
        withUnsafeTemporaryAllocation(byteCount: rowBytes + tileCount * tileBytes, alignment: 64) { memory in
            guard let memory = memory.baseAddress else { return }
            let latent = RoundedRows(groups, rows: rows.count, layout.kernels, memory: memory)
            let turned = (0..<tileCount).map { RoundedTile(groups, memory: memory + rowBytes + $0 * tileBytes) }
            round(rows, latent, turned, rotaryInto: heads.lowerBound == tiles.firstHead ? tiles : nil)
            for head in heads { expand(head, rows, latent, turned, into: tiles) }
        }
    }

    /// Rounds the latents of `rows`, and their rotary parts if those have a place to go to.
    private func round(
        _ rows: Range<Int>, _ latent: RoundedRows, _ turned: [RoundedTile], rotaryInto tiles: ExpandedTiles?
    ) {
        let rotaryBytes = RoundedRows.byteCount(layout.rotary, rows: RoundedTile.rows)
        withUnsafeTemporaryAllocation(byteCount: rotaryBytes, alignment: 64) { memory in
            guard let memory = memory.baseAddress else { return }
            let rotary = RoundedRows(layout.rotary, rows: RoundedTile.rows, layout.kernels, memory: memory)
            for (index, tile) in turned.enumerated() {
                let part = index * RoundedTile.rows..<min((index + 1) * RoundedTile.rows, rows.count)
                let first = rows.lowerBound + part.lowerBound
                latents.decoded(first..<first + part.count).withFloats { floats in
                    guard let floats = floats.baseAddress else { return }
                    latent.round(floats, stride: latents.width, count: part.count, first: part.lowerBound)
                    latent.turn(part, into: tile)
                    guard let tiles else { return }
                    rotary.round(floats + expansion.groups.width, stride: latents.width, count: part.count)
                    rotary.turn(0..<part.count, into: tiles.rotary(first / RoundedTile.rows))
                }
            }
        }
    }

    /// One head's tiles. Keys come out turned, with the matrix as rows and the latents as a tile, since tiles of keys are
    /// made from turned values; values come out as rows.
    private func expand(
        _ head: Int, _ rows: Range<Int>, _ latent: RoundedRows, _ turned: [RoundedTile], into tiles: ExpandedTiles
    ) {
        let (tileRows, panels) = (RoundedTile.rows, expansion.panelCount)
        let floats = tileRows * max(expansion.keyOutputs, panels * tileRows)
        let keys = expansion.keys(head)
        withUnsafeTemporaryAllocation(byteCount: 4 * floats, alignment: 64) { memory in
            guard let expanded = memory.bindMemory(to: Float.self).baseAddress else { return }
            for (index, tile) in turned.enumerated() {
                let place = rows.lowerBound / tileRows + index
                let part = index * tileRows..<min((index + 1) * tileRows, rows.count)
                keys.multiply(0..<expansion.keyOutputs, tile, into: expanded, stride: tileRows)
                tiles.content(head, place).round(columns: expanded, layout.kernels)
                for panel in 0..<panels {
                    latent.multiply(
                        part, expansion.values(head, panel), into: expanded + panel * tileRows,
                        stride: panels * tileRows)
                }
                tiles.values(head, place).round(
                    expanded, stride: panels * tileRows, count: part.count, width: expansion.valueOutputs,
                    layout.kernels)
            }
        }
    }
}

extension CPUOperations {
    /// Whether products with the matrices of all heads may be computed in 8 bits.
    fileprivate func canRound(_ weight: HeadwiseWeight) -> Bool {
        arithmetic == .eightBit && weight.heads.count * weight.inputs >= leastIntegerWidth
            && weight.heads.allSatisfy { integerKernels(of: $0) != nil }
    }
}

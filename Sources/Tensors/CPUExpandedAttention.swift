import CKernels

// Expanded latent attention over a Q8_0 cache: keys and values go from latents straight into the tiles that attention
// multiplies in 8 bits. Of the expanded f32 values no more exist than what one thread is about to round.

extension CPUOperations {
    package func expandedAttention(
        _ query: Tensor, _ latents: PagedRows, _ expansion: LatentExpansion, scale: Float, firstPosition: Int
    ) -> Tensor {
        guard let expander = LatentExpander(self, latents, expansion, keyWidth: query.shape[2]) else {
            return expandedInFloats(query, latents, expansion, scale: scale, firstPosition: firstPosition)
        }
        let shape = Shape(query.shape[0], query.shape[1], expansion.values.outputs)
        return fill(shape, from: query) { input, output in
            guard let input = input.baseAddress, let output = output.baseAddress, shape.count > 0 else { return }
            let call = TiledAttention(
                kernels: rowKernels, query: input, output: output, shape: shape,
                keys: .unstored(heads: shape[1], width: query.shape[2]),
                values: .unstored(heads: shape[1], width: shape[2]), scale: scale, firstPosition: firstPosition,
                threads: pool.threads, integers: expander.integers)
            guard let layout = call.layout else { return }
            attendPacked(call, layout) { tiles, heads in
                let pieces = expander.pieces(tiles.rowCount, heads)
                pool.parallelChunks(count: pieces.count) {
                    expander.expand(pieces[$0].rows, pieces[$0].heads, into: tiles)
                }
            }
        }
    }
}

extension PagedRows {
    /// Q8_0 rows of which only packed tiles exist.
    fileprivate static func unstored(heads: Int, width: Int) -> PagedRows {
        PagedRows(
            pages: [], byteOffset: 0, rowsPerPage: 1, elementType: .q8_0, heads: heads, headStride: width, width: width)
    }
}

/// Expands latents of a Q8_0 cache.
private struct LatentExpander {
    let operations: CPUOperations
    let latents: PagedRows
    /// A matrix [outputs, latent size] for every head.
    let keys: [Weight]
    let values: [Weight]
    /// The kernels of the rows that come out.
    let integers: IntegerKernels

    /// Rows that are expanded together: enough that unpacking a head's matrices costs little beside multiplying.
    private static let rowsAtOnce = TiledAttention.segmentRows
    /// Heads that share the rounding of such rows to 8 bits, and small enough pieces for many threads.
    private static let headsAtOnce = 4

    /// - Returns: `nil` where rounding is not allowed, or something is not a whole number of blocks.
    init?(_ operations: CPUOperations, _ latents: PagedRows, _ expansion: LatentExpansion, keyWidth: Int) {
        let size = expansion.latentSize
        let (key, value) = (
            PagedRows.unstored(heads: 1, width: keyWidth), PagedRows.unstored(heads: 1, width: expansion.values.outputs)
        )
        guard latents.canMultiplyAsStored, size % ElementType.q8_0.valuesPerBlock == 0,
            expansion.keys.outputs % ElementType.q8_0.valuesPerBlock == 0,
            keyWidth == expansion.keys.outputs + latents.width - size,
            let integers = operations.integerKernels(key, value),
            let keys = operations.integerMatrices(expansion.keys),
            let values = operations.integerMatrices(expansion.values)
        else { return nil }
        (self.operations, self.latents, self.keys, self.values) = (operations, latents, keys, values)
        self.integers = integers
    }

    func pieces(_ rowCount: Int, _ heads: Range<Int>) -> [(rows: Range<Int>, heads: Range<Int>)] {
        stride(from: 0, to: rowCount, by: LatentExpander.rowsAtOnce).flatMap { row in
            stride(from: heads.lowerBound, to: heads.upperBound, by: LatentExpander.headsAtOnce).map { head in
                (
                    row..<min(row + LatentExpander.rowsAtOnce, rowCount),
                    head..<min(head + LatentExpander.headsAtOnce, heads.upperBound)
                )
            }
        }
    }

    /// Fills the tiles of `heads` that hold `rows`, the first of which begins a tile.
    func expand(_ rows: Range<Int>, _ heads: Range<Int>, into tiles: PackedTiles) {
        let size = keys[0].columns
        let (keyOutputs, valueOutputs) = (keys[0].rows, values[0].rows)
        let decoded = latents.narrowed(to: size).decoded(rows)
        decoded.withFloats { latent in
            guard let latent = latent.baseAddress else { return }
            operations.withQuantized(latent, rows: rows.count, inputs: size, for: Array(keys[heads] + values[heads])) {
                quantized in
                let width = max(keyOutputs, valueOutputs)
                withUnsafeTemporaryAllocation(of: Float.self, capacity: rows.count * width) { expanded in
                    guard let expanded = expanded.baseAddress else { return }
                    for head in heads {
                        multiply(keys[head], rows.count, quantized, into: expanded)
                        packKeys(expanded, rows, head, into: tiles)
                        multiply(values[head], rows.count, quantized, into: expanded)
                        packValues(expanded, rows, head, into: tiles)
                    }
                }
            }
        }
    }

    private func multiply(
        _ weight: Weight, _ rows: Int, _ quantized: QuantizedActivations, into output: UnsafeMutablePointer<Float>
    ) {
        operations.multiply(
            Product(weight: weight, rows: rows, output: output, outputStride: weight.rows), 0..<weight.rows, quantized)
    }

    /// Keys: expanded values, then the rotary part as the cache holds it.
    private func packKeys(_ expanded: UnsafePointer<Float>, _ rows: Range<Int>, _ head: Int, into tiles: PackedTiles) {
        let outputs = keys[head].rows
        let contentBytes = outputs / ElementType.q8_0.valuesPerBlock * ElementType.q8_0.bytesPerBlock
        let skipped = keys[head].columns / ElementType.q8_0.valuesPerBlock * ElementType.q8_0.bytesPerBlock
        let rowBytes = tiles.layout.keyRowBytes
        inTiles(rows, rowBytes, head, tiles) { row, place, target in
            isobath_encode_row_q8_0(expanded + place * outputs, target, outputs)
            // Safe: the rotary part is what is left of a latent row and of a key row alike; init checked their sizes.
            (target + contentBytes).copyMemory(
                from: latents.address(ofRow: row) + skipped, byteCount: rowBytes - contentBytes)
        } pack: { memory, count, tile in
            tiles.layout.packKeys(memory, rowBytes: rowBytes, count: count, into: tile)
        }
    }

    private func packValues(_ expanded: UnsafePointer<Float>, _ rows: Range<Int>, _ head: Int, into tiles: PackedTiles)
    {
        let outputs = values[head].rows
        let rowBytes = outputs / ElementType.q8_0.valuesPerBlock * ElementType.q8_0.bytesPerBlock
        inTiles(rows, rowBytes, head, tiles) { _, place, target in
            isobath_encode_row_q8_0(expanded + place * outputs, target, outputs)
        } pack: { memory, count, tile in
            operations.rowKernels.packValues(memory, rowBytes: rowBytes, count: count, width: outputs, into: tile)
        }
    }

    /// Encodes the rows of a tile one below another, then packs them; tile after tile.
    private func inTiles(
        _ rows: Range<Int>, _ rowBytes: Int, _ head: Int, _ tiles: PackedTiles,
        encode: (_ row: Int, _ place: Int, UnsafeMutableRawPointer) -> Void,
        pack: (UnsafeRawPointer, _ count: Int, PackedTile) -> Void
    ) {
        let tileRows = AttentionKernels.tileRows
        withUnsafeTemporaryAllocation(byteCount: tileRows * rowBytes, alignment: 64) { memory in
            guard let memory = memory.baseAddress else { return }
            for first in stride(from: rows.lowerBound, to: rows.upperBound, by: tileRows) {
                let (tile, count) = tiles.tile(head, first / tileRows)
                for row in first..<first + count {
                    encode(row, row - rows.lowerBound, memory + (row - first) * rowBytes)
                }
                pack(memory, count, tile)
            }
        }
    }
}

extension CPUOperations {
    /// The matrices of all heads as [outputs, inputs] with integer kernels; `nil` if their products are to be exact.
    fileprivate func integerMatrices(_ weight: HeadwiseWeight) -> [Weight]? {
        let width = weight.heads.count * weight.inputs
        guard width >= leastIntegerWidth else { return nil }
        switch weight.orientation {
        case .outputsByInputs: return weight.heads.allSatisfy { integerKernels(of: $0) != nil } ? weight.heads : nil
        case .inputsByOutputs: return turned(weight, width: width)
        }
    }
}

import CKernels

/// Rows in E4M3, each cut into tiles of 128 values that share a scale: what products over the last axis take.
///
/// "1×128" in DeepSeek-V3 (arXiv 2412.19437) §3.3.1. Codes are held in f32, which has them all, one block of 128 columns after another;
/// the last may be narrower.
struct RowTiles {
    /// For each block of columns the codes [n, ≤ 128].
    let codes: [Tensor]
    /// [blocks, n].
    let scales: Tensor

    init(_ x: Tensor, _ rule: ScaleRule, pool: ThreadPool) {
        let (n, blocks) = (x.shape.rows, TileBlocks(x.shape.width))
        let (codes, scales) = (Tensor(uninitialized: [x.shape.count]), Tensor(uninitialized: [blocks.count, n]))
        codes.withMutableFloats { codes in
            scales.withMutableFloats { scales in
                x.forEachTile(pool) { row, block, tile in
                    let amplitude = isobath_largest_magnitude(tile.baseAddress, tile.count)
                    let scale = rule.scale(ofAmplitude: amplitude)
                    scales[block * n + row] = scale
                    // Safe: blocks before this one have 128 columns, rows before this one `tile.count`: all fit into `codes`.
                    let target = codes[(block * n * TileBlocks.extent + row * tile.count)...].prefix(tile.count)
                    isobath_round_f8e4m3(
                        tile.baseAddress, scale, UnsafeMutableBufferPointer(rebasing: target).baseAddress, tile.count)
                }
            }
        }
        self.codes = (0..<blocks.count).map {
            codes.part(from: $0 * n * TileBlocks.extent, [n, blocks[$0].count])
        }
        self.scales = scales
    }
}

/// The blocks of 128 that an axis is cut into.
struct TileBlocks {
    static let extent = BlockScales.blockExtent

    let width: Int
    var count: Int { (width + TileBlocks.extent - 1) / TileBlocks.extent }

    init(_ width: Int) { self.width = width }

    subscript(block: Int) -> Range<Int> {
        block * TileBlocks.extent..<min((block + 1) * TileBlocks.extent, width)
    }
}

extension Tensor {
    /// Values from number `first` on, as a tensor of their own: a view, no copy.
    func part(from first: Int, _ shape: Shape) -> Tensor {
        guard let view = Tensor(storage: storage, byteOffset: byteOffset + 4 * first, elementType: .f32, shape: shape)
        else { preconditionFailure("a part lies inside the whole") }
        return view
    }

    /// Calls `body` with every 1×128 tile, on several threads.
    func forEachTile(
        _ pool: ThreadPool, _ body: (_ row: Int, _ block: Int, _ tile: UnsafeBufferPointer<Float>) -> Void
    ) {
        let (width, blocks) = (shape.width, TileBlocks(shape.width))
        withFloats { values in
            pool.parallel(count: shape.rows, grain: TileBlocks.grain(width)) { rows in
                for row in rows {
                    for block in 0..<blocks.count {
                        let columns = blocks[block]
                        let place = row * width + columns.lowerBound..<row * width + columns.upperBound
                        body(row, block, UnsafeBufferPointer(rebasing: values[place]))
                    }
                }
            }
        }
    }

    /// The values that are left when each tile of 128 in a row is written in `format` and read again.
    func remembered(in format: TileFormat, _ rule: ScaleRule, pool: ThreadPool) -> Tensor {
        let result = Tensor(uninitialized: shape)
        let width = shape.width
        result.withMutableFloats { output in
            forEachTile(pool) { row, block, tile in
                let scale = rule.scale(ofAmplitude: isobath_largest_magnitude(tile.baseAddress, tile.count), format)
                let place =
                    (row * width + block * TileBlocks.extent)..<(row * width + block * TileBlocks.extent + tile.count)
                let target = UnsafeMutableBufferPointer(rebasing: output[place]).baseAddress
                switch format {
                case .e4m3: isobath_round_f8e4m3(tile.baseAddress, scale, target, tile.count)
                case .e5m6: isobath_round_e5m6(tile.baseAddress, scale, target, tile.count)
                }
                isobath_scale_row(target, scale, target, tile.count)
            }
        }
        return result
    }

    /// The values in bfloat16, held in f32.
    func roundedToBF16(pool: ThreadPool) -> Tensor {
        let result = Tensor(uninitialized: shape)
        writeAsBF16(to: result, pool: pool)
        return result
    }

    /// Rounds the values where they are.
    /// - Precondition: fresh memory that nobody else looks at yet.
    func roundToBF16(pool: ThreadPool) { writeAsBF16(to: self, pool: pool) }

    private func writeAsBF16(to target: Tensor, pool: ThreadPool) {
        withFloats { values in
            target.withMutableFloats { output in
                pool.parallel(count: values.count, grain: TileBlocks.grain(1)) { range in
                    let source = UnsafeBufferPointer(rebasing: values[range])
                    isobath_round_bf16(
                        source.baseAddress, UnsafeMutableBufferPointer(rebasing: output[range]).baseAddress, range.count
                    )
                }
            }
        }
    }
}

extension TileBlocks {
    /// How many rows of `width` values are worth a thread.
    static func grain(_ width: Int) -> Int { max(1, (1 << 14) / max(width, 1)) }
}

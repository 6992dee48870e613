import CKernels

/// Weights in E4M3 with a scale for each block of 128×128, as products take them.
///
/// DeepSeek-V3 (arXiv 2412.19437) §3.3.1. Several matrices of equal shape may lie one below another, each with blocks of its own; blocks at
/// the edges are smaller. Codes are held in f32, which has them all.
struct BlockedWeight {
    enum Order {
        /// One block of 128 columns after another, for products over the columns.
        case columnBlocks
        /// Row by row, for products over the rows.
        case rows
    }

    let columns: Int
    /// The rows that share scales.
    let bands: [Range<Int>]
    /// [bands, blocks of columns].
    private let scales: Tensor
    private let codes: Tensor

    init(_ weights: [Weight], _ order: Order, pool: ThreadPool) {
        let (each, width) = (weights[0].rows, weights[0].columns)
        let (rowBlocks, blocks) = (TileBlocks(each), TileBlocks(width))
        let total = each * weights.count
        let bands = weights.indices.flatMap { index in
            (0..<rowBlocks.count).map {
                index * each + rowBlocks[$0].lowerBound..<index * each + rowBlocks[$0].upperBound
            }
        }
        let (codes, scales) = (
            Tensor(uninitialized: [total, width]), Tensor(uninitialized: [bands.count, blocks.count])
        )
        let values = weights.map { $0.elementType == .f32 ? $0.tensor : $0.decoded() }
        codes.withMutableFloats { codes in
            scales.withMutableFloats { scales in
                pool.parallelChunks(count: bands.count * blocks.count) { index in
                    let (band, block) = (index / blocks.count, index % blocks.count)
                    let (rows, columns) = (bands[band], blocks[block])
                    let first = rows.lowerBound / each * each
                    scales[index] = values[rows.lowerBound / each].withFloats { values in
                        BlockedWeight.encode(
                            values, rows.lowerBound - first..<rows.upperBound - first, columns, width: width, to: codes
                        ) { row in
                            switch order {
                            case .rows: (first + row) * width + columns.lowerBound
                            case .columnBlocks: columns.lowerBound * total + (first + row) * columns.count
                            }
                        }
                    }
                }
            }
        }
        (self.columns, self.bands, self.scales, self.codes) = (width, bands, scales, codes)
    }

    /// One block; `place` says where a row of its codes begins.
    /// - Returns: its scale.
    private static func encode(
        _ values: UnsafeBufferPointer<Float>, _ rows: Range<Int>, _ columns: Range<Int>, width: Int,
        to codes: UnsafeMutableBufferPointer<Float>, place: (Int) -> Int
    ) -> Float {
        func source(_ row: Int) -> UnsafePointer<Float>? {
            UnsafeBufferPointer(rebasing: values[row * width + columns.lowerBound..<row * width + columns.upperBound])
                .baseAddress
        }
        var amplitude: Float = 0
        for row in rows {
            let largest = isobath_largest_magnitude(source(row), columns.count)
            amplitude = largest > amplitude || largest.isNaN ? largest : amplitude
            if amplitude.isNaN { break }
        }
        let scale = ScaleRule.exact.scale(ofAmplitude: amplitude)
        for row in rows {
            let target = UnsafeMutableBufferPointer(rebasing: codes[place(row)...].prefix(columns.count))
            isobath_round_f8e4m3(source(row), scale, target.baseAddress, columns.count)
        }
        return scale
    }

    var rows: Int { bands.last?.upperBound ?? 0 }

    /// The scales of one block of the columns, one for each band.
    func scales(ofColumnBlock block: Int) -> [Float] {
        scales.withFloats { scales in bands.indices.map { scales[$0 * TileBlocks(columns).count + block] } }
    }

    /// The scales of one band, one for each block of the columns.
    func scales(ofBand band: Int) -> [Float] {
        let count = TileBlocks(columns).count
        return scales.withFloats { Array($0[band * count..<(band + 1) * count]) }
    }

    /// The codes of block `block` of the columns, [rows, ≤ 128].
    /// - Precondition: made in the order `columnBlocks`.
    func columnBlock(_ block: Int) -> Weight {
        let range = TileBlocks(columns)[block]
        return Weight(codes.part(from: range.lowerBound * rows, [rows, range.count]))
    }

    /// The codes of band `band`, [≤ 128, columns].
    /// - Precondition: made in the order `rows`.
    func band(_ band: Int) -> Weight { Weight(codes.slice(bands[band])) }
}

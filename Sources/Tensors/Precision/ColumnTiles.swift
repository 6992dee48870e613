import CKernels

/// Rows in E4M3, of which 128 at a time share a scale in each column: what products over the rows take.
///
/// "128×1" in DeepSeek-V3 (arXiv 2412.19437) §3.3.1 and §3.5.2; the last rows may be fewer.
struct ColumnTiles {
    /// For each block of rows the codes [≤ 128, width].
    let codes: [Tensor]
    /// [blocks, width].
    let scales: Tensor

    init(_ x: Tensor, _ rule: ScaleRule, pool: ThreadPool) {
        let (n, width) = (x.shape.rows, x.shape.width)
        let (bands, strips) = (TileBlocks(n), TileBlocks(width))
        let (codes, scales) = (Tensor(uninitialized: [n, width]), Tensor(uninitialized: [bands.count, width]))
        x.withFloats { values in
            codes.withMutableFloats { codes in
                scales.withMutableFloats { scales in
                    pool.parallelChunks(count: bands.count * strips.count) { index in
                        let (band, strip) = (index / strips.count, index % strips.count)
                        let columns = strips[strip]
                        let start = band * width
                        ColumnTiles.encode(
                            values, bands[band], columns, width: width, rule, to: codes,
                            scales: UnsafeMutableBufferPointer(
                                rebasing: scales[start + columns.lowerBound..<start + columns.upperBound]))
                    }
                }
            }
        }
        self.codes = (0..<bands.count).map { codes.slice(bands[$0]) }
        self.scales = scales
    }

    /// Columns `columns` of rows `rows`; `scales` are theirs.
    private static func encode(
        _ values: UnsafeBufferPointer<Float>, _ rows: Range<Int>, _ columns: Range<Int>, width: Int, _ rule: ScaleRule,
        to codes: UnsafeMutableBufferPointer<Float>, scales: UnsafeMutableBufferPointer<Float>
    ) {
        func place(_ row: Int) -> Range<Int> { row * width + columns.lowerBound..<row * width + columns.upperBound }
        scales.update(repeating: 0)
        for row in rows {
            let source = UnsafeBufferPointer(rebasing: values[place(row)])
            isobath_raise_to_magnitudes(source.baseAddress, scales.baseAddress, columns.count)
        }
        for column in scales.indices { scales[column] = rule.scale(ofAmplitude: scales[column]) }
        for row in rows {
            let source = UnsafeBufferPointer(rebasing: values[place(row)])
            let target = UnsafeMutableBufferPointer(rebasing: codes[place(row)])
            isobath_round_columns_f8e4m3(source.baseAddress, scales.baseAddress, target.baseAddress, columns.count)
        }
    }
}

import CKernels
import Synchronization

extension BlockScales {
    /// The largest number that E4M3 has.
    private static let codeLimit: Float = 448
    /// What the largest value of a block counts as at least, so that a block of zeros has a scale too.
    private static let leastAmplitude: Float = 1e-12

    /// The factor of a block whose largest value is `amplitude`.
    static func scale(ofAmplitude amplitude: Float) -> Float { scale(ofAmplitude: amplitude, limit: codeLimit) }

    /// The same for codes of which `limit` is the largest. No number for an amplitude that is none.
    static func scale(ofAmplitude amplitude: Float, limit: Float) -> Float { max(amplitude, leastAmplitude) / limit }
}

extension AssembledRows {
    /// Rows `range` in `f8e4m3`, with one scale for each block of 128×128: the largest value of a block becomes 448, the
    /// largest code; others are rounded to nearest, ties to even (DeepSeek-V3, arXiv 2412.19437, §3.3).
    ///
    /// - Returns: the codes, row by row, and the scales [⌈rows / 128⌉, ⌈width / 128⌉]. Blocks at the edges are smaller.
    /// - Throws: `NotFinite` if a value is infinite or no number.
    /// - Precondition: the range starts at a block's edge.
    package func encodedInBlocks(_ range: Range<Int>, pool: ThreadPool) throws -> (codes: [UInt8], scales: [Float]) {
        let extent = BlockScales.blockExtent
        precondition(range.lowerBound % extent == 0 && range.upperBound <= count, "rows of this matrix, whole blocks")
        let (bands, blocks) = ((range.count + extent - 1) / extent, (width + extent - 1) / extent)
        let isFinite = Atomic(true)
        var scales = [Float](repeating: 0, count: bands * blocks)
        let codes = scales.withUnsafeMutableBufferPointer { scales in
            [UInt8](unsafeUninitializedCapacity: range.count * width) { buffer, count in
                count = range.count * width
                guard let target = UnsafeMutableRawPointer(buffer.baseAddress), count > 0 else { return }
                pool.parallelChunks(count: bands) { band in
                    let first = range.lowerBound + band * extent
                    let rows = first..<min(first + extent, range.upperBound)
                    // Safe: each band writes its own scales and its own codes.
                    let own = UnsafeMutableBufferPointer(rebasing: scales[band * blocks..<(band + 1) * blocks])
                    let place = target + band * extent * width
                    if !encodeBand(rows, scales: own, to: place) { isFinite.store(false, ordering: .relaxed) }
                }
            }
        }
        guard isFinite.load(ordering: .relaxed) else { throw NotFinite() }
        return (codes, scales)
    }

    /// Encodes the rows of one row of blocks.
    /// - Returns: whether all values are finite.
    private func encodeBand(
        _ rows: Range<Int>, scales: UnsafeMutableBufferPointer<Float>, to target: UnsafeMutableRawPointer
    ) -> Bool {
        let values = UnsafeMutableBufferPointer<Float>.allocate(capacity: rows.count * width)
        defer { values.deallocate() }
        decode(rows, into: values)
        guard values.allSatisfy(\.isFinite) else { return false }
        for block in scales.indices {
            let first = block * BlockScales.blockExtent
            let columns = first..<min(first + BlockScales.blockExtent, width)
            scales[block] = scaleBlock(columns, of: rows.count, values)
        }
        // Safe: the kernel reads all values and writes as many codes, for which the caller has room.
        isobath_encode_row_f8e4m3(values.baseAddress, target, values.count)
        return true
    }

    /// Divides the values in `columns` of all rows by their scale, which is returned.
    private func scaleBlock(
        _ columns: Range<Int>, of rows: Int, _ values: UnsafeMutableBufferPointer<Float>
    ) -> Float {
        var amplitude: Float = 0
        for row in 0..<rows {
            for column in columns { amplitude = max(amplitude, abs(values[row * width + column])) }
        }
        let scale = BlockScales.scale(ofAmplitude: amplitude)
        for row in 0..<rows {
            for column in columns { values[row * width + column] /= scale }
        }
        return scale
    }
}

import CKernels

/// Products of bf16 weights with activations that are rounded to bf16 as well, as the processor's own instruction has it.
///
/// Rounding changes an activation by at most 1 / 256 of it, and sums add up in an order of their own: results are not those
/// of the other kernels, so that these run only where they are asked for.
struct BFloatKernels: Sendable {
    private let table: isobath_bfloat_kernels

    /// The forms that have such products; the scalar one is what the others must equal.
    static let forms: [FloatKernels.Form] = [.scalar, .avx512]

    /// - Returns: `nil` if the form has no such products, or this processor cannot run them.
    init?(_ form: FloatKernels.Form) {
        let table: UnsafePointer<isobath_bfloat_kernels>? =
            switch form {
            case .scalar: isobath_bfloat_kernels_scalar()
            case .avx512: isobath_bfloat_kernels_avx512()
            case .avx2, .neon: nil
            }
        guard let table else { return nil }
        self.table = table.pointee
    }

    /// `output[r · outputStride + o]` = row o of the weight rows at `weights` · row `first + r · step` of `x`, for `rows`
    /// rows.
    @inline(__always)
    func multiply(
        _ weights: UnsafeRawPointer, rowBytes: Int, outputs: Int, _ x: BFloatRows, first: Int, step: Int, rows: Int,
        into output: UnsafeMutablePointer<Float>, outputStride: Int
    ) {
        table.multiply(
            weights.assumingMemoryBound(to: UInt8.self), rowBytes, outputs, x.row(first), step * x.stride, rows,
            x.width, output, outputStride)
    }
}

/// Rows of activations rounded to bf16 and filled up with zeros, in memory that the caller lends.
struct BFloatRows {
    let width: Int
    private let start: UnsafeMutablePointer<UInt16>

    /// Values that the kernels take at once.
    private static let step = 32

    private static func stride(width: Int) -> Int { (width + step - 1) / step * step }

    static func byteCount(rows: Int, width: Int) -> Int { 2 * rows * stride(width: width) }

    /// Values from a row to the next.
    var stride: Int { BFloatRows.stride(width: width) }

    /// - Precondition: `memory` has `byteCount` bytes for the rows that are used, aligned to 2.
    init(width: Int, memory: UnsafeMutableRawPointer) {
        self.width = width
        start = memory.assumingMemoryBound(to: UInt16.self)
    }

    func row(_ index: Int) -> UnsafeMutablePointer<UInt16> { start + index * stride }

    /// Fills row `index` from `width` floats at `source`.
    func round(_ source: UnsafePointer<Float>, row index: Int) {
        // Safe: a row has room for `stride` values, no fewer than `width`.
        let target = row(index)
        isobath_encode_row_bf16(source, target, width)
        (target + width).update(repeating: 0, count: stride - width)
    }
}

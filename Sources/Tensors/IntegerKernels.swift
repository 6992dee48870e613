import CKernels

/// How products with quantized weights are computed.
public enum Arithmetic: String, Sendable, CaseIterable, Codable {
    /// Activations stay in f32; weights are decoded to f32.
    case exact
    /// Activations are rounded to 8 bits on the way into a product with a quantized weight, and multiplied as integers.
    ///
    /// Products with f64, f32, f16, bf16 and FP8 weights, and with formats that have no integer kernels, stay exact.
    case eightBit
}

/// The integer products of one weight format, in the form that runs on this processor.
struct IntegerKernels: Sendable {
    /// The least rows of activations for which unpacking a tile of the weight pays.
    private static let rowsWorthATile = 12

    private var table: isobath_integer_kernels

    /// - Returns: `nil` for a format without integer kernels, or a form that this processor cannot run.
    init?(_ type: ElementType, form: FloatKernels.Form) {
        guard let kernelType = type.kernelType else { return nil }
        let table =
            switch form {
            case .scalar: isobath_integer_kernels_scalar(kernelType)
            case .avx2, .avx512: isobath_integer_kernels_avx2(kernelType)
            case .neon: isobath_integer_kernels_neon(kernelType) ?? isobath_integer_kernels_scalar(kernelType)
            }
        guard let table else { return nil }
        self.table = table.pointee
        if form == .avx512, let tiles = isobath_integer_tiles_avx512(kernelType) { self.table.tiles = tiles }
    }

    /// Activations that share a scale.
    var block: Int { table.block }

    /// `output[r]` = row r of the weight rows at `weights` · x.
    @inline(__always)
    func multiply(
        _ weights: UnsafeRawPointer, rowBytes: Int, rows: Int, _ x: isobath_quantized_row, count: Int,
        into output: UnsafeMutablePointer<Float>
    ) {
        withUnsafePointer(to: x) {
            table.rows(weights.assumingMemoryBound(to: UInt8.self), rowBytes, rows, $0, count, output)
        }
    }
}

extension IntegerKernels {
    /// The tiles that `rows` rows of activations are multiplied with; `nil` if they had better be taken one by one.
    func tiles(forRows rows: Int) -> IntegerTiles? {
        guard rows >= IntegerKernels.rowsWorthATile, let tiles = table.tiles else { return nil }
        return IntegerTiles(table: tiles.pointee)
    }
}

/// Products of a few weight rows, unpacked once, with many rows of activations.
struct IntegerTiles {
    let table: isobath_integer_tiles

    /// Weight rows in a tile.
    var rows: Int { table.rows }

    /// Bytes of a tile of `values` values a row.
    func byteCount(values: Int) -> Int { (values + 255) / 256 * table.bytes }
}

/// Rows of activations in 8 bits, in memory that the caller lends.
struct QuantizedRows {
    let width: Int
    let block: Int
    private let start: UnsafeMutableRawPointer

    /// Bytes for `rows` rows; rows start at multiples of 64.
    static func byteCount(rows: Int, width: Int, block: Int) -> Int { rows * rowBytes(width, block) }

    /// Bytes from a row to the next.
    var stride: Int { QuantizedRows.rowBytes(width, block) }

    private static func rowBytes(_ width: Int, _ block: Int) -> Int {
        (width + width / block * 4 + width / 16 * 2 + 63) / 64 * 64
    }

    /// - Precondition: `memory` has `byteCount` bytes for the rows that are used, aligned to 64.
    init(width: Int, block: Int, memory: UnsafeMutableRawPointer) {
        precondition(width % block == 0, "a row is a whole number of blocks")
        self.width = width
        self.block = block
        self.start = memory
    }

    /// Row `index` from value `start` on, the first of a block: values, then scales, then sums.
    subscript(index: Int, from start: Int = 0) -> isobath_quantized_row {
        let (values, scales, sums) = parts(index)
        return isobath_quantized_row(
            values: values + start, scales: scales + start / block, sums: sums + start / 16)
    }

    /// Fills row `index` from `width` floats at `source`.
    func quantize(_ source: UnsafePointer<Float>, row index: Int) {
        let (values, scales, sums) = parts(index)
        isobath_quantize_row(source, width, block, values, scales, sums)
    }

    private func parts(
        _ index: Int
    ) -> (UnsafeMutablePointer<Int8>, UnsafeMutablePointer<Float>, UnsafeMutablePointer<Int16>) {
        // Safe: a row has room for `width` bytes, a float a block and an Int16 for every 16 values; blocks are
        // multiples of 16, so that each part is aligned.
        let row = start + index * stride
        let scales = row + width
        let sums = scales + width / block * 4
        return (
            row.assumingMemoryBound(to: Int8.self), scales.assumingMemoryBound(to: Float.self),
            sums.assumingMemoryBound(to: Int16.self)
        )
    }
}

import CKernels

/// How products with quantized weights are computed.
public enum Arithmetic: String, Sendable, CaseIterable, Codable {
    /// Activations stay in f32; weights are decoded to f32.
    case exact
    /// Activations are rounded to 8 bits on the way into a product with a quantized weight, and multiplied as integers.
    ///
    /// Products with f64, f32, f16, bf16 and FP8 weights, and with formats that have no integer kernels, stay exact. For
    /// bf16 weights, activations are rounded to bf16 where `ISOBATH_KERNELS` asks for that (`avx512bf16`).
    case eightBit
}

/// The integer products of one weight format, in the form that runs on this processor.
struct IntegerKernels: Sendable {
    private let table: isobath_integer_kernels
    /// The least rows of activations for which unpacking a tile of the weight pays. On 512-bit vectors a single row is
    /// unpacked as well.
    private let rowsWorthATile: Int

    /// - Returns: `nil` for a format without integer kernels, or a form that this processor cannot run.
    init?(_ type: ElementType, form: FloatKernels.Form) {
        guard let kernelType = type.kernelType else { return nil }
        let wide = form == .avx512 ? isobath_integer_kernels_avx512(kernelType) : nil
        let table =
            switch form {
            case .scalar: isobath_integer_kernels_scalar(kernelType)
            case .avx2: isobath_integer_kernels_avx2(kernelType)
            case .avx512: wide ?? isobath_integer_kernels_avx2(kernelType)
            case .neon: isobath_integer_kernels_neon(kernelType) ?? isobath_integer_kernels_scalar(kernelType)
            }
        guard let table else { return nil }
        self.table = table.pointee
        self.rowsWorthATile = wide == nil ? 12 : 2
    }

    /// Activations that share a scale.
    var block: Int { table.block }

    /// Numbers for every 256 activations that the kernels want beside them.
    var extra: Int { table.extra }

    /// Makes them of `count` activations.
    func prepare(
        _ values: UnsafePointer<Int8>, _ sums: UnsafePointer<Int16>, count: Int, into extra: UnsafeMutablePointer<Int32>
    ) {
        table.prepare?(values, sums, count, extra)
    }

    /// `output[r]` = row r of the weight rows at `weights` · x.
    /// - Parameter next: where the rows begin that are most likely read next.
    @inline(__always)
    func multiply(
        _ weights: UnsafeRawPointer, rowBytes: Int, rows: Int, _ x: isobath_quantized_row, count: Int,
        into output: UnsafeMutablePointer<Float>, next: UnsafeRawPointer? = nil
    ) {
        withUnsafePointer(to: x) {
            table.rows(
                weights.assumingMemoryBound(to: UInt8.self), rowBytes, rows, $0, count, output,
                next?.assumingMemoryBound(to: UInt8.self))
        }
    }
}

extension IntegerKernels {
    /// The tiles that `rows` rows of activations are multiplied with; `nil` if they had better be taken one by one.
    func tiles(forRows rows: Int) -> IntegerTiles? {
        guard rows >= rowsWorthATile, let tiles = table.tiles else { return nil }
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
    let kernels: IntegerKernels
    private let start: UnsafeMutableRawPointer

    /// Bytes for `rows` rows; rows start at multiples of 64.
    static func byteCount(rows: Int, width: Int, _ kernels: IntegerKernels) -> Int { rows * rowBytes(width, kernels) }

    /// Bytes from a row to the next.
    var stride: Int { QuantizedRows.rowBytes(width, kernels) }

    private static func rowBytes(_ width: Int, _ kernels: IntegerKernels) -> Int {
        (width + width / kernels.block * 4 + width / 16 * 2 + extraBytes(width, kernels) + 63) / 64 * 64
    }

    private static func extraBytes(_ width: Int, _ kernels: IntegerKernels) -> Int {
        (width + 255) / 256 * kernels.extra * 4
    }

    /// - Precondition: `memory` has `byteCount` bytes for the rows that are used, aligned to 64.
    init(width: Int, kernels: IntegerKernels, memory: UnsafeMutableRawPointer) {
        precondition(width % kernels.block == 0, "a row is a whole number of blocks")
        self.width = width
        self.kernels = kernels
        self.start = memory
    }

    /// Row `index` from value `start` on, the first of a block: values, then scales, then sums, then what else the
    /// kernels want.
    subscript(index: Int, from start: Int = 0) -> isobath_quantized_row {
        let parts = parts(index)
        return isobath_quantized_row(
            values: parts.values + start, scales: parts.scales + start / kernels.block, sums: parts.sums + start / 16,
            extra: parts.extra + start * kernels.extra / 256)
    }

    /// The same rows' layout in other memory of the same size a row.
    func relocated(to memory: UnsafeMutableRawPointer) -> QuantizedRows {
        QuantizedRows(width: width, kernels: kernels, memory: memory)
    }

    /// Makes row `target` a copy of row `source` of `other`, which has the same layout.
    func copyRow(_ source: Int, of other: QuantizedRows, to target: Int) {
        // Safe: both memories have `stride` bytes for each of their rows.
        (start + target * stride).copyMemory(from: other.start + source * stride, byteCount: stride)
    }

    /// Fills row `index` from `width` floats at `source`.
    func quantize(_ source: UnsafePointer<Float>, row index: Int) {
        let parts = parts(index)
        isobath_quantize_row(source, width, kernels.block, parts.values, parts.scales, parts.sums)
        kernels.prepare(parts.values, parts.sums, count: width, into: parts.extra)
    }

    private struct Parts {
        let values: UnsafeMutablePointer<Int8>
        let scales: UnsafeMutablePointer<Float>
        let sums: UnsafeMutablePointer<Int16>
        let extra: UnsafeMutablePointer<Int32>
    }

    private func parts(_ index: Int) -> Parts {
        // Safe: a row has room for `width` bytes, a float a block, an Int16 for every 16 values, and the extra numbers;
        // blocks are multiples of 32, so that each part is aligned.
        let row = start + index * stride
        let scales = row + width
        let sums = scales + width / kernels.block * 4
        let extra = sums + width / 16 * 2
        return Parts(
            values: row.assumingMemoryBound(to: Int8.self), scales: scales.assumingMemoryBound(to: Float.self),
            sums: sums.assumingMemoryBound(to: Int16.self), extra: extra.assumingMemoryBound(to: Int32.self))
    }
}

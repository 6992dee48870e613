import CKernels

/// Writes rows of f32 values in another element type: to nearest, ties to even; quantized formats as ggml's reference
/// quantizers do, byte for byte.
struct RowEncoder: Sendable {
    let type: ElementType
    private let blocks: isobath_encoder?
    private let grid: EncodingGrid?

    /// - Returns: `nil` for types that are only read.
    init?(_ type: ElementType, form: FloatKernels.Form = FloatKernels.fastest.form) {
        self.type = type
        blocks = RowEncoder.blocks(type, form)?.pointee
        grid = EncodingGrid.of(type)
        guard blocks != nil || grid != nil || RowEncoder.plainTypes.contains(type) else { return nil }
    }

    /// Whether there is one for `type`; makes no grid.
    static func exists(_ type: ElementType) -> Bool {
        plainTypes.contains(type) || blocks(type, .scalar) != nil || EncodingGrid.exists(type)
    }

    /// Types whose values, or blocks, are written without a search.
    private static let plainTypes: Set<ElementType> = [.f32, .f16, .bf16, .f8e4m3, .q8_0]

    private static func blocks(_ type: ElementType, _ form: FloatKernels.Form) -> UnsafePointer<isobath_encoder>? {
        guard let kernelType = type.kernelType else { return nil }
        let wide = form == .avx512 ? isobath_encoder_avx512(kernelType) : nil
        return switch form {
        case .avx2, .avx512: wide ?? isobath_encoder_avx2(kernelType) ?? isobath_encoder_plain(kernelType)
        case .scalar, .neon: isobath_encoder_plain(kernelType)
        }
    }

    /// Encodes rows of `width` values that lie one after another at `source`.
    /// - Parameter importance: how much an error in each column counts, `width` numbers; `nil` where nothing is known.
    /// - Precondition: whole blocks, finite values in quantized formats, and room at `target` for the bytes of all rows.
    func encode(
        _ source: UnsafeBufferPointer<Float>, importance: UnsafeBufferPointer<Float>? = nil, width: Int,
        to target: UnsafeMutableRawPointer
    ) {
        precondition(width % type.valuesPerBlock == 0, "a row is a whole number of blocks")
        precondition(width == 0 ? source.isEmpty : source.count % width == 0, "whole rows")
        precondition(importance.map { $0.count == width } ?? true, "an importance for every column")
        guard let start = source.baseAddress, !source.isEmpty else { return }
        // Safe, all: the kernels read `count` floats and write the bytes of `count` values; the caller vouches for the room.
        let bytes = target.assumingMemoryBound(to: UInt8.self)
        if let blocks { return blocks.encode(start, importance?.baseAddress, width, source.count / width, bytes) }
        if let grid {
            return grid.encode(
                start, importance: importance?.baseAddress, width: width, rows: source.count / width, to: bytes)
        }
        switch type {
        case .f32: target.copyMemory(from: start, byteCount: source.count * 4)
        case .f16: isobath_encode_row_f16(start, target, source.count)
        case .bf16: isobath_encode_row_bf16(start, target, source.count)
        case .f8e4m3: isobath_encode_row_f8e4m3(start, target, source.count)
        case .q8_0: isobath_encode_row_q8_0(start, target, source.count)
        default: preconditionFailure("\(type.rawValue) rows are only read")
        }
    }
}

extension ElementType {
    /// Whether rows can be written in this type.
    package var isEncodable: Bool { RowEncoder.exists(self) }

    /// Whether the format has too few bits to be written without knowing which columns matter, as ggml's authors hold.
    package var needsImportance: Bool { [.iq1_s, .iq2_xxs, .iq2_xs].contains(self) }

    /// The bytes of `values`, rows of `width` or one, in this type.
    /// - Precondition: `isEncodable`, and whole blocks.
    package func encoded(_ values: [Float], importance: [Float]? = nil, width: Int? = nil) -> [UInt8] {
        let byteCount = values.count / valuesPerBlock * bytesPerBlock
        return [UInt8](unsafeUninitializedCapacity: byteCount) { buffer, count in
            if let target = UnsafeMutableRawPointer(buffer.baseAddress) {
                // Safe: the buffer has room for the bytes of all values, whole blocks of them as the callee checks.
                values.withUnsafeBufferPointer {
                    encodeValues($0, self, importance: importance, width: width, to: target)
                }
            }
            count = byteCount
        }
    }
}

/// Encodes rows of f32 values, of `width` or all one.
///
/// - Precondition: `type.isEncodable`, whole blocks, and room at `target` for their bytes.
func encodeValues(
    _ source: UnsafeBufferPointer<Float>, _ type: ElementType, importance: [Float]? = nil, width: Int? = nil,
    to target: UnsafeMutableRawPointer
) {
    guard let encoder = RowEncoder(type) else { preconditionFailure("\(type.rawValue) rows are only read") }
    guard let importance else { return encoder.encode(source, width: width ?? source.count, to: target) }
    importance.withUnsafeBufferPointer {
        encoder.encode(source, importance: $0, width: width ?? source.count, to: target)
    }
}

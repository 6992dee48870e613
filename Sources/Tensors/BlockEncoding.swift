import CKernels

extension ElementType {
    /// Whether rows can be written in this type: the types of the key-value cache.
    package var isEncodable: Bool {
        switch self {
        case .f32, .f16, .bf16, .f8e4m3, .q8_0: true
        default: false
        }
    }
}

extension ElementType {
    /// The bytes of `values` in this type.
    /// - Precondition: `isEncodable`, and whole blocks.
    package func encoded(_ values: [Float]) -> [UInt8] {
        let byteCount = values.count / valuesPerBlock * bytesPerBlock
        return [UInt8](unsafeUninitializedCapacity: byteCount) { buffer, count in
            if let target = UnsafeMutableRawPointer(buffer.baseAddress) {
                // Safe: the buffer has room for the bytes of all values, whole blocks of them as the callee checks.
                values.withUnsafeBufferPointer { encodeValues($0, self, to: target) }
            }
            count = byteCount
        }
    }
}

/// Encodes a row of f32 values: to nearest, ties to even; Q8_0 as ggml's reference quantizer.
///
/// - Precondition: `type.isEncodable`, whole blocks, and room at `target` for their bytes.
func encodeValues(_ source: UnsafeBufferPointer<Float>, _ type: ElementType, to target: UnsafeMutableRawPointer) {
    precondition(source.count % type.valuesPerBlock == 0, "a row is a whole number of blocks")
    guard let start = source.baseAddress else { return }
    // Safe: the kernels read `count` floats and write the bytes of `count` values; the caller vouches for the room.
    switch type {
    case .f32: target.copyMemory(from: start, byteCount: source.count * 4)
    case .f16: isobath_encode_row_f16(start, target, source.count)
    case .bf16: isobath_encode_row_bf16(start, target, source.count)
    case .f8e4m3: isobath_encode_row_f8e4m3(start, target, source.count)
    case .q8_0: isobath_encode_row_q8_0(start, target, source.count)
    default: preconditionFailure("\(type.rawValue) rows are only read")
    }
}

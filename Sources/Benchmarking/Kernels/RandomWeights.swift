import Files
import Generation
import Tensors

/// Matrices of noise in any format, for measuring how fast they are multiplied.
enum RandomWeights {
    /// One half-precision number, 2⁻⁶: scales that are sane, whatever the quants beside them.
    private static let scale: [UInt8] = [0x00, 0x24]

    /// A matrix of `rows` × `columns`, or `nil` if a row is no whole number of the format's blocks.
    static func make(_ type: ElementType, rows: Int, columns: Int, seed: UInt64 = 1) -> Weight? {
        guard let rowBytes = type.byteCount(ofRowWithWidth: columns), type.isReal, type != .f64 else { return nil }
        let blocks = rows * rowBytes / type.bytesPerBlock
        var source = RandomSource(seed: seed)
        var bytes: [UInt8] = []
        bytes.reserveCapacity(blocks * type.bytesPerBlock)
        for _ in 0..<blocks { appendBlock(type, to: &bytes, &source) }
        let storage = bytes.withUnsafeBytes { Storage(file: MappedFile(copying: $0, path: "noise")) }
        guard let tensor = Tensor(storage: storage, byteOffset: 0, elementType: type, shape: [rows, columns]) else {
            return nil
        }
        return Weight(tensor, scales: type == .f8e4m3 ? ones(rows: rows, columns: columns) : nil)
    }

    private static func appendBlock(_ type: ElementType, to bytes: inout [UInt8], _ source: inout RandomSource) {
        let start = bytes.count
        var word: UInt64 = 0
        for index in 0..<type.bytesPerBlock {
            if index % 8 == 0 { word = source.next() }
            bytes.append(UInt8(truncatingIfNeeded: word))
            word >>= 8
        }
        tame(type, &bytes, at: start)
    }

    /// Makes random bytes a block of ordinary numbers: neither infinite nor subnormal, which could be slower.
    private static func tame(_ type: ElementType, _ bytes: inout [UInt8], at start: Int) {
        switch type {
        case .f32: bytes[start + 3] = bytes[start + 3] & 0x80 | 0x3D
        case .bf16: bytes[start + 1] = bytes[start + 1] & 0x80 | 0x3D
        case .f16: bytes[start + 1] = bytes[start + 1] & 0x83 | 0x24
        case .f8e4m3: bytes[start] = bytes[start] & 0xB7 | 0x10
        case .iq1_m:
            // The scale's four digits are the upper ones of four 16-bit words.
            for (offset, digit) in zip([49, 51, 53, 55], [0x00, 0x00, 0x40, 0x20] as [UInt8]) {
                bytes[start + offset] = bytes[start + offset] & 0x0F | digit
            }
        default:
            for offset in type.scaleOffsets {
                for (place, byte) in scale.enumerated() { bytes[start + offset + place] = byte }
            }
        }
    }

    private static func ones(rows: Int, columns: Int) -> BlockScales {
        let extents = [rows, columns].map { ($0 + BlockScales.blockExtent - 1) / BlockScales.blockExtent }
        return BlockScales(
            Tensor([Float](repeating: 1, count: extents[0] * extents[1]), shape: [extents[0], extents[1]]))
    }
}

extension ElementType {
    /// Where half-precision scales lie in a block.
    fileprivate var scaleOffsets: [Int] {
        switch self {
        case .q4_1, .q5_1, .q4_k, .q5_k: [0, 2]
        case .q2_k: [80, 82]
        case .q3_k: [108]
        case .q6_k: [208]
        case .q4_0, .q5_0, .q8_0, .iq1_s, .iq2_xxs, .iq2_xs, .iq2_s, .iq3_xxs, .iq3_s, .iq4_nl, .iq4_xs: [0]
        default: []
        }
    }
}

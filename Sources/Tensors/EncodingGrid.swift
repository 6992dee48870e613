import CKernels

/// The points that values of an IQ format with a grid can stand for, as its encoder searches them.
struct EncodingGrid: Sendable {
    private let size: isobath_grid_size
    private let levels: [UInt8]
    private let map: [Int32]
    private let near: [UInt16]
    private let encoder: isobath_grid_encoder

    /// The grid of `type`, made once a program in a tenth of a second at most; `nil` for types without one.
    static func of(_ type: ElementType) -> EncodingGrid? {
        switch type {
        case .iq1_s: iq1S
        case .iq1_m: iq1M
        case .iq2_xxs: iq2XXS
        case .iq2_xs: iq2XS
        case .iq2_s: iq2S
        case .iq3_xxs: iq3XXS
        case .iq3_s: iq3S
        default: nil
        }
    }

    /// Whether the format has a grid.
    static func exists(_ type: ElementType) -> Bool {
        type.kernelType.map { isobath_grid_encoder_of($0) != nil } ?? false
    }

    private static let iq1S = EncodingGrid(.iq1_s)
    private static let iq1M = EncodingGrid(.iq1_m)
    private static let iq2XXS = EncodingGrid(.iq2_xxs)
    private static let iq2XS = EncodingGrid(.iq2_xs)
    private static let iq2S = EncodingGrid(.iq2_s)
    private static let iq3XXS = EncodingGrid(.iq3_xxs)
    private static let iq3S = EncodingGrid(.iq3_s)

    private init?(_ type: ElementType) {
        guard let kernelType = type.kernelType, let encoder = isobath_grid_encoder_of(kernelType) else { return nil }
        let size = isobath_grid_size(kernelType)
        // Safe, all: the arrays have the sizes that the functions are documented to fill.
        var levels = [UInt8](repeating: 0, count: size.count * Int(size.width))
        isobath_grid_levels(kernelType, &levels)
        var map = [Int32](repeating: 0, count: size.map_count)
        var near = [UInt16](repeating: 0, count: isobath_grid_map(kernelType, levels, &map, nil))
        _ = isobath_grid_map(kernelType, levels, &map, &near)
        (self.size, self.levels, self.map, self.near, self.encoder) = (size, levels, map, near, encoder.pointee)
    }

    /// Encodes rows as `RowEncoder.encode` does.
    func encode(
        _ values: UnsafePointer<Float>, importance: UnsafePointer<Float>?, width: Int, rows: Int,
        to blocks: UnsafeMutablePointer<UInt8>
    ) {
        levels.withUnsafeBufferPointer { levels in
            map.withUnsafeBufferPointer { map in
                near.withUnsafeBufferPointer { near in
                    var grid = isobath_grid(
                        width: size.width, bits: size.bits, count: size.count, levels: levels.baseAddress,
                        map: map.baseAddress, near: near.baseAddress)
                    // Safe: the grid is this format's, and lives until the call returns.
                    encoder.encode(values, importance, width, rows, blocks, &grid)
                }
            }
        }
    }
}

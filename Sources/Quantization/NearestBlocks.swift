import Tensors

/// Quantizes rows into ggml's block formats by rounding to the nearest step, nothing more.
///
/// Every run of values gets the scale (and minimum) that just holds its extremes, and every value the nearest code. A
/// quantizer that searches for better scales loses less; this one is for weights whose values mean nothing.
/// The layouts are those that the decoders in `CKernels` describe.
package enum NearestBlocks {
    /// Whether rows can be written in `type`.
    package static func canEncode(_ type: ElementType) -> Bool { type.isEncodable || encoder(of: type) != nil }

    /// The bytes of `values` in `type`.
    /// - Precondition: `canEncode(type)`, and whole blocks.
    package static func encoded(_ values: [Float], as type: ElementType) -> [UInt8] {
        guard let encoder = encoder(of: type) else { return type.encoded(values) }
        precondition(values.count % type.valuesPerBlock == 0, "a row is a whole number of blocks")
        var bytes: [UInt8] = []
        bytes.reserveCapacity(values.count / type.valuesPerBlock * type.bytesPerBlock)
        for start in stride(from: 0, to: values.count, by: type.valuesPerBlock) {
            bytes += encoder(Array(values[start..<start + type.valuesPerBlock]))
        }
        return bytes
    }

    private static func encoder(of type: ElementType) -> (([Float]) -> [UInt8])? {
        switch type {
        case .q4_0: { symmetric($0, bits: 4) }
        case .q5_0: { symmetric($0, bits: 5) }
        case .q4_1: { affine($0, bits: 4) }
        case .q5_1: { affine($0, bits: 5) }
        case .iq4_nl: { half(levelScale($0)) + nibbles(levelCodes($0, scale: levelScale($0))) }
        case .q2_k: q2K
        case .q3_k: q3K
        case .q4_k: { q4K($0, bits: 4) }
        case .q5_k: { q4K($0, bits: 5) }
        case .q6_k: q6K
        case .iq4_xs: iq4XS
        default: nil
        }
    }

    // MARK: Blocks of 32

    // In the arithmetic of ggml's reference, so that these come out equal byte by byte.
    private static func symmetric(_ values: [Float], bits: Int) -> [UInt8] {
        let scale = symmetricScale(values, bits: bits)
        let (inverse, middle) = (scale == 0 ? 0 : 1 / scale, Float(1 << (bits - 1)) + 0.5)
        let codes = values.map { code($0 * inverse + middle, bits: bits) }
        return half(scale) + (bits == 5 ? fifthBits(codes) : []) + nibbles(codes)
    }

    private static func affine(_ values: [Float], bits: Int) -> [UInt8] {
        let (least, most) = (values.min() ?? 0, values.max() ?? 0)
        let scale = (most - least) / Float(1 << bits - 1)
        let inverse = scale == 0 ? 0 : 1 / scale
        let codes = values.map { code(($0 - least) * inverse + 0.5, bits: bits) }
        return half(scale) + half(least) + (bits == 5 ? fifthBits(codes) : []) + nibbles(codes)
    }

    private static func fifthBits(_ codes: [UInt8]) -> [UInt8] {
        packed(codes.map { $0 >> 4 }, byteCount: 4) { ($0 / 8, $0 % 8) }
    }

    // MARK: Blocks of 256 with minima

    private static func q2K(_ values: [Float]) -> [UInt8] {
        let runs = AffineRuns(values, width: 16, bits: 2, limit: 15)
        let scales = zip(runs.scales, runs.minima).map { $0 | ($1 << 4) }
        return scales + pairs(runs.codes) + half(runs.scale) + half(runs.minimum)
    }

    private static func q4K(_ values: [Float], bits: Int) -> [UInt8] {
        let runs = AffineRuns(values, width: 32, bits: bits, limit: 63)
        let (k, m) = (runs.scales, runs.minima)
        // Six bits each: the first four of both whole, with the upper bits of the last four above them.
        let first = [k, m].flatMap { six in (0..<4).map { six[$0] | (six[$0 + 4] >> 4) << 6 } }
        let last: [UInt8] = (4..<8).map { (k[$0] & 15) | (m[$0] << 4) }
        let high = bits == 5 ? packed(runs.codes.map { $0 >> 4 }, byteCount: 32) { ($0 % 32, $0 / 32) } : []
        let low = packed(runs.codes.map { $0 & 15 }, byteCount: 128) { (32 * ($0 / 64) + $0 % 32, 4 * ($0 % 64 / 32)) }
        return half(runs.scale) + half(runs.minimum) + first + last + high + low
    }

    // MARK: Blocks of 256 around zero

    private static func q3K(_ values: [Float]) -> [UInt8] {
        let runs = SymmetricRuns(values, width: 16, limit: 31) { symmetricScale($0, bits: 3) }
        let codes = runs.codes { Self.codes($0, scale: $1, least: -4 * $1, bits: 3) }
        let mask = packed(codes.map { $0 >> 2 }, byteCount: 32) { ($0 % 32, $0 / 32) }
        let k = runs.scales.map { UInt8($0 + 32) }
        let low: [UInt8] = (0..<8).map { (k[$0] & 15) | (k[$0 + 8] << 4) }
        let high = packed(k.map { $0 >> 4 }, byteCount: 4) { ($0 % 4, 2 * ($0 / 4)) }
        return mask + pairs(codes.map { $0 & 3 }) + low + high + half(runs.scale)
    }

    private static func q6K(_ values: [Float]) -> [UInt8] {
        let runs = SymmetricRuns(values, width: 16, limit: 127) { symmetricScale($0, bits: 6) }
        let codes = runs.codes { Self.codes($0, scale: $1, least: -32 * $1, bits: 6) }
        let low = packed(codes.map { $0 & 15 }, byteCount: 128) {
            (64 * ($0 / 128) + $0 % 64, 4 * ($0 % 128 / 64))
        }
        return low + pairs(codes.map { $0 >> 4 }) + runs.scales.map { UInt8(bitPattern: Int8($0)) } + half(runs.scale)
    }

    private static func iq4XS(_ values: [Float]) -> [UInt8] {
        let runs = SymmetricRuns(values, width: 32, limit: 31, levelScale)
        let codes = runs.codes(levelCodes)
        let k = runs.scales.map { UInt8($0 + 32) }
        let high = packed(k.map { $0 >> 4 }, byteCount: 2) { ($0 / 4, 2 * ($0 % 4)) }
        let low = packed(k.map { $0 & 15 }, byteCount: 4) { ($0 / 2, 4 * ($0 % 2)) }
        let quants = packed(codes, byteCount: 128) { (16 * ($0 / 32) + $0 % 16, 4 * ($0 % 32 / 16)) }
        return half(runs.scale) + high + low + quants
    }

    // MARK: Scales and codes

    /// The scale that puts the value of largest magnitude on the lowest code, where there is one step more than above.
    private static func symmetricScale(_ values: some Sequence<Float>, bits: Int) -> Float {
        largest(values) / -Float(1 << (bits - 1))
    }

    /// The value of largest magnitude, with its sign.
    private static func largest(_ values: some Sequence<Float>) -> Float {
        values.reduce(0) { abs($1) > abs($0) ? $1 : $0 }
    }

    /// The nearest code of every value, where code c stands for `least` + c · `scale`.
    fileprivate static func codes(_ values: some Sequence<Float>, scale: Float, least: Float, bits: Int) -> [UInt8] {
        // Where the scale is 0 all codes mean the same.
        values.map { scale == 0 ? 0 : code(($0 - least) / scale + 0.5, bits: bits) }
    }

    /// The whole part of `value`, held to the codes that there are; 0 for what is no number.
    private static func code(_ value: Float, bits: Int) -> UInt8 {
        value > 0 ? UInt8(min(value, Float(1 << bits - 1))) : 0
    }

    /// What the sixteen codes of the IQ4 formats stand for, in steps of the scale.
    private static let levels: [Float] = [
        -127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113,
    ]

    private static func levelScale(_ values: some Sequence<Float>) -> Float { largest(values) / -127 }

    private static func levelCodes(_ values: some Sequence<Float>, scale: Float) -> [UInt8] {
        values.map { value in
            let target = scale == 0 ? 0 : value / scale
            // The number of midpoints between levels that lie below the value.
            return UInt8(zip(levels, levels.dropFirst()).count { ($0 + $1) / 2 < target })
        }
    }

    // MARK: Bytes

    private static func half(_ value: Float) -> [UInt8] { ElementType.f16.encoded([value]) }

    private static func nibbles(_ codes: [UInt8]) -> [UInt8] {
        packed(codes.map { $0 & 15 }, byteCount: 16) { ($0 % 16, 4 * ($0 / 16)) }
    }

    /// Two bits of each of 256 values, as Q2_K, Q3_K and Q6_K lay them.
    private static func pairs(_ codes: [UInt8]) -> [UInt8] {
        packed(codes, byteCount: 64) { (32 * ($0 / 128) + $0 % 32, 2 * ($0 % 128 / 32)) }
    }

    /// Bytes in which code i stands shifted at the place that `place(i)` says.
    private static func packed(
        _ codes: [UInt8], byteCount: Int, _ place: (Int) -> (byte: Int, shift: Int)
    ) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: byteCount)
        for (index, code) in codes.enumerated() {
            let (byte, shift) = place(index)
            bytes[byte] |= code << shift
        }
        return bytes
    }
}

/// A block's runs, each with a small whole scale and minimum under the block's own.
private struct AffineRuns {
    private(set) var scale: Float
    private(set) var minimum: Float
    let scales: [UInt8]
    let minima: [UInt8]
    private(set) var codes: [UInt8] = []

    init(_ values: [Float], width: Int, bits: Int, limit: Float) {
        let runs = stride(from: 0, to: values.count, by: width).map { values[$0..<$0 + width] }
        // A minimum is subtracted and cannot be negative.
        let least = runs.map { min($0.min() ?? 0, 0) }
        let steps = zip(runs, least).map { max(($0.max() ?? 0) - $1, 0) / Float(1 << bits - 1) }
        let (scale, minimum) = ((steps.max() ?? 0) / limit, -(least.min() ?? 0) / limit)
        scales = steps.map { scale == 0 ? 0 : UInt8(min(($0 / scale).rounded(), limit)) }
        minima = least.map { minimum == 0 ? 0 : UInt8(min((-$0 / minimum).rounded(), limit)) }
        (self.scale, self.minimum) = (scale, minimum)
        for (index, run) in runs.enumerated() {
            codes += NearestBlocks.codes(
                run, scale: scale * Float(scales[index]), least: -minimum * Float(minima[index]), bits: bits)
        }
    }
}

/// A block's runs around zero, each with a small whole scale, which may be negative, under the block's own.
private struct SymmetricRuns {
    let scale: Float
    let scales: [Int]
    private let runs: [ArraySlice<Float>]

    init(_ values: [Float], width: Int, limit: Float, _ scaleOf: (ArraySlice<Float>) -> Float) {
        runs = stride(from: 0, to: values.count, by: width).map { values[$0..<$0 + width] }
        let steps = runs.map(scaleOf)
        let scale = (steps.map(abs).max() ?? 0) / limit
        scales = steps.map { scale == 0 ? 0 : Int(($0 / scale).rounded()) }
        self.scale = scale
    }

    func codes(_ code: (ArraySlice<Float>, Float) -> [UInt8]) -> [UInt8] {
        zip(runs, scales).flatMap { code($0, scale * Float($1)) }
    }
}

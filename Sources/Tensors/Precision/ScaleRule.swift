/// How the scale of a tile follows from the largest magnitude in it; value = code · scale.
enum ScaleRule: Sendable {
    /// The largest value becomes the format's largest number.
    case exact
    /// The next power of two that is not smaller, so that scaling itself never rounds.
    case powerOfTwo

    func scale(ofAmplitude amplitude: Float, _ format: TileFormat = .e4m3) -> Float {
        let scale = BlockScales.scale(ofAmplitude: amplitude, limit: format.limit)
        guard self == .powerOfTwo, scale.isFinite, scale.significandBitPattern != 0 else { return scale }
        // The exponent's last bit goes up by one, and the significand away.
        return Float(bitPattern: (scale.bitPattern >> 23 + 1) << 23)
    }
}

/// Formats in which activations are remembered.
enum TileFormat: Sendable {
    case e4m3
    /// Five bits of exponent, of which the highest is not used, and six of mantissa.
    case e5m6

    /// The largest number.
    var limit: Float { self == .e4m3 ? 448 : 65024 }
}

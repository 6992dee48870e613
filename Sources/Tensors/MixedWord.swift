extension UInt64 {
    /// 2⁶⁴ over the golden ratio: its multiples are spread evenly (Knuth, vol. 3, 6.4).
    package static let goldenStep: UInt64 = 0x9E37_79B9_7F4A_7C15

    /// A word that looks random, another one for each word: the output function of SplitMix64 (Steele, Lea and Flood, OOPSLA
    /// 2014). Wraps on purpose.
    package var mixed: UInt64 {
        var word = (self ^ self >> 30) &* 0xBF58_476D_1CE4_E5B9
        word = (word ^ word >> 27) &* 0x94D0_49BB_1331_11EB
        return word ^ word >> 31
    }

    /// A word that depends on this one and on `tokens` in their order.
    package func mixed(with tokens: some Sequence<Int32>) -> UInt64 {
        tokens.reduce(self) { (($0 ^ UInt64(truncatingIfNeeded: $1)) &+ .goldenStep).mixed }
    }

    /// The upper 53 bits over 2⁵³: a number from 0 up to, not including, 1.
    package var unit: Double { Double(self >> 11) * 0x1p-53 }
}

/// Numbers drawn from a normal distribution, the same on every machine for the same seed.
///
/// Each is the sum of twelve uniform ones less its mean, 6 (Irwin–Hall): of mean 0 and deviation 1, never beyond ±6, and
/// made of whole numbers only, where a logarithm would differ between systems in the last digit. The uniform ones are 16 bits
/// each of the words of SplitMix64 (Steele, Lea and Flood, OOPSLA 2014).
package struct NormalNumbers {
    private var state: UInt64

    /// The sequence that belongs to `seed` and `name`.
    package init(seed: UInt64, name: String) {
        // FNV-1a of the name, so that sequences of one seed have nothing to do with each other.
        let hash = name.utf8.reduce(0xCBF2_9CE4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
        state = hash ^ seed &* .goldenStep
    }

    /// The next number, of mean 0 and deviation 1.
    package mutating func next() -> Float {
        let sum = halfWords(word()) + halfWords(word()) + halfWords(word())
        return (Float(sum) - 12 * 32_767.5) / 65_536
    }

    /// `count` numbers of deviation `deviation`.
    package mutating func next(_ count: Int, deviation: Float) -> [Float] {
        (0..<count).map { _ in next() * deviation }
    }

    private func halfWords(_ word: UInt64) -> Int {
        Int(word & 0xFFFF) + Int(word >> 16 & 0xFFFF) + Int(word >> 32 & 0xFFFF) + Int(word >> 48)
    }

    private mutating func word() -> UInt64 {
        state &+= .goldenStep
        return state.mixed
    }
}

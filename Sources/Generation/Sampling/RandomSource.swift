import Tensors

/// Random numbers that are the same on every platform and in every release for the same seed.
///
/// xoshiro256** (Blackman and Vigna, "Scrambled Linear Pseudorandom Number Generators", ACM TOMS 47, 2021), its four
/// words filled from the seed by SplitMix64 (Steele, Lea and Flood, OOPSLA 2014), as its authors advise.
public struct RandomSource: RandomNumberGenerator, Sendable, Equatable {
    private var state: (UInt64, UInt64, UInt64, UInt64)

    /// The sequence of numbers that belongs to `seed`.
    public init(seed: UInt64) {
        var seed = seed
        state = (
            RandomSource.splitMix(&seed), RandomSource.splitMix(&seed), RandomSource.splitMix(&seed),
            RandomSource.splitMix(&seed)
        )
    }

    /// A source whose first state is these words, not all zero.
    init(words: (UInt64, UInt64, UInt64, UInt64)) { state = words }

    /// The next 64 bits.
    public mutating func next() -> UInt64 {
        let product = state.1 &* 5
        let result = (product << 7 | product >> 57) &* 9
        let shifted = state.1 << 17
        state.2 ^= state.0
        state.3 ^= state.1
        state.1 ^= state.2
        state.0 ^= state.3
        state.2 ^= shifted
        state.3 = state.3 << 45 | state.3 >> 19
        return result
    }

    /// A number from 0 up to, not including, 1: the upper 53 bits of the next word, over 2⁵³.
    public mutating func nextUnit() -> Double { next().unit }

    static func splitMix(_ state: inout UInt64) -> UInt64 {
        state &+= .goldenStep
        return state.mixed
    }

    /// Whether the two will give the same numbers.
    public static func == (left: RandomSource, right: RandomSource) -> Bool { left.state == right.state }
}

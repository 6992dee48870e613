import Generation
import Tensors

/// An order of the numbers below `count` that depends on a key alone, without a table of them.
///
/// A balanced Feistel network permutes the numbers of an even number of bits; where it leads outside, it is followed on until it comes
/// back inside (Black and Rogaway, "Ciphers with Arbitrary Finite Domains", CT-RSA 2002, §3).
struct KeyedPermutation: Sendable, Equatable {
    private static let rounds = 6

    let count: Int
    private let halfBits: UInt64
    private let keys: [UInt64]

    /// - Precondition: `count` is not negative.
    init(count: Int, key: UInt64) {
        precondition(count >= 0)
        var bits: UInt64 = 1
        while bits < 31, 1 << (2 * bits) < UInt64(count) { bits += 1 }
        self.count = count
        halfBits = bits
        var random = RandomSource(seed: key)
        keys = (0..<Self.rounds).map { _ in random.next() }
    }

    /// What stands at `place`.
    /// - Precondition: `place` lies in `0..<count`.
    subscript(place: Int) -> Int {
        precondition(place >= 0 && place < count)
        var value = UInt64(place)
        // Ends: the network permutes, so that following it from inside comes back inside; at most every fourth number is.
        repeat { value = permuted(value) } while value >= UInt64(count)
        return Int(value)
    }

    private func permuted(_ value: UInt64) -> UInt64 {
        let mask = (1 << halfBits) - 1 as UInt64
        var (left, right) = (value >> halfBits, value & mask)
        for key in keys { (left, right) = (right, left ^ ((right &+ key).mixed & mask)) }
        return left << halfBits | right
    }
}

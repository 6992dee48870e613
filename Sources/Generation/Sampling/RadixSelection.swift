/// Finds where a running sum over numbers from the largest down reaches a target, without sorting them.
///
/// A float's bits, its sign folded in, are ordered as the float is. Three passes over the keys, 11, 11 and 10 bits
/// each, sum the weights of each digit's values and descend into the digit in which the sum crosses the target.
/// Linear in the count whatever the values are.
struct RadixSelection {
    /// The key at which the sum crosses the target.
    let threshold: UInt32
    /// The sum of the weights of all keys above `threshold`: less than the target.
    let above: Double

    /// - Parameters:
    ///   - keys: made by `key(_:)`; at least one.
    ///   - weight: of the key at an index; not negative.
    ///   - target: above 0; where all weights together do not reach it, the smallest key is the threshold.
    init(keys: [UInt32], target: Double, weight: (Int) -> Double) {
        var prefix: UInt32 = 0
        var mask: UInt32 = 0
        var above = 0.0
        for (shift, bits) in [(21, 11), (10, 11), (0, 10)] as [(UInt32, UInt32)] {
            var sums = [Double](repeating: 0, count: 1 << bits)
            var isUsed = [Bool](repeating: false, count: 1 << bits)
            for (index, key) in keys.enumerated() where key & mask == prefix {
                let digit = Int(key >> shift) & (sums.count - 1)
                sums[digit] += weight(index)
                isUsed[digit] = true
            }
            let lowest = isUsed.firstIndex(of: true) ?? 0
            var digit = sums.count - 1
            while digit > lowest, above + sums[digit] < target || !isUsed[digit] {
                above += sums[digit]
                digit -= 1
            }
            prefix |= UInt32(digit) << shift
            mask |= UInt32(sums.count - 1) << shift
        }
        self.threshold = prefix
        self.above = above
    }

    /// An integer that is ordered as `value` is; equal for 0 and -0.
    static func key(_ value: Float) -> UInt32 {
        let bits = (value + 0).bitPattern
        return bits & 0x8000_0000 != 0 ? ~bits : bits | 0x8000_0000
    }
}

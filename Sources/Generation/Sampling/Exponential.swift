/// eˣ for x ≤ 0, the same bits on every platform.
///
/// The C library's differs from system to system in the last bit, and one bit can choose another token. This uses
/// additions and multiplications only, which IEEE 754 fixes (Swift never fuses them), and is within 2 units in the last
/// place. x = k ln 2 + r with |r| ≤ ln 2 / 2; eʳ by its Taylor polynomial of degree 13, whose rest is below 2⁻⁵⁸.
/// - Returns: 0 below -708, where the result would be subnormal, and for -∞; NaN for NaN.
@inline(__always)
func exponential(_ x: Double) -> Double {
    guard x >= -708 else { return x.isNaN ? x : 0 }
    // Adding 1.5 · 2⁵² rounds to the nearest integer, which then stands in the low bits.
    let shifted = x * 1.442695040888963407 + 0x1.8p52
    let k = shifted - 0x1.8p52
    // ln 2 in two parts, the first with so few bits that its product with k is exact.
    let r = (x - k * 0x1.62e42feep-1) - k * 0x1.a39ef35793c76p-33
    var sum = 1.0 / 6_227_020_800
    sum = sum * r + 1.0 / 479_001_600
    sum = sum * r + 1.0 / 39_916_800
    sum = sum * r + 1.0 / 3_628_800
    sum = sum * r + 1.0 / 362_880
    sum = sum * r + 1.0 / 40_320
    sum = sum * r + 1.0 / 5_040
    sum = sum * r + 1.0 / 720
    sum = sum * r + 1.0 / 120
    sum = sum * r + 1.0 / 24
    sum = sum * r + 1.0 / 6
    sum = sum * r + 0.5
    sum = sum * r + 1
    sum = sum * r + 1
    // Safe: -708 ≤ x ≤ 0 keeps k in -1022...0, so the biased exponent stays in 1...1023.
    return sum * Double(bitPattern: UInt64(bitPattern: Int64(k) &+ 1023) << 52)
}

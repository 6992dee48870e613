import Testing

@testable import Quantization
@testable import Tensors

struct NormalNumbersTests {
    /// Moments of 2²⁰ numbers; the bounds are five deviations of each estimate.
    @Test func momentsAreANormalDistributions() {
        var numbers = NormalNumbers(seed: 1, name: "moments")
        let values = numbers.next(1 << 20, deviation: 1).map(Double.init)
        func moment(_ power: Int) -> Double {
            values.reduce(0) { sum, value in sum + (0..<power).reduce(1) { product, _ in product * value } } / 1_048_576
        }
        #expect(abs(moment(1)) < 0.005)
        #expect(abs(moment(2) - 1) < 0.007)
        #expect(abs(moment(3)) < 0.02)
        // The sum of twelve uniform numbers has 2.9 where a normal distribution has 3.
        #expect(abs(moment(4) - 2.9) < 0.05)
        #expect(values.allSatisfy { abs($0) <= 6 })
    }

    @Test func seedsAndNamesGiveOtherNumbers() {
        func first(_ seed: UInt64, _ name: String) -> [Float] {
            var numbers = NormalNumbers(seed: seed, name: name)
            return numbers.next(8, deviation: 1)
        }
        #expect(first(1, "a") == first(1, "a"))
        #expect(first(1, "a") != first(2, "a") && first(1, "a") != first(1, "b") && first(0, "a") != first(1, "a"))
    }

    /// The ring of a pool: as many bytes as asked for, and no row twice in tensors far larger than the pool's row count.
    @Test func poolsRepeatWithoutRepeatingRows() {
        let pool = RowPool(type: .f32, width: 96, rows: 16, deviation: 1, seed: 1)
        var rows: [[UInt8]] = []
        for tensor in 0..<4 {
            var bytes: [UInt8] = []
            pool.forEachPiece(rows: 40, tensor: tensor) { bytes += $0 }
            #expect(bytes.count == 40 * 96 * 4)
            rows += (0..<40).map { Array(bytes[$0 * 384..<($0 + 1) * 384]) }
        }
        #expect(Set(rows).count == rows.count)
    }
}

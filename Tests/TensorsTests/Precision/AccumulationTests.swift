import Foundation
import Testing

@testable import Tensors

/// Sums in the 14 bits of tensor cores, and what promoting them to f32 every 128 products is for.
@Suite struct AccumulationTests {
    /// The definition, with exact numbers.
    private func emulated(_ a: [Float], _ b: [Float]) -> Double {
        var sum = 0.0
        for first in stride(from: 0, to: a.count, by: 32) {
            let terms = [sum] + (first..<min(first + 32, a.count)).map { Double(a[$0]) * Double(b[$0]) }
            guard let largest = terms.map(abs).max(), largest > 0 else { continue }
            let unit = pow(2, Double(largest.exponent) - 13)
            let total = terms.reduce(0) { $0 + ($1 / unit).rounded(.towardZero) } * unit
            guard total != 0 else { sum = 0; continue }
            let last = pow(2, Double(total.exponent) - 13)
            sum = (total / last).rounded(.towardZero) * last
        }
        return sum
    }

    private func codes(_ generator: inout SeededGenerator, _ count: Int, in range: ClosedRange<Float>) -> [Float] {
        decoded(encoded(generator.floats(count, in: range), .f8e4m3), .f8e4m3, count: count)
    }

    @Test(arguments: [0, 1, 31, 32, 33, 128, 1000]) func fourteenBitsAreKept(_ count: Int) {
        var generator = SeededGenerator(UInt64(count))
        for _ in 0..<4 {
            let (a, b) = (codes(&generator, count, in: -448...448), codes(&generator, count, in: -3...3))
            #expect(Double(sum(a, b)) == emulated(a, b))
        }
        #expect(sum([1, .nan], [1, 1]).isNaN)
    }

    /// Σ a·b in 14 bits.
    private func sum(_ a: [Float], _ b: [Float]) -> Float {
        let sums = BlockSums(base: ReferenceOperations(), accumulation: .fourteenBits, pool: ThreadPool(threads: 1))
        let (left, right) = (Tensor(a, shape: [1, a.count]), Tensor(b, shape: [1, b.count]))
        return sums.product(left, [Weight(right)], [RowGroup(index: 0, rows: 0..<1)]).floats[0]
    }

    /// K = 4096. The paper saw errors of nearly 2 % for its random matrices without promotion (DeepSeek-V3, §3.3.2); positive
    /// numbers, of which cutting off always takes away, are the worst case.
    @Test func promotionIsWhatKeepsLongSumsRight() {
        var generator = SeededGenerator(4096)
        var (limited, promoted) = (0.0, 0.0)
        for _ in 0..<100 {
            let (a, b) = (codes(&generator, 4096, in: 0...448), codes(&generator, 4096, in: 0...448))
            let exact = zip(a, b).reduce(0.0) { $0 + Double($1.0) * Double($1.1) }
            let whole = Double(sum(a, b))
            var total: Float = 0
            for start in stride(from: 0, to: 4096, by: 128) {
                total += sum(Array(a[start..<start + 128]), Array(b[start..<start + 128]))
            }
            limited = max(limited, abs(whole / exact - 1))
            promoted = max(promoted, abs(Double(total) / exact - 1))
        }
        #expect(limited > 0.02, "\(limited)")
        #expect(promoted < limited / 10, "\(promoted)")
    }

    @Test func allThreeProductsAreSummedSo() {
        var generator = SeededGenerator(31)
        let (n, inputs, outputs) = (150, 200, 130)
        let (x, dy) = (generator.tensor([n, inputs]), generator.tensor([n, outputs]))
        let weight = Weight(generator.tensor([outputs, inputs]))
        func products(_ accumulation: FP8Settings.Accumulation) -> [Tensor] {
            var settings = FP8Settings()
            settings.accumulation = accumulation
            settings.roundsOutputs = false
            let operations = LowPrecisionOperations(
                ReferenceOperations(), .fp8(settings), linears: LinearWeights([(weight, .plain)]),
                pool: ThreadPool(threads: 2))
            let sum = Tensor(zeros: [outputs, inputs])
            operations.addWeightGradient(dy, x, of: weight, to: sum)
            return [operations.linear(x, weight), operations.inputGradient(dy, weight), sum]
        }
        for (found, exact) in zip(products(.fourteenBits), products(.f32)) {
            let error = distance(found.floats, exact.floats)
            #expect(error > 1e-5 && error < 2e-3, "\(error)")
        }
    }
}

import Foundation
import Testing

@testable import Tensors

struct QuantizedRowsTests {
    private struct Quantized: Equatable {
        var values: [Int8] = []
        var scales: [UInt32] = []
        var sums: [Int16] = []
    }

    private static func quantized(_ x: [Float], block: Int) -> Quantized {
        guard let kernels = IntegerKernels(block == 32 ? .q8_0 : .q4_k, form: .scalar) else { return Quantized() }
        let byteCount = QuantizedRows.byteCount(rows: 2, width: x.count, kernels)
        return withUnsafeTemporaryAllocation(byteCount: byteCount, alignment: 64) { memory in
            guard let start = memory.baseAddress else { return Quantized() }
            let rows = QuantizedRows(width: x.count, kernels: kernels, memory: start)
            // Row 1, so that a row that writes too far is noticed by nobody but the address sanitizer, and row 0 stays.
            x.withUnsafeBufferPointer { if let source = $0.baseAddress { rows.quantize(source, row: 1) } }
            return Quantized(
                values: Array(UnsafeBufferPointer(start: rows[1].values, count: x.count)),
                scales: UnsafeBufferPointer(start: rows[1].scales, count: x.count / block).map(\.bitPattern),
                sums: Array(UnsafeBufferPointer(start: rows[1].sums, count: x.count / 16)))
        }
    }

    /// The definition, block by block.
    private static func expected(_ x: [Float], block: Int) -> Quantized {
        var result = Quantized()
        for start in stride(from: 0, to: x.count, by: block) {
            let values = x[start..<start + block]
            let largest = values.reduce(0) { max($0, abs($1)) }
            let isZero = largest < 1e-30
            result.scales.append((isZero ? 0 : largest / 127).bitPattern)
            let codes = values.map { isZero ? 0 : Int8(($0 * (127 / largest)).rounded(.toNearestOrEven)) }
            result.values += codes
            for group in stride(from: 0, to: block, by: 16) {
                result.sums.append(codes[group..<group + 16].reduce(0) { $0 + Int16($1) })
            }
        }
        return result
    }

    @Test(arguments: [32, 256])
    func roundsToNearestEven(_ block: Int) {
        var generator = SeededGenerator(130)
        for _ in 0..<50 {
            let size = Float.random(in: 1e-3...1e3, using: &generator)
            let x = generator.floats(512, in: -size...size)
            #expect(QuantizedRowsTests.quantized(x, block: block) == QuantizedRowsTests.expected(x, block: block))
        }
        let halves = (0..<256).map { Float($0 - 127) / 2 } + (0..<256).map { Float($0 % 128) - 63.5 }
        var x = halves
        for start in stride(from: 0, to: 512, by: block) { x[start] = 127 }
        #expect(QuantizedRowsTests.quantized(x, block: block) == QuantizedRowsTests.expected(x, block: block))
    }

    @Test(arguments: [32, 256])
    func zerosAndTinyValuesAreZero(_ block: Int) {
        for value: Float in [0, -0, 1e-31, .leastNonzeroMagnitude] {
            let found = QuantizedRowsTests.quantized([Float](repeating: value, count: 512), block: block)
            #expect(found.values.allSatisfy { $0 == 0 } && found.scales.allSatisfy { $0 == 0 })
        }
    }

    @Test(arguments: [32, 256])
    func whatIsNoFiniteNumberStaysVisible(_ block: Int) {
        for value in [Float.nan, .infinity, -.infinity] {
            var x = [Float](repeating: 1, count: 512)
            x[300] = value
            let found = QuantizedRowsTests.quantized(x, block: block)
            for (index, scale) in found.scales.enumerated() {
                #expect(Float(bitPattern: scale).isNaN == (index == 300 / block))
            }
        }
    }
}

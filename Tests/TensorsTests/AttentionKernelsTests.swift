import Foundation
import Testing

@testable import Tensors

/// Each form of attention's loops against plain Swift, bit for bit.
struct AttentionKernelsTests {
    private static let forms = FloatKernels.available.map(\.form)

    @Test(arguments: forms)
    func exponentialsAreAccurate(_ form: FloatKernels.Form) {
        let kernels = AttentionKernels(form)
        var generator = SeededGenerator(50)
        for _ in 0..<5000 {
            let x = generator.floats(16, in: -87...88.7)
            var y = x
            y.withUnsafeMutableBufferPointer { kernels.exponentials($0) }
            for (x, y) in zip(x, y) {
                let exact = exp(Double(x))
                #expect(abs(Double(y) - exact) <= Double(Float(exact).ulp), "e^\(x)")
            }
        }
    }

    @Test(arguments: forms)
    func exponentialsAtTheEnds(_ form: FloatKernels.Form) {
        var values: [Float] = [
            0, -0.0, .infinity, -.infinity, 88.8, 1e30, -104, -1e30, .nan, -100, 1e-30, -1e-30, .leastNonzeroMagnitude,
            88.72, -87.4, -103.9,
        ]
        let inputs = values
        values.withUnsafeMutableBufferPointer { AttentionKernels(form).exponentials($0) }
        #expect(values[..<8].elementsEqual([1, 1, .infinity, 0, .infinity, .infinity, 0, 0]))
        #expect(values[8].isNaN)
        #expect(values[10...12].allSatisfy { $0 == 1 })
        for index in [9, 13, 14, 15] {
            let exact = exp(Double(inputs[index]))
            #expect(abs(Double(values[index]) - exact) <= Double(Float(exact).ulp), "e^\(inputs[index])")
        }
    }

    @Test(arguments: forms)
    func formsOfTheExponentialAreEqual(_ form: FloatKernels.Form) {
        var generator = SeededGenerator(51)
        for range: ClosedRange<Float> in [-105...(-86), -2...2, 80...90] {
            var found = generator.floats(16000, in: range)
            var expected = found
            found.withUnsafeMutableBufferPointer { AttentionKernels(form).exponentials($0) }
            expected.withUnsafeMutableBufferPointer { AttentionKernels(.scalar).exponentials($0) }
            #expect(found.bits == expected.bits)
        }
    }

    /// Every sum is one chain of fused multiply-adds along the rows.
    @Test(arguments: forms)
    func mixingKeepsTheOrder(_ form: FloatKernels.Form) {
        var generator = SeededGenerator(52)
        for _ in 0..<40 {
            let (m, width) = (generator.integer(1...14), generator.integer(1...150))
            let (start, end) = (generator.integer(0...5), generator.integer(6...64))
            let weights = generator.floats(m * 64)
            let values = generator.floats(64 * (width + 3))
            var sums = generator.floats(m * width)
            var expected = sums
            for i in expected.indices {
                for row in start..<end {
                    let weight = weights[i / width * 64 + row]
                    expected[i] = expected[i].addingProduct(weight, values[row * (width + 3) + i % width])
                }
            }
            values.withUnsafeBufferPointer { values in
                guard let base = values.baseAddress else { return }
                AttentionKernels(form).mix(
                    weights, TileRows(base: base, stride: width + 3), rows: start..<end, m: m, width: width, into: &sums
                )
            }
            #expect(sums.bits == expected.bits)
        }
    }

    /// Scores from packed keys: the last one fills up its panel, columns beyond are left alone.
    @Test(arguments: forms)
    func scoringKeepsTheOrder(_ form: FloatKernels.Form) {
        var generator = SeededGenerator(53)
        let kernels = AttentionKernels(form)
        for _ in 0..<40 {
            let (m, k, count) = (generator.integer(1...14), generator.integer(1...150), generator.integer(1...64))
            let (queries, keys) = (generator.floats(m * k), generator.floats(64 * (k + 1)))
            var packed = [Float](repeating: 42, count: 64 * k)
            var scores = [Float](repeating: 0, count: m * 64)
            keys.withUnsafeBufferPointer { keys in
                guard let base = keys.baseAddress else { return }
                kernels.pack(TileRows(base: base, stride: k + 1), count: count, width: k, into: &packed)
            }
            kernels.score(queries, packed, m: m, count: count, k: k, into: &scores)
            for i in scores.indices {
                var expected: Float = 0
                if i % 64 < (count + 15) / 16 * 16 {
                    let key = min(i % 64, count - 1) * (k + 1)
                    for s in 0..<k {
                        expected = expected.addingProduct(queries[i / 64 * k + s], keys[key + s])
                    }
                }
                #expect(scores[i].bitPattern == expected.bitPattern)
            }
        }
    }

    @Test(arguments: forms, [ElementType.f16, .bf16, .q8_0])
    func decodingEqualsTheFormats(_ form: FloatKernels.Form, _ type: ElementType) {
        var generator = SeededGenerator(54)
        let count = 96 + (type == .q8_0 ? 0 : 5)
        let rowBytes = (PagedRows.rowBytes(type, values: count) ?? 0) + 2
        // Every pattern of bits but halves that are no number, which processors pass on in their own ways.
        let bytes = (0..<3 * rowBytes).map {
            UInt8(truncatingIfNeeded: generator.integer(0...255)) & ($0 % 2 == 1 ? 0xBB : 0xFF)
        }
        var found = [Float](repeating: 42, count: 3 * count)
        var expected = found
        bytes.withUnsafeBytes { bytes in
            guard let base = bytes.baseAddress else { return }
            AttentionKernels(form).decode(base, type, rowBytes: rowBytes, rows: 3, into: &found, count: count)
            expected.withUnsafeMutableBufferPointer { expected in
                for row in 0..<3 {
                    let target = UnsafeMutableBufferPointer(rebasing: expected[row * count..<(row + 1) * count])
                    decodeValues(base + row * rowBytes, type, into: target)
                }
            }
        }
        #expect(found.bits == expected.bits)
    }
}

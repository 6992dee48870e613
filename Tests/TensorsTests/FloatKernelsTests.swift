import Files
import Foundation
import Testing

@testable import Tensors

struct FloatKernelsTests {
    /// Sums of very different sizes and signs, with exact zeros: any other order of additions gives other bits.
    private static func row(_ count: Int, _ generator: inout SeededGenerator) -> [Float] {
        (0..<count).map { _ in
            let exponent = Int.random(in: -20...20, using: &generator)
            let sign: FloatingPointSign = Bool.random(using: &generator) ? .plus : .minus
            let size = Float(sign: sign, exponent: exponent, significand: Float.random(in: 1..<2, using: &generator))
            return Int.random(in: 0..<10, using: &generator) == 0 ? 0 : size
        }
    }

    @Test(arguments: FloatKernels.available.map(\.form))
    func dotEqualsTheScalarForm(_ form: FloatKernels.Form) throws {
        let (kernels, scalar) = (try #require(FloatKernels(form)), try #require(FloatKernels(.scalar)))
        var generator = SeededGenerator(7)
        for count in 0...300 {
            let (a, b) = (FloatKernelsTests.row(count, &generator), FloatKernelsTests.row(count, &generator))
            let found = kernels.dot(a, b, count: count)
            #expect(found.bitPattern == scalar.dot(a, b, count: count).bitPattern, "\(count)")
            #expect(found.bitPattern == laneSum(a, b).bitPattern, "\(count)")
        }
    }

    /// Rows that are decoded in registers give the bits of rows that are decoded before.
    @Test(arguments: [ElementType.f16, .bf16, .f8e4m3], FloatKernels.available.map(\.form))
    func dotOfStoredRows(_ type: ElementType, _ form: FloatKernels.Form) throws {
        let (kernels, scalar) = (try #require(FloatKernels(form)), try #require(FloatKernels(.scalar)))
        var generator = SeededGenerator(8)
        for columns in Array(1...130) + [255, 256, 300, 1000] {
            let whole = try generator.weight(type, rows: 3, columns: columns)
            let x = generator.floats(columns)
            for (row, weight) in [(0, whole), (2, whole), (0, whole.rows(1..<2))] {
                let found = kernels.dotStored(weight, row: row, x)
                #expect(found.bitPattern == scalar.dot(weight.row(row), x, count: columns).bitPattern, "\(columns)")
            }
        }
    }

    /// As many results as there are rows of both, each the bits of its own `dot`.
    @Test(arguments: [ElementType.f16, .bf16], FloatKernels.available.map(\.form))
    func dotOfStoredRowsWithSomeRows(_ type: ElementType, _ form: FloatKernels.Form) throws {
        let (kernels, scalar) = (try #require(FloatKernels(form)), try #require(FloatKernels(.scalar)))
        var generator = SeededGenerator(10)
        for (columns, count) in [(1, 1), (16, 5), (31, 3), (33, 4), (144, 2), (513, 7), (600, 30)] {
            let weight = try generator.weight(type, rows: 6, columns: columns)
            let x = generator.floats(count * columns)
            var found = [Float](repeating: .nan, count: 5 * count)
            kernels.dotStored(
                weight, rows: 1..<6, x, activationStride: columns, count: count, into: &found, outputStride: 5)
            for (place, value) in found.enumerated() {
                let row = Array(x[place / 5 * columns..<(place / 5 + 1) * columns])
                let expected = scalar.dot(weight.row(1 + place % 5), row, count: columns)
                #expect(value.bitPattern == expected.bitPattern, "\(columns) \(count) \(place)")
            }
        }
    }

    @Test(arguments: FloatKernels.available.map(\.form))
    func dotOfBlocks(_ form: FloatKernels.Form) throws {
        let (kernels, scalar) = (try #require(FloatKernels(form)), try #require(FloatKernels(.scalar)))
        var generator = SeededGenerator(9)
        for columns in stride(from: 32, through: 1024, by: 32) {
            let blocks = (0..<3 * columns / 32).flatMap { _ in
                encoded(generator.floats(1), .f16) + (0..<32).map { _ in UInt8.random(in: 0...255, using: &generator) }
            }
            let whole = Weight(try #require(tensor(blocks, .q8_0, Shape(3, columns))))
            let x = generator.floats(columns)
            for (row, weight) in [(0, whole), (2, whole), (0, whole.rows(1..<2))] {
                let found = kernels.dotStored(weight, row: row, x)
                #expect(found.bitPattern == scalar.dot(weight.row(row), x, count: columns).bitPattern, "\(columns)")
            }
        }
    }

    /// Every code: subnormals, the largest, infinities; and where one of them is no number, so is the result.
    @Test(arguments: [ElementType.f16, .bf16, .f8e4m3], FloatKernels.available.map(\.form))
    func everyStoredCode(_ type: ElementType, _ form: FloatKernels.Form) throws {
        let kernels = try #require(FloatKernels(form))
        let size = type.bytesPerBlock
        let count = 1 << (8 * size)
        for place in 0..<32 {
            var x = [Float](repeating: 0, count: 32)
            x[place] = 1
            for code in stride(from: place, to: count, by: size == 1 ? 1 : 61) {
                var bytes = [UInt8](repeating: 0, count: 32 * size)
                for byte in 0..<size { bytes[place * size + byte] = UInt8(code >> (8 * byte) & 255) }
                let codes = try #require(tensor(bytes, type, Shape(1, 32)))
                let scales = type == .f8e4m3 ? BlockScales(Tensor([1], shape: [1, 1])) : nil
                let weight = Weight(codes, scales: scales)
                let (found, expected) = (kernels.dotStored(weight, row: 0, x), weight.row(0)[place])
                #expect(found == expected || (found.isNaN && expected.isNaN), "\(code)")
            }
        }
    }

    /// Results that underflow keep the sign of their zeros.
    @Test(arguments: FloatKernels.available.map(\.form))
    func dotKeepsSignsOfZero(_ form: FloatKernels.Form) throws {
        let kernels = try #require(FloatKernels(form))
        for count in [1, 31, 32, 33, 64, 65] {
            let a = [Float](repeating: -1e-30, count: count)
            let b = [Float](repeating: 1e-30, count: count)
            #expect(kernels.dot(a, b, count: count).bitPattern == laneSum(a, b).bitPattern, "\(count)")
        }
    }

    @Test(arguments: FloatKernels.available.map(\.form))
    func manyRowsEqualOneAtATime(_ form: FloatKernels.Form) throws {
        let kernels = try #require(FloatKernels(form))
        var generator = SeededGenerator(8)
        for round in 0..<200 {
            let count = Int.random(in: 0...(round % 8 == 0 ? 1300 : 300), using: &generator)
            let rows = Int.random(in: 0...(round % 8 == 0 ? 60 : 20), using: &generator)
            let weightRows = Int.random(in: 0...9, using: &generator)
            let (stride, outputStride) = (count + Int.random(in: 0...3, using: &generator), weightRows + rows % 3)
            let weights = FloatKernelsTests.row(count * weightRows, &generator)
            let activations = FloatKernelsTests.row(stride * rows, &generator)
            var output = [Float](repeating: 42, count: rows * outputStride)
            kernels.dotRows(
                weights, weightRows: weightRows, activations, activationStride: stride, rows: rows, count: count,
                into: &output, outputStride: outputStride)
            for index in output.indices {
                let (row, place) = index.quotientAndRemainder(dividingBy: outputStride)
                var expected: Float = 42
                if place < weightRows {
                    expected = laneSum(
                        Array(weights[place * count..<(place + 1) * count]),
                        Array(activations[row * stride..<row * stride + count]))
                }
                #expect(output[index].bitPattern == expected.bitPattern)
            }
        }
    }

    @Test(arguments: FloatKernels.available.map(\.form))
    func addScaledIsOneFusedStep(_ form: FloatKernels.Form) throws {
        let kernels = try #require(FloatKernels(form))
        var generator = SeededGenerator(9)
        for count in 0...100 {
            let (x, old) = (FloatKernelsTests.row(count, &generator), FloatKernelsTests.row(count + 1, &generator))
            let factor = Float.random(in: -3...3, using: &generator)
            var y = old
            kernels.addScaled(factor, x, to: &y, count: count)
            let expected = zip(x, old).map { $1.addingProduct(factor, $0) } + [old[count]]
            #expect(y.bits == expected.bits)
        }
    }

    @Test func aFormIsChosenByName() throws {
        #expect(try FloatKernels.named("scalar").form == .scalar)
        #expect(try FloatKernels.named(nil).form == FloatKernels.available.last?.form)
        #expect(try FloatKernels.named("").form == FloatKernels.fastest.form)
    }

    @Test func anUnknownOrUnavailableFormIsRefused() throws {
        let unknown = #expect(throws: InputError.self) { try FloatKernels.named("mmx") }
        #expect(unknown?.kind == .invalidValue && unknown?.description.contains("scalar") == true)
        let missing = try #require(FloatKernels.Form.allCases.first { FloatKernels($0) == nil })
        let unavailable = #expect(throws: InputError.self) { try FloatKernels.named(missing.rawValue) }
        #expect(unavailable?.kind == .unsupported)
    }
}

/// The defined order, written once more: 32 lanes by fused multiply-add, then a tree over the lanes.
private func laneSum(_ a: [Float], _ b: [Float]) -> Float {
    var lanes = [Float](repeating: 0, count: 32)
    for index in 0..<(a.count + 31) / 32 * 32 {
        let (x, y) = index < a.count ? (a[index], b[index]) : (0, 0)
        lanes[index % 32].addProduct(x, y)
    }
    for half in [16, 8, 4, 2, 1] {
        for lane in 0..<half { lanes[lane] += lanes[lane + half] }
    }
    return lanes[0]
}

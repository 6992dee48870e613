import Files
import Foundation
import TestSupport
import Testing

@testable import Tensors

/// Products of bf16 weights with activations rounded to bf16, which must be asked for.
struct BFloatProductTests {
    private static let shapes = [
        (1, 1), (1, 2), (2, 31), (3, 32), (5, 33), (9, 64), (4, 100), (70, 288), (33, 1409), (130, 512),
    ]
    .map { Shape($0.0, $0.1) }

    private static func operations(
        _ kernels: FloatKernels, threads: Int, _ arithmetic: Arithmetic = .eightBit, leastWidth: Int = 1
    ) -> CPUOperations {
        CPUOperations(
            kernels: kernels, pool: ThreadPool(threads: threads), workOfOneThread: 1, arithmetic: arithmetic,
            leastIntegerWidth: leastWidth)
    }

    /// Every form that has such products, on some numbers of threads.
    private static var all: [CPUOperations] {
        FloatKernels.availableInBFloat.flatMap { kernels in [1, 2, 3].map { operations(kernels, threads: $0) } }
    }

    // MARK: Numbers

    /// All forms and thread counts give the bits of the order that is defined, written once more.
    @Test(arguments: shapes)
    func orderIsTheInstructions(_ shape: Shape) throws {
        var generator = SeededGenerator(140)
        let weight = try generator.weight(.bf16, rows: shape[0], columns: shape[1])
        for rows in [1, 2, 5, 6, 7, 13] {
            let x = generator.tensor([rows, shape[1]])
            let expected = (0..<rows).flatMap { row in
                let rounded = x.slice(row..<row + 1).floats.roundedToBFloat
                return (0..<shape[0]).map { sumOfPairs(weight.row($0), rounded) }
            }
            for operations in Self.all {
                let found = operations.linear(x, weight)
                #expect(found.floats.bits == expected.bits, "\(operations.name), \(rows) rows")
            }
        }
    }

    /// No output is further from the exact one than the rounding of each activation and of each sum allows.
    @Test func errorIsThatOfRoundedActivations() throws {
        var generator = SeededGenerator(141)
        let (outputs, inputs, rows) = (40, 2048, 9)
        let weight = try generator.weight(.bf16, rows: outputs, columns: inputs)
        let x = generator.tensor([rows, inputs], in: -3...3)
        let kernels = try #require(FloatKernels.availableInBFloat.last)
        let found = Self.operations(kernels, threads: 2).linear(x, weight).floats
        var largest = 0.0
        for row in 0..<rows {
            let values = x.slice(row..<row + 1).floats
            for output in 0..<outputs {
                let products = zip(values, weight.row(output)).map { Double($0) * Double($1) }
                let size = products.reduce(0) { $0 + abs($1) }
                let error = abs(Double(found[row * outputs + output]) - products.reduce(0, +))
                // 8 bits of an activation; a lane adds up an eighth of a sixteenth of the products, in 24 bits.
                #expect(error <= size * (0x1p-8 + Double(inputs / 16 + 4) * 0x1p-24))
                largest = max(largest, error / size)
            }
        }
        #expect(largest > 0x1p-20, "activations were rounded")
    }

    /// Infinities, what is no number, and numbers below any normal one, which count as zeros.
    @Test func strangeNumbers() throws {
        let values: [Float] = [.infinity, -.infinity, .nan, 0x1p-130, -0x1p-127, 0, -0.0, .greatestFiniteMagnitude, 1]
        for operations in Self.all {
            for a in values {
                for b in values {
                    let weight = Weight(try #require(try bfloats([a, 1, 2], Shape(1, 3))))
                    let found = operations.linear(Tensor([b, 0.5, 0], shape: [1, 3]), weight).floats[0]
                    let expected = sumOfPairs(weight.row(0), [b, 0.5, 0].roundedToBFloat)
                    #expect(found.bitPattern == expected.bitPattern || (found.isNaN && expected.isNaN), "\(a) · \(b)")
                }
            }
        }
    }

    // MARK: What shares a call

    @Test func rowsAreIndependent() throws {
        var generator = SeededGenerator(142)
        let weight = try generator.weight(.bf16, rows: 77, columns: 300)
        let x = generator.tensor([21, 300])
        for operations in Self.all {
            let together = operations.linear(x, weight).floats
            for row in 0..<21 {
                let alone = operations.linear(x.slice(row..<row + 1), weight).floats
                #expect(alone.bits == Array(together[row * 77..<(row + 1) * 77]).bits)
            }
        }
    }

    /// Experts, heads and several weights at once: each output is that of a product by itself.
    @Test func groupsAndHeads() throws {
        var generator = SeededGenerator(143)
        let weights = try (0..<3).map { _ in try generator.weight(.bf16, rows: 45, columns: 96) }
        let x = generator.tensor([12, 96])
        let heads = generator.tensor([4, 3, 96])
        let groups = [(1, 0..<1), (0, 1..<1), (2, 1..<12)].map { RowGroup(index: $0, rows: $1) }
        for operations in Self.all {
            let alone = weights.map { operations.linear(x, $0).floats }
            #expect(operations.linears(x, weights).map(\.floats.bits) == alone.map(\.bits))
            let grouped = operations.groupedLinear(x, weights, groups).floats
            #expect(grouped.bits == (Array(alone[1].prefix(45)) + alone[2].dropFirst(45)).bits)
            let headwise = operations.headwiseLinear(heads, HeadwiseWeight(weights, .outputsByInputs)).floats
            for head in 0..<3 {
                let places = (0..<4).map { $0 * 3 + head }
                let rows = Tensor(places.flatMap { heads.floats[$0 * 96..<($0 + 1) * 96] }, shape: [4, 96])
                let found = places.flatMap { headwise[$0 * 45..<($0 + 1) * 45] }
                #expect(found.bits == operations.linear(rows, weights[head]).floats.bits)
            }
        }
    }

    // MARK: Where it applies

    /// Other formats, exact arithmetic and narrow products are as with any other kernels.
    @Test func nothingElseChanges() throws {
        var generator = SeededGenerator(144)
        let x = generator.tensor([7, 512])
        let plain = Self.operations(.fastest, threads: 2)
        for kernels in FloatKernels.availableInBFloat {
            for type in ElementType.allCases.filter(\.isReal) {
                let weight = try generator.weight(type, rows: 33)
                let found = Self.operations(kernels, threads: 2).linear(x, weight).floats
                #expect((found.bits == plain.linear(x, weight).floats.bits) == (type != .bf16), "\(type)")
            }
            let weight = try generator.weight(.bf16, rows: 33)
            let expected = plain.linear(x, weight).floats
            for operations in [
                Self.operations(kernels, threads: 2, .exact), Self.operations(kernels, threads: 2, leastWidth: 513),
            ] {
                #expect(operations.linear(x, weight).floats.bits == expected.bits)
            }
        }
    }

    @Test func mustBeAskedFor() throws {
        #expect(FloatKernels.fastest.bfloats == nil && FloatKernels.available.allSatisfy { $0.bfloats == nil })
        #expect(try FloatKernels.named("scalarbf16").form == .scalar)
        let kernels = try FloatKernels.named("scalarbf16")
        #expect(kernels.bfloats != nil && kernels.name == "scalarbf16")
        #expect(Self.operations(kernels, threads: 1).name == "cpu (scalarbf16, 8-bit and bf16 activations)")
        #expect(Self.operations(kernels, threads: 1, .exact).name == "cpu (scalar)")
        let unknown = #expect(throws: InputError.self) { try FloatKernels.named("avx2bf16") }
        #expect(unknown?.kind == .invalidValue && unknown?.description.contains("scalarbf16") == true)
        if FloatKernels(.avx512, roundsToBFloat: true) == nil {
            let missing = #expect(throws: InputError.self) { try FloatKernels.named("avx512bf16") }
            #expect(missing?.kind == .unsupported)
        } else {
            #expect(try FloatKernels.named("avx512bf16").name == "avx512bf16")
        }
    }

    private func bfloats(_ values: [Float], _ shape: Shape) throws -> Tensor? {
        tensor(encoded(values, .bf16), .bf16, shape)
    }
}

extension [Float] {
    /// Each to the nearest bf16 number, ties to even.
    fileprivate var roundedToBFloat: [Float] { decoded(encoded(self, .bf16), .bf16, count: count) }
}

/// Sixteen lanes, each the sum of pairs of products, upper halves first; then a tree over the lanes. Subnormal factors
/// count as zeros; results here are never near the smallest normal number.
private func sumOfPairs(_ a: [Float], _ b: [Float]) -> Float {
    func factor(_ values: [Float], _ index: Int) -> Float {
        guard index < values.count else { return 0 }
        return values[index].isSubnormal ? Float(signOf: values[index], magnitudeOf: 0) : values[index]
    }
    var lanes = [Float](repeating: 0, count: 16)
    for pair in 0..<(a.count + 31) / 32 * 16 {
        for index in [2 * pair + 1, 2 * pair] { lanes[pair % 16].addProduct(factor(a, index), factor(b, index)) }
    }
    for half in [8, 4, 2, 1] {
        for lane in 0..<half { lanes[lane] += lanes[lane + half] }
    }
    return lanes[0]
}

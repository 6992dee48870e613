import Foundation
import TestSupport
import Testing

@testable import Tensors

struct IntegerProductTests {
    private static let types = ElementType.allCases.filter { IntegerKernels($0, form: .scalar) != nil }

    @Test func formatsWithIntegerKernels() {
        let expected: Set<ElementType> = [
            .q4_0, .q4_1, .q5_0, .q5_1, .q8_0, .q2_k, .q3_k, .q4_k, .q5_k, .q6_k, .iq4_nl, .iq4_xs,
        ]
        #expect(Set(IntegerProductTests.types) == expected)
    }

    /// All forms and thread counts give the same bits, and what 8 bits of uniform activations leave: a rounding error
    /// of max / 127 / √12 against values of max / √3, 0.4 %; more where the outputs happen to be small.
    @Test(arguments: types)
    func linear(_ type: ElementType) throws {
        var generator = SeededGenerator(120)
        for n in [0, 1, 2, 3, 11, 12, 13, 33] {
            let weight = try generator.weight(type, rows: generator.integer(30...150))
            let x = generator.tensor([n, 512])
            expectLikeReference(tolerance: 0.02, .eightBit) { $0.linear(x, weight) }
        }
    }

    /// No output is further from the exact one than half a step of every activation's block allows.
    @Test(arguments: types)
    func errorIsBounded(_ type: ElementType) throws {
        var generator = SeededGenerator(121)
        let weight = try generator.weight(type, rows: 61)
        let x = generator.tensor([9, 512], in: -3...3)
        let found = IntegerProductTests.operations(threads: 2).linear(x, weight)
        let block = try #require(IntegerKernels(type, form: .scalar)).block
        for row in 0..<9 {
            let values = x.slice(row..<row + 1).floats
            for output in 0..<61 {
                let (exact, bound) = IntegerProductTests.product(values, weight.row(output), block: block)
                #expect(abs(Double(found.floats[row * 61 + output]) - exact) <= bound)
            }
        }
    }

    private static func product(_ x: [Float], _ w: [Float], block: Int) -> (exact: Double, bound: Double) {
        var (exact, bound) = (0.0, 0.0)
        for start in stride(from: 0, to: x.count, by: block) {
            let largest = Double(x[start..<start + block].reduce(0) { max($0, abs($1)) })
            for i in start..<start + block {
                exact += Double(x[i]) * Double(w[i])
                bound += abs(Double(w[i])) * largest * (0.501 / 127 + 1e-5)
            }
        }
        return (exact, bound)
    }

    /// What one row gives does not depend on the rows beside it.
    @Test(arguments: types)
    func rowsAreIndependent(_ type: ElementType) throws {
        var generator = SeededGenerator(122)
        let weight = try generator.weight(type, rows: 77)
        let x = generator.tensor([21, 512])
        let operations = IntegerProductTests.operations(threads: 2)
        let together = operations.linear(x, weight).floats
        for row in 0..<21 {
            let alone = operations.linear(x.slice(row..<row + 1), weight).floats
            #expect(alone.bits == Array(together[row * 77..<(row + 1) * 77]).bits)
        }
        let parts = operations.stack([x.slice(0..<5), x.slice(5..<21)].map { operations.linear($0, weight) })
        #expect(parts.floats.bits == together.bits)
    }

    /// Blocks with the largest and smallest codes and scales.
    @Test(arguments: types)
    func edges(_ type: ElementType) throws {
        let bytes = [UInt8](try Fixture.data("quant/\(type.rawValue.lowercased())_edge.bin"))
        let width = bytes.count / type.bytesPerBlock * type.valuesPerBlock
        let weight = Weight(try #require(tensor(bytes, type, Shape(1, width))))
        var generator = SeededGenerator(123)
        let x = Tensor((0..<width * 9).map { _ in Bool.random(using: &generator) ? 1 : -1 }, shape: [9, width])
        // ±1 is exact in 8 bits but for the rounding of its scale.
        expectLikeReference(tolerance: 1e-4, .eightBit) { $0.linear(x, weight) }
    }

    /// Rows longer than what is multiplied at a time.
    @Test(arguments: types)
    func longRows(_ type: ElementType) throws {
        var generator = SeededGenerator(127)
        let short = try generator.weight(type, rows: 9 * 21)
        let weight = Weight(short.tensor.reshaped(Shape(21, 9 * 512)))
        for n in [1, 14] {
            let x = generator.tensor([n, 9 * 512])
            expectLikeReference(tolerance: 0.01, .eightBit) { $0.linear(x, weight) }
        }
    }

    @Test(arguments: types)
    func groups(_ type: ElementType) throws {
        var generator = SeededGenerator(124)
        let weights = try (0..<6).map { _ in try generator.weight(type, rows: 45) }
        var (groups, start): ([RowGroup], Int) = ([], 0)
        for (index, count) in [(4, 3), (1, 0), (0, 1), (5, 17), (2, 12)] {
            groups.append(RowGroup(index: index, rows: start..<start + count))
            start += count
        }
        let x = generator.tensor([start, 512])
        expectLikeReference(tolerance: 0.01, .eightBit) { $0.groupedLinear(x, weights, groups) }
    }

    @Test(arguments: types)
    func gatedLinear(_ type: ElementType) throws {
        var generator = SeededGenerator(128)
        let gates = try (0..<4).map { try generator.weight($0 == 3 ? .q8_0 : type, rows: 45) }
        let ups = try (0..<4).map { _ in try generator.weight(type, rows: 45) }
        let groups = [(2, 0..<1), (0, 1..<14), (3, 14..<17)].map { RowGroup(index: $0, rows: $1) }
        let x = generator.tensor([6, 512])
        let sources = generator.indices(17, below: 6)
        expectLikeReference(tolerance: 0.03, .eightBit) {
            $0.gatedLinear(x, gates: gates, ups: ups, groups, sources: sources)
        }
        // The same as its parts, one after another.
        let operations = IntegerProductTests.operations(threads: 2)
        let rows = operations.gatherRows(x, sources)
        let parts = operations.gatedSiLU(
            operations.groupedLinear(rows, gates, groups), operations.groupedLinear(rows, ups, groups))
        let whole = operations.gatedLinear(x, gates: gates, ups: ups, groups, sources: sources)
        #expect(whole.floats.bits == parts.floats.bits)
    }

    /// Several products in one call give what each gives alone.
    @Test func linears() throws {
        var generator = SeededGenerator(129)
        let weights = try [(ElementType.q4_k, 40), (.q6_k, 7), (.f16, 33), (.q5_0, 1), (.q4_k, 130)].map {
            try generator.weight($0, rows: $1)
        }
        for n in [1, 2, 13] {
            let x = generator.tensor([n, 512])
            let operations = IntegerProductTests.operations(threads: 2)
            for (together, weight) in zip(operations.linears(x, weights), weights) {
                #expect(together.floats.bits == operations.linear(x, weight).floats.bits)
            }
        }
    }

    @Test(arguments: types)
    func heads(_ type: ElementType) throws {
        var generator = SeededGenerator(125)
        for orientation in [HeadwiseWeight.Orientation.outputsByInputs, .inputsByOutputs] {
            for shared in [false, true] {
                let heads = try (0..<3).map { _ in try generator.weight(type, rows: 20) }
                let weight = HeadwiseWeight(heads, orientation)
                let x = generator.tensor([generator.integer(1...20), shared ? 1 : 3, weight.inputs])
                expectLikeReference(tolerance: 0.01, .eightBit) { $0.headwiseLinear(x, weight) }
            }
        }
    }

    /// Formats without integer kernels are multiplied exactly, also beside others in one call.
    @Test func everythingElseStaysExact() throws {
        var generator = SeededGenerator(126)
        let x = generator.tensor([10, 512])
        for type in ElementType.allCases.filter(\.isReal) where !IntegerProductTests.types.contains(type) {
            let weight = try generator.weight(type, rows: 33)
            expectLikeReference(tolerance: 1e-6, .eightBit) { $0.linear(x, weight) }
        }
        let mixed = try [.q4_k, .f16, .q6_k].map { try generator.weight($0, rows: 33) }
        let groups = [0..<4, 4..<7, 7..<10].enumerated().map { RowGroup(index: $0, rows: $1) }
        expectLikeReference(tolerance: 0.01, .eightBit) { $0.groupedLinear(x, mixed, groups) }
        expectLikeReference(tolerance: 1e-6, .eightBit) { $0.groupedLinear(x, mixed, groups).slice(4..<7) }
    }

    @Test func namesItsArithmetic() throws {
        let scalar = try #require(FloatKernels(.scalar))
        let pool = ThreadPool(threads: 1)
        #expect(CPUOperations(kernels: scalar, pool: pool).name == "cpu (scalar)")
        let eightBit = CPUOperations(kernels: scalar, pool: pool, arithmetic: .eightBit)
        #expect(eightBit.name == "cpu (scalar, 8-bit activations)")
    }

    private static func operations(threads: Int) -> CPUOperations {
        CPUOperations(
            kernels: .fastest, pool: ThreadPool(threads: threads), workOfOneThread: 1, arithmetic: .eightBit)
    }
}

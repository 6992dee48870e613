import Testing

@testable import Tensors

struct ProductTests {
    private static let realTypes = ElementType.allCases.filter(\.isReal)

    @Test(arguments: realTypes)
    func linear(_ type: ElementType) throws {
        var generator = SeededGenerator(20)
        for n in [0, 1, 2, 3, 4, 9, 33] {
            let weight = try generator.weight(type, rows: generator.integer(1...150))
            let x = generator.tensor([n, 512])
            expectLikeReference(tolerance: 1e-6) { $0.linear(x, weight) }
        }
    }

    /// What one row gives does not depend on the rows beside it.
    @Test(arguments: realTypes)
    func rowsAreIndependent(_ type: ElementType) throws {
        var generator = SeededGenerator(21)
        let weight = try generator.weight(type, rows: 40)
        let x = generator.tensor([21, 512])
        let operations = CPUOperations(kernels: .fastest, pool: ThreadPool(threads: 2), workOfOneThread: 1)
        let together = operations.linear(x, weight)
        for row in 0..<21 {
            #expect(operations.linear(x.slice(row..<row + 1), weight).floats.bits == together.entry(row).floats.bits)
        }
        let parts = operations.stack([x.slice(0..<5), x.slice(5..<21)].map { operations.linear($0, weight) })
        #expect(parts.floats.bits == together.floats.bits)
    }

    @Test func linearOfEveryWidth() throws {
        var generator = SeededGenerator(22)
        for columns in 1...100 {
            let weight = try generator.weight(.bf16, rows: generator.integer(1...9), columns: columns)
            let x = generator.tensor([generator.integer(1...9), columns])
            expectLikeReference(tolerance: 2e-6) { $0.linear(x, weight) }
        }
    }

    @Test func noInputsGiveZeros() throws {
        var generator = SeededGenerator(23)
        let weight = try generator.weight(.f32, rows: 3, columns: 0)
        expectLikeReference(tolerance: 0) { $0.linear(Tensor([], shape: [2, 0]), weight) }
    }

    @Test(arguments: realTypes)
    func groups(_ type: ElementType) throws {
        var generator = SeededGenerator(24)
        for _ in 0..<4 {
            let outputs = generator.integer(1...40)
            let weights = try (0..<6).map { _ in try generator.weight(type, rows: outputs) }
            var (groups, start): ([RowGroup], Int) = ([], 0)
            for index in [4, 1, 0, 5, 2] {
                let count = generator.integer(0...7)
                groups.append(RowGroup(index: index, rows: start..<start + count))
                start += count
            }
            let x = generator.tensor([start, 512])
            expectLikeReference(tolerance: 1e-6) { $0.groupedLinear(x, weights, groups) }
        }
    }

    @Test(arguments: realTypes)
    func heads(_ type: ElementType) throws {
        var generator = SeededGenerator(25)
        for (orientation, columns) in [(HeadwiseWeight.Orientation.outputsByInputs, 512), (.inputsByOutputs, 20)] {
            for shared in [false, true] {
                let weight = HeadwiseWeight(
                    try (0..<3).map { _ in try generator.weight(type, rows: 20) }, orientation)
                let (n, inputs) = (generator.integer(1...9), weight.inputs)
                let x = generator.tensor([n, shared ? 1 : 3, inputs])
                #expect(inputs == columns)
                expectLikeReference(tolerance: 1e-6) { $0.headwiseLinear(x, weight) }
            }
        }
    }

    @Test(arguments: realTypes)
    func rowsOfATable(_ type: ElementType) throws {
        var generator = SeededGenerator(26)
        let table = try generator.weight(type, rows: 50)
        let indices = generator.indices(17, below: 50)
        expectLikeReference(tolerance: 0) { $0.rows(indices, of: table) }
        expectLikeReference(tolerance: 0) { $0.rows([], of: table) }
    }

    @Test func slicesOfScaledWeights() throws {
        var generator = SeededGenerator(27)
        let weight = try generator.weight(.f8e4m3, rows: 300, columns: 200)
        let x = generator.tensor([5, 200])
        for range in [0..<300, 100..<140, 127..<257, 299..<300] {
            expectLikeReference(tolerance: 1e-6) { $0.linear(x, weight.rows(range)) }
        }
    }
}

import Testing

@testable import Tensors

/// Products with weights that have a term are those with W + scale · B·A.
@Suite struct AdaptedOperationsTests {
    private static func weight(
        _ random: inout SeededGenerator, _ rows: Int, _ columns: Int, rank: Int? = 3, isTransposed: Bool = false
    ) -> Weight {
        let plain = Weight(random.tensor(Shape(rows, columns)))
        guard let rank else { return plain }
        let (outputs, inputs) = isTransposed ? (columns, rows) : (rows, columns)
        return plain.adapted(
            by: LowRankTerm(
                a: random.tensor(Shape(rank, inputs)), b: random.tensor(Shape(outputs, rank)), scale: 0.7,
                isTransposed: isTransposed))
    }

    /// The sum as a weight of its own.
    private static func merged(_ weight: Weight) -> Weight {
        var values = weight.plain.decoded().floats
        guard let term = weight.term else { return weight }
        let (a, b, r) = (term.a.floats, term.b.floats, term.rank)
        for row in 0..<weight.rows {
            for column in 0..<weight.columns {
                let (output, input) = term.isTransposed ? (column, row) : (row, column)
                let sum = (0..<r).reduce(Float(0)) { $0 + b[output * r + $1] * a[$1 * term.a.shape[1] + input] }
                values[row * weight.columns + column] += term.scale * sum
            }
        }
        return Weight(Tensor(values, shape: weight.tensor.shape))
    }

    private func expectEqual(
        location: SourceLocation = #_sourceLocation, _ weights: [Weight],
        _ product: (any Operations, [Weight]) -> [Tensor]
    ) {
        let expected = product(ReferenceOperations(), weights.map(Self.merged))
        let bases: [any Operations] = [
            ReferenceOperations(), CPUOperations(kernels: .fastest, pool: ThreadPool(threads: 2), arithmetic: .exact),
            RecordingOperations(ReferenceOperations(), tape: Tape()),
        ]
        for base in bases {
            let found = product(AdaptedOperations(base), weights)
            for (a, b) in zip(found, expected) {
                #expect(
                    a.shape == b.shape && distance(a.floats, b.floats) < 2e-6, "\(base.name)", sourceLocation: location)
            }
            // And without the term they differ: it was not lost on both sides.
            let plain = product(base, weights.map(\.plain))
            #expect(zip(plain, expected).contains { distance($0.floats, $1.floats) > 0.01 }, sourceLocation: location)
        }
    }

    @Test func decodingAddsTheTerm() {
        var random = SeededGenerator(1)
        for isTransposed in [false, true] {
            let weight = Self.weight(&random, 5, 9, isTransposed: isTransposed)
            #expect(distance(weight.decoded().floats, Self.merged(weight).tensor.floats) < 1e-6)
            let rows = AssembledRows([.init(weight, .transposed), .init(Self.weight(&random, 3, 5, rank: nil))])
            #expect(
                distance(Array(rows.decoded().floats.prefix(45)), Self.merged(weight).transposed.tensor.floats) < 1e-6)
        }
        let weight = Self.weight(&random, 8, 6)
        let all = Self.merged(weight).tensor.floats
        #expect(distance(weight.rows(2..<5).decoded().floats, Array(all[12..<30])) < 1e-6)
    }

    @Test func linearProducts() {
        var random = SeededGenerator(2)
        for (n, inputs, outputs) in [(1, 7, 5), (4, 33, 18), (0, 4, 4)] {
            let x = random.tensor(Shape(n, inputs))
            let weights = [
                Self.weight(&random, outputs, inputs), Self.weight(&random, 3, inputs, rank: nil),
                Self.weight(&random, 6, inputs, rank: 1),
            ]
            guard n > 0 else {
                #expect(AdaptedOperations(ReferenceOperations()).linear(x, weights[0]).shape == [0, outputs])
                continue
            }
            expectEqual(weights) { operations, weights in [operations.linear(x, weights[0])] }
            expectEqual(weights) { operations, weights in operations.linears(x, weights) }
        }
    }

    static let ranks: [[Int?]] = [[3, 3, 3, 3], [3, nil, 2, 3], [nil, nil, nil, 1]]

    @Test(arguments: ranks) func productsOfGroups(_ ranks: [Int?]) {
        var random = SeededGenerator(3)
        // Expert 2 has no rows.
        let groups = [
            RowGroup(index: 0, rows: 0..<2), RowGroup(index: 1, rows: 2..<3), RowGroup(index: 3, rows: 3..<7),
        ]
        let (x, tokens) = (random.tensor([7, 12]), random.tensor([4, 12]))
        let sources: [Int32] = [0, 3, 1, 0, 1, 2, 3]
        let gates = ranks.map { Self.weight(&random, 10, 12, rank: $0) }
        let ups = ranks.reversed().map { Self.weight(&random, 10, 12, rank: $0) }
        expectEqual(gates) { operations, weights in [operations.groupedLinear(x, weights, groups)] }
        expectEqual(gates + ups) { operations, weights in
            let (gates, ups) = (Array(weights[..<4]), Array(weights[4...]))
            return [
                operations.gatedLinear(x, gates: gates, ups: ups, groups, sources: nil),
                operations.gatedLinear(tokens, gates: gates, ups: ups, groups, sources: sources),
            ]
        }
    }

    /// Heads of one matrix, as it is stored in `rows` or turned.
    private static func heads(
        _ random: inout SeededGenerator, _ count: Int, outputs: Int, inputs: Int, isTransposed: Bool
    ) -> [Weight] {
        let whole = LowRankTerm(
            a: random.tensor(Shape(2, inputs)), b: random.tensor(Shape(count * outputs, 2)), scale: 1.5)
        return (0..<count).map { head in
            let rows = head * outputs..<(head + 1) * outputs
            let term = LowRankTerm(
                a: whole.a, b: whole.b.slice(rows), scale: whole.scale, isTransposed: isTransposed)
            return Weight(random.tensor(isTransposed ? [inputs, outputs] : [outputs, inputs])).adapted(by: term)
        }
    }

    @Test(arguments: [false, true], [1, 5]) func productsOfHeads(_ isTransposed: Bool, _ n: Int) {
        var random = SeededGenerator(4)
        let heads = Self.heads(&random, 3, outputs: 8, inputs: 12, isTransposed: isTransposed)
        for orientation in [HeadwiseWeight.Orientation.outputsByInputs, .inputsByOutputs] {
            let inputs = HeadwiseWeight(heads, orientation).inputs
            for x in [random.tensor(Shape(n, 3, inputs)), random.tensor(Shape(n, 1, inputs))] {
                expectEqual(heads) { operations, heads in
                    [operations.headwiseLinear(x, HeadwiseWeight(heads, orientation))]
                }
            }
        }
    }

    @Test(arguments: [false, true]) func attentionOverAdaptedExpansions(_ isTransposed: Bool) {
        var random = SeededGenerator(5)
        let keys = Self.heads(&random, 2, outputs: 8, inputs: 12, isTransposed: isTransposed)
        let values = Self.heads(&random, 2, outputs: 6, inputs: 12, isTransposed: false)
        let (query, latents) = (random.tensor([5, 2, 12]), random.tensor([5, 1, 16]))
        expectEqual(keys + values) { operations, heads in
            let expansion = LatentExpansion(
                keys: HeadwiseWeight(Array(heads[..<2]), isTransposed ? .inputsByOutputs : .outputsByInputs),
                values: HeadwiseWeight(Array(heads[2...]), .outputsByInputs))
            return [
                operations.expandedAttention(query, PagedRows(latents), expansion, scale: 0.3, firstPosition: 0)
            ]
        }
    }

    /// Every value of x, A and B, by central differences of Σ g · y.
    @Test func derivativesOfTerms() {
        var random = SeededGenerator(6)
        let x = random.tensor([3, 2, 6])
        let heads = Self.heads(&random, 2, outputs: 4, inputs: 6, isTransposed: false)
        let g = random.tensor([3, 2, 4])
        func output(_ base: any Operations) -> Tensor {
            AdaptedOperations(base).headwiseLinear(x, HeadwiseWeight(heads, .outputsByInputs))
        }
        let recording = RecordingOperations(ReferenceOperations(), tape: Tape())
        let gradients = recording.tape.gradients(of: output(recording), g)
        for tensor in [x] + heads.flatMap({ [$0.term?.a, $0.term?.b].compactMap(\.self) }) {
            let found = gradients[tensor].floats
            for index in found.indices {
                func sum(_ step: Float) -> Double {
                    tensor.withMutableFloats { $0[index] += step }
                    defer { tensor.withMutableFloats { $0[index] -= step } }
                    return zip(output(ReferenceOperations()).floats, g.floats).reduce(0.0) {
                        $0 + Double($1.0) * Double($1.1)
                    }
                }
                let difference = (sum(1e-2) - sum(-1e-2)) / 2e-2
                #expect(abs(difference - Double(found[index])) < 2e-3 * max(1, abs(difference)))
            }
        }
    }

    @Test func derivativesThroughProducts() {
        var random = SeededGenerator(7)
        let weight = Self.weight(&random, 5, 7)
        let dy = random.tensor([4, 5])
        for base in [ReferenceOperations(), CPUOperations(kernels: .fastest, pool: ThreadPool(threads: 2))]
            as [any Operations]
        {
            let found = AdaptedOperations(base).inputGradient(dy, weight)
            let expected = ReferenceOperations().inputGradient(dy, Self.merged(weight))
            #expect(distance(found.floats, expected.floats) < 1e-6)
        }
    }
}

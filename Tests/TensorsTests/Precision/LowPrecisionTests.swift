import Testing

@testable import Tensors

/// Products of linear layers in fewer bits against `PlainEmulation`, whose operands are the same and whose sums are exact.
@Suite struct LowPrecisionTests {
    typealias Place = LinearWeights.Place

    /// Sizes of 1, whole blocks, and ragged ends on every axis.
    struct Size: Sendable {
        let n: Int
        let inputs: Int
        let outputs: Int
    }

    static let sizes = [
        Size(n: 1, inputs: 1, outputs: 1), Size(n: 3, inputs: 257, outputs: 130),
        Size(n: 128, inputs: 128, outputs: 128),
        Size(n: 260, inputs: 30, outputs: 5), Size(n: 129, inputs: 300, outputs: 17),
    ]
    static let places: [Place] = [.plain, .afterAttention, .expertInput, .expertOutput]

    private let pool = ThreadPool(threads: 2)

    private var base: CPUOperations { CPUOperations(kernels: .fastest, pool: pool, workOfOneThread: 1) }

    private func fp8(
        _ weights: [(weight: Weight, place: Place)], base: (any Operations)? = nil,
        _ change: (inout FP8Settings) -> Void = { _ in }
    ) -> LowPrecisionOperations {
        var settings = FP8Settings()
        settings.roundsOutputs = false
        change(&settings)
        return LowPrecisionOperations(
            base ?? self.base, .fp8(settings), linears: LinearWeights(weights), pool: pool)
    }

    private func bf16(_ weights: [Weight]) -> LowPrecisionOperations {
        LowPrecisionOperations(base, .bf16, linears: LinearWeights(weights.map { ($0, .plain) }), pool: pool)
    }

    /// Values of very different sizes, as activations have.
    private func uneven(_ generator: inout SeededGenerator, _ shape: Shape) -> Tensor {
        let values = generator.floats(shape.count)
        return Tensor(values.enumerated().map { $1 * ($0 % 7 == 0 ? 30 : 1) * ($0 % 5 == 0 ? 1e-3 : 1) }, shape: shape)
    }

    /// A sum of k products in f32 is off by no more than (k + a few) · 2⁻²⁴ of the sum of their sizes; `terms` is k.
    private func expect(
        _ found: Tensor, _ expected: PlainEmulation.Result, terms: Int,
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        let bound = Double(min(terms, 128) + terms / 64 + 8) * 0x1p-24
        let floats = found.floats
        #expect(floats.count == expected.values.count, sourceLocation: sourceLocation)
        let wrong = floats.indices.first {
            !(abs(Double(floats[$0]) - expected.values[$0]) <= bound * expected.sizes[$0] + 1e-37)
        }
        #expect(wrong == nil, "value \(wrong ?? 0)", sourceLocation: sourceLocation)
    }

    @Test(arguments: sizes, places) func fp8IsTheRecipe(_ size: Size, _ place: Place) {
        var generator = SeededGenerator(UInt64(size.inputs))
        let x = uneven(&generator, [size.n, size.inputs])
        let w = uneven(&generator, [size.outputs, size.inputs])
        let dy = uneven(&generator, [size.n, size.outputs])
        let weight = Weight(w)
        let operations = fp8([(weight, place)])
        let inputPowers = place == .afterAttention || place == .expertInput
        let gradientPowers = place == .expertOutput
        expect(
            operations.linear(x, weight),
            PlainEmulation.forward(
                x.floats, w.floats, n: size.n, inputs: size.inputs, outputs: size.outputs, powerOfTwo: inputPowers),
            terms: size.inputs)
        expect(
            operations.inputGradient(dy, weight),
            PlainEmulation.inputGradient(
                dy.floats, w.floats, n: size.n, inputs: size.inputs, outputs: size.outputs, powerOfTwo: gradientPowers),
            terms: size.outputs)
        let sum = Tensor([Float](repeating: 0, count: w.shape.count), shape: w.shape)
        operations.addWeightGradient(dy, x, of: weight, to: sum)
        let kept = x.remembered(
            in: place == .afterAttention ? .e5m6 : .e4m3, inputPowers ? .powerOfTwo : .exact, pool: pool)
        expect(
            sum,
            PlainEmulation.weightGradient(
                dy.floats, remembered: kept.floats, n: size.n, inputs: size.inputs, outputs: size.outputs,
                inputPowers: inputPowers, gradientPowers: gradientPowers), terms: size.n)
    }

    @Test func weightGradientsAreAdded() {
        var generator = SeededGenerator(5)
        let (x, dy, weight) = (generator.tensor([5, 6]), generator.tensor([5, 4]), Weight(generator.tensor([4, 6])))
        let operations = fp8([(weight, .plain)])
        let (once, twice) = (Tensor([Float](repeating: 0, count: 24), shape: [4, 6]), generator.tensor([4, 6]))
        let before = twice.floats
        operations.addWeightGradient(dy, x, of: weight, to: once)
        operations.addWeightGradient(dy, x, of: weight, to: twice)
        for (index, value) in twice.floats.enumerated() {
            #expect(abs(value - before[index] - once.floats[index]) < 1e-6)
        }
    }

    @Test func switchedOffChoicesAreThePlainRecipe() {
        var generator = SeededGenerator(6)
        let (x, dy, weight) = (
            uneven(&generator, [9, 40]), uneven(&generator, [9, 20]), Weight(generator.tensor([20, 40]))
        )
        for place in Self.places {
            let operations = fp8([(weight, place)]) {
                $0.remembersAttentionInE5M6 = false
                $0.dispatchesPowersOfTwo = false
            }
            let plain = fp8([(weight, .plain)])
            #expect(operations.linear(x, weight).floats == plain.linear(x, weight).floats)
            #expect(operations.inputGradient(dy, weight).floats == plain.inputGradient(dy, weight).floats)
            let listed = fp8([(weight, place)])
            let same =
                listed.linear(x, weight).floats == plain.linear(x, weight).floats
                && listed.inputGradient(dy, weight).floats == plain.inputGradient(dy, weight).floats
            #expect(same == (place == .plain), "\(place)")
        }
    }

    @Test func resultsAreRoundedToBF16() {
        var generator = SeededGenerator(7)
        let (x, dy, weight) = (
            generator.tensor([9, 200]), generator.tensor([9, 20]), Weight(generator.tensor([20, 200]))
        )
        let (plain, rounded) = (fp8([(weight, .plain)]), fp8([(weight, .plain)]) { $0.roundsOutputs = true })
        #expect(
            rounded.linear(x, weight).floats.bits
                == plain.linear(x, weight).roundedToBF16(pool: pool).floats.bits)
        #expect(
            rounded.inputGradient(dy, weight).floats.bits
                == plain.inputGradient(dy, weight).roundedToBF16(pool: pool).floats.bits)
    }

    // MARK: bf16

    @Test(arguments: sizes) func bf16RoundsOperandsAndResults(_ size: Size) {
        var generator = SeededGenerator(UInt64(size.n))
        let x = uneven(&generator, [size.n, size.inputs])
        let weight = Weight(uneven(&generator, [size.outputs, size.inputs]))
        let dy = uneven(&generator, [size.n, size.outputs])
        func short(_ x: Tensor) -> Tensor {
            Tensor(decoded(encoded(x.floats, .bf16), .bf16, count: x.shape.count), shape: x.shape)
        }
        let (operations, narrow) = (bf16([weight]), Weight(short(weight.tensor)))
        #expect(operations.linear(x, weight).floats.bits == short(base.linear(short(x), narrow)).floats.bits)
        #expect(
            operations.inputGradient(dy, weight).floats.bits
                == short(base.inputGradient(short(dy), narrow)).floats.bits)
        let sums = (0..<2).map { _ in
            Tensor([Float](repeating: 0.1, count: size.outputs * size.inputs), shape: weight.tensor.shape)
        }
        operations.addWeightGradient(dy, x, of: weight, to: sums[0])
        base.addWeightGradient(short(dy), short(x), to: sums[1])
        #expect(sums[0].floats.bits == sums[1].floats.bits)
    }

    // MARK: Groups and heads

    static let precisions: [LowPrecision] = [.bf16, .fp8(FP8Settings())]

    @Test(arguments: precisions) func groupsAreProductsOfTheirRows(_ precision: LowPrecision) {
        var generator = SeededGenerator(9)
        let x = generator.tensor([7, 150])
        let weights = (0..<3).map { _ in Weight(generator.tensor([140, 150])) }
        let groups = [
            RowGroup(index: 2, rows: 0..<3), RowGroup(index: 1, rows: 3..<3), RowGroup(index: 0, rows: 3..<7),
        ]
        let operations = LowPrecisionOperations(
            base, precision, linears: LinearWeights(weights.map { ($0, .expertInput) }), pool: pool)
        let expected = operations.stack([
            operations.linear(x.slice(0..<3), weights[2]), operations.linear(x.slice(3..<7), weights[0]),
        ])
        #expect(operations.groupedLinear(x, weights, groups).floats.bits == expected.floats.bits)
        let none = Tensor([], shape: [0, 150])
        #expect(operations.groupedLinear(none, weights, []).shape == [0, 140])
        #expect(operations.linear(none, weights[0]).shape == [0, 140])
        #expect(operations.linears(x, weights)[1].floats.bits == operations.linear(x, weights[1]).floats.bits)
    }

    @Test(arguments: precisions, [HeadwiseWeight.Orientation.outputsByInputs, .inputsByOutputs])
    func headsAreProductsOfTheirOwn(_ precision: LowPrecision, _ orientation: HeadwiseWeight.Orientation) {
        var generator = SeededGenerator(10)
        let (n, inputs, outputs) = (4, 150, 130)
        let isTurned = orientation == .inputsByOutputs
        let heads = (0..<3).map { _ in
            Weight(generator.tensor(isTurned ? [inputs, outputs] : [outputs, inputs]))
        }
        let upright = heads.map { isTurned ? $0.transposed : $0 }
        let operations = LowPrecisionOperations(
            base, precision, linears: LinearWeights((heads + upright).map { ($0, .plain) }), pool: pool)
        let own = generator.tensor([n, 3, inputs])
        for x in [own, operations.columns(own.reshaped([n, 3 * inputs]), 0..<inputs).reshaped([n, 1, inputs])] {
            let found = operations.headwiseLinear(x, HeadwiseWeight(heads, orientation)).floats
            for head in 0..<3 {
                let entry = x.shape[1] == 1 ? 0 : head
                let rows = operations.columns(
                    x.reshaped([n, x.shape[1] * inputs]), entry * inputs..<(entry + 1) * inputs)
                let expected = operations.linear(rows, upright[head]).floats
                for row in 0..<n {
                    let place = (row * 3 + head) * outputs
                    let same = zip(found[place..<place + outputs], expected[row * outputs..<(row + 1) * outputs])
                    // In bf16 heads turned and upright are summed in different orders; results are off by one in the last place.
                    #expect(same.allSatisfy { abs($0 - $1) <= (precision == .bf16 ? 0.01 * abs($1) + 1e-4 : 0) })
                }
            }
        }
    }

    // MARK: What stays

    @Test(arguments: precisions) func otherWeightsHaveTheBitsOfTheBase(_ precision: LowPrecision) {
        var generator = SeededGenerator(12)
        let (linear, other) = (Weight(generator.tensor([20, 30])), Weight(generator.tensor([20, 30])))
        let (x, dy) = (generator.tensor([6, 30]), generator.tensor([6, 20]))
        let operations = LowPrecisionOperations(
            base, precision, linears: LinearWeights([(linear, .plain)]), pool: pool)
        let all = [RowGroup(index: 0, rows: 0..<6)]
        #expect(operations.linear(x, other).floats.bits == base.linear(x, other).floats.bits)
        #expect(operations.linears(x, [other])[0].floats.bits == base.linear(x, other).floats.bits)
        #expect(operations.groupedLinear(x, [other], all).floats.bits == base.linear(x, other).floats.bits)
        #expect(operations.inputGradient(dy, other).floats.bits == base.inputGradient(dy, other).floats.bits)
        let sums = (0..<2).map { _ in Tensor([Float](repeating: 0, count: 600), shape: [20, 30]) }
        operations.addWeightGradient(dy, x, of: other, to: sums[0])
        base.addWeightGradient(dy, x, to: sums[1])
        #expect(sums[0].floats.bits == sums[1].floats.bits)
        #expect(operations.rows([3, 1], of: linear).floats.bits == base.rows([3, 1], of: linear).floats.bits)
        // And the linear layer's do not.
        #expect(operations.linear(x, linear).floats.bits != base.linear(x, linear).floats.bits)
        #expect(operations.linear(x, linear.rows(2..<9)).floats.bits != base.linear(x, linear.rows(2..<9)).floats.bits)
    }

    @Test(arguments: precisions) func theSameForAnyThreadsAndKernels(_ precision: LowPrecision) {
        var generator = SeededGenerator(13)
        let (x, dy, weight) = (
            generator.tensor([200, 150]), generator.tensor([200, 140]), Weight(generator.tensor([140, 150]))
        )
        var first: [UInt32]?
        for kernels in FloatKernels.available {
            for threads in [1, 2, 3, 5] {
                let pool = ThreadPool(threads: threads)
                let operations = LowPrecisionOperations(
                    CPUOperations(kernels: kernels, pool: pool, workOfOneThread: 1), precision,
                    linears: LinearWeights([(weight, .afterAttention)]), pool: pool, kernels: kernels)
                let sum = Tensor([Float](repeating: 0, count: weight.tensor.shape.count), shape: weight.tensor.shape)
                operations.addWeightGradient(dy, x, of: weight, to: sum)
                let found =
                    operations.linear(x, weight).floats.bits + operations.inputGradient(dy, weight).floats.bits
                    + sum.floats.bits
                #expect(first == nil || first == found, "\(kernels.form), \(threads) threads")
                first = found
            }
        }
    }
}

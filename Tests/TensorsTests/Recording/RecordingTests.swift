import Testing

@testable import Tensors

/// Gradients of every operation against central differences of the reference operations, whose sums are in double precision.
@Suite struct RecordingTests {
    /// Something computed from tensors, which are its parameters too.
    struct Case: Sendable, CustomTestStringConvertible {
        let name: String
        let shapes: [Shape]
        let body: @Sendable ([Tensor], any Operations) -> Tensor

        var testDescription: String { name }

        init(_ name: String, _ shapes: [Shape], _ body: @escaping @Sendable ([Tensor], any Operations) -> Tensor) {
            (self.name, self.shapes, self.body) = (name, shapes, body)
        }
    }

    private static let groups = [RowGroup(index: 2, rows: 0..<2), RowGroup(index: 0, rows: 2..<5)]
    private static let turning = Rotation(
        cosines: Tensor([0.8, -0.3, 0.1, 0.9, 0.5, -0.6], shape: [3, 2]),
        sines: Tensor([0.6, 0.7, -0.9, 0.2, 0.4, 0.3], shape: [3, 2]), pairing: .adjacent)

    private static func turning(_ pairing: Rotation.Pairing) -> Rotation {
        Rotation(cosines: turning.cosines, sines: turning.sines, pairing: pairing)
    }

    /// Rows of a step's own, with entries of which only the first `width` values are looked at.
    private static func rows(_ x: Tensor, width: Int) -> PagedRows { PagedRows(x).narrowed(to: width) }

    static let cases: [Case] = [
        Case("rows", [[6, 4]]) { $1.rows([3, 0, 3, 5], of: Weight($0[0])) },
        Case("linear", [[5, 4], [3, 4]]) { $1.linear($0[0], Weight($0[1])) },
        Case("linear of one row", [[1, 7], [2, 7]]) { $1.linear($0[0], Weight($0[1])) },
        Case("linear with part of a matrix", [[5, 4], [6, 4]]) { $1.linear($0[0], Weight($0[1]).rows(2..<5)) },
        Case("linears", [[5, 4], [3, 4], [2, 4]]) { x, operations in
            let products = operations.linears(x[0], [Weight(x[1]), Weight(x[2])])
            return operations.join(products[0], products[1])
        },
        Case("groupedLinear", [[5, 4], [3, 4], [3, 4], [3, 4]]) { x, operations in
            operations.groupedLinear(x[0], x[1...].map { Weight($0) }, groups)
        },
        Case("gatedLinear", [[3, 4], [3, 4], [3, 4], [3, 4]]) { x, operations in
            let weights = [Weight(x[1]), Weight(x[2]), Weight(x[3])]
            return operations.gatedLinear(
                x[0], gates: weights, ups: weights.reversed(), groups, sources: [2, 0, 0, 1, 2])
        },
        Case("headwiseLinear", [[3, 2, 4], [5, 4], [5, 4]]) {
            $1.headwiseLinear($0[0], HeadwiseWeight([Weight($0[1]), Weight($0[2])], .outputsByInputs))
        },
        Case("headwiseLinear down the columns", [[3, 2, 4], [4, 5], [4, 5]]) {
            $1.headwiseLinear($0[0], HeadwiseWeight([Weight($0[1]), Weight($0[2])], .inputsByOutputs))
        },
        Case("headwiseLinear of one for all", [[3, 1, 4], [5, 4], [5, 4]]) {
            $1.headwiseLinear($0[0], HeadwiseWeight([Weight($0[1]), Weight($0[2])], .outputsByInputs))
        },
        Case("add", [[3, 4], [3, 4]]) { $1.add($0[0], $0[1]) },
        Case("add to itself", [[3, 4]]) { $1.add($0[0], $0[0]) },
        Case("addBias", [[3, 4], [4]]) { $1.addBias($0[0], $0[1]) },
        Case("scale", [[3, 4]]) { $1.scale($0[0], by: -1.7) },
        Case("gatedSiLU", [[3, 4], [3, 4]]) { $1.gatedSiLU($0[0], $0[1]) },
        Case("sigmoid", [[3, 4]]) { $1.sigmoid($0[0]) },
        Case("normalize", [[3, 2, 4], [4]]) { $1.normalize($0[0], weight: $0[1], epsilon: 0.1) },
        Case("softmax", [[3, 5]]) { $1.softmax($0[0]) },
        Case("divideBySum", [[3, 5]]) { x, operations in
            operations.divideBySum(operations.sigmoid(x[0]), epsilon: 0.01)
        },
        Case("pick", [[3, 5]]) { $1.pick($0[0], [4, 0, 1, 1, 2, 3]) },
        Case("columns", [[3, 5]]) { $1.columns($0[0], 1..<4) },
        Case("join", [[3, 2, 4], [3, 2, 3]]) { $1.join($0[0], $0[1]) },
        Case("join with one for all", [[3, 2, 4], [3, 1, 3]]) { $1.join($0[0], $0[1]) },
        Case("gatherRows", [[3, 4]]) { $1.gatherRows($0[0], [2, 2, 0]) },
        Case("combineRows", [[6, 4], [3, 2]]) { $1.combineRows($0[0], weights: $0[1], places: [5, 0, 1, 4, 2, 3]) },
        Case("stack", [[2, 4], [1, 4]]) { $1.stack([$0[0], $0[1]]) },
        Case("rotate neighbours", [[3, 2, 4]]) { $1.rotate($0[0], turning(.adjacent)) },
        Case("rotate halves", [[3, 2, 4]]) { $1.rotate($0[0], turning(.halves)) },
        Case("slices and other shapes", [[6, 4]]) { x, operations in
            let some = operations.scale(x[0], by: 2).slice(1..<5)
            return operations.add(some.reshaped([2, 8]), operations.scale(some.reshaped([2, 8]), by: 3))
        },
        Case("attention", [[4, 2, 3], [4, 2, 3], [4, 2, 5]]) {
            $1.attention($0[0], keys: PagedRows($0[1]), values: PagedRows($0[2]), scale: 0.7, firstPosition: 0)
        },
        Case("attention of groups", [[4, 4, 3], [4, 2, 3], [4, 2, 5]]) {
            $1.attention($0[0], keys: PagedRows($0[1]), values: PagedRows($0[2]), scale: 0.7, firstPosition: 0)
        },
        Case("attention whose keys are values too", [[4, 3, 6], [4, 1, 6]]) {
            $1.attention(
                $0[0], keys: PagedRows($0[1]), values: rows($0[1], width: 4), scale: 0.7, firstPosition: 0)
        },
        Case("attention over a slice", [[3, 2, 3], [5, 2, 3], [5, 2, 3]]) {
            $1.attention(
                $0[0], keys: PagedRows($0[1].slice(1..<4)), values: PagedRows($0[2].slice(2..<5)), scale: 0.7,
                firstPosition: 0)
        },
        Case("expandedAttention", [[4, 2, 5], [4, 1, 5], [3, 3], [3, 3], [4, 3], [4, 3]]) { x, operations in
            let expansion = LatentExpansion(
                keys: HeadwiseWeight([Weight(x[2]), Weight(x[3])], .outputsByInputs),
                values: HeadwiseWeight([Weight(x[4]), Weight(x[5])], .outputsByInputs))
            return operations.expandedAttention(x[0], PagedRows(x[1]), expansion, scale: 0.7, firstPosition: 0)
        },
    ]

    /// Σ c · y for fixed numbers c.
    private func sum(_ y: Tensor, _ factors: [Float]) -> Double {
        zip(y.floats, factors).reduce(0) { $0 + Double($1.0) * Double($1.1) }
    }

    @Test(arguments: cases) func gradientsAreDifferences(_ tested: Case) {
        var generator = SeededGenerator(11)
        let values = tested.shapes.map { generator.floats($0.count) }
        let tensors = zip(values, tested.shapes).map { Tensor($0, shape: $1) }
        let recording = RecordingOperations(ReferenceOperations(), tape: Tape())
        let output = tested.body(tensors, recording)
        #expect(output.floats == tested.body(tensors, ReferenceOperations()).floats)
        let factors = generator.floats(output.shape.count)
        let gradients = recording.tape.gradients(of: output, Tensor(factors, shape: output.shape))
        let step: Float = 1 / 128
        for (index, tensor) in tensors.enumerated() {
            let found = gradients[tensor].floats
            let largest = max(found.map(abs).max() ?? 0, 0.1)
            for place in found.indices {
                let ends = [step, -step].map { change in
                    var changed = values
                    changed[index][place] += change
                    let moved = zip(changed, tested.shapes).map { Tensor($0, shape: $1) }
                    return sum(tested.body(moved, ReferenceOperations()), factors)
                }
                let difference = Float((ends[0] - ends[1]) / Double(2 * step))
                #expect(abs(found[place] - difference) < 2e-3 * largest, "\(tested.name), \(index), \(place)")
            }
        }
    }

    @Test func theTapeIsEmptyAfterwards() {
        let x = Tensor([1, 2], shape: [1, 2])
        let recording = RecordingOperations(ReferenceOperations(), tape: Tape())
        let y = recording.scale(x, by: 2)
        let one = Tensor([1, 1], shape: [1, 2])
        #expect(recording.tape.gradients(of: y, one)[x].floats == [2, 2])
        #expect(recording.tape.gradients(of: y, one).known(x) == nil)
    }

    /// What nothing flowed to has no gradient, and what is no memory of the program's own none at all.
    @Test func constantsStayConstants() {
        let x = Tensor([1, 2], shape: [1, 2])
        let recording = RecordingOperations(ReferenceOperations(), tape: Tape())
        let unused = recording.scale(x, by: 5)
        let y = recording.scale(x, by: 2)
        let gradients = recording.tape.gradients(of: y, Tensor([1, 1], shape: [1, 2]))
        #expect(gradients[x].floats == [2, 2] && gradients.known(unused) == nil)
    }
}

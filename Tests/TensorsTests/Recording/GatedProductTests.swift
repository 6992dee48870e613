import TestSupport
import Testing

@testable import Tensors

/// Gated products in one piece give the bits of the operations that they are made of, forward and back.
@Suite struct GatedProductTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let inputs: Int
        let outputs: Int
        /// Rows of each expert.
        let rows: [Int]
        var isGathered = true

        var testDescription: String { "\(inputs) to \(outputs), \(rows)\(isGathered ? ", gathered" : "")" }
        var count: Int { rows.reduce(0, +) }

        /// Experts in another order than their weights.
        var groups: [RowGroup] {
            var start = 0
            return rows.enumerated().map { place, count in
                defer { start += count }
                return RowGroup(index: rows.count - 1 - place, rows: start..<start + count)
            }
        }
    }

    static let cases: [Case] = [
        Case(inputs: 1, outputs: 1, rows: [1]),
        Case(inputs: 17, outputs: 5, rows: [3, 0, 1, 7]),
        Case(inputs: 40, outputs: 150, rows: [400, 20]),
        Case(inputs: 300, outputs: 33, rows: [13, 1, 2, 30, 8, 8, 1, 1, 1, 5, 40, 3, 6]),
        Case(inputs: 24, outputs: 130, rows: [900], isGathered: false),
        Case(inputs: 64, outputs: 64, rows: [6, 6, 7, 5], isGathered: false),
    ]

    /// Every gradient of the result, of which something else is made first, so that some sums are begun already.
    private func gradients(
        _ tested: Case, _ operations: CPUOperations, isTwice: Bool,
        _ body: (RecordingOperations, Tensor, [Weight], [Weight], [Int32]?) -> Tensor
    ) -> [[UInt32]] {
        var generator = SeededGenerator(9)
        let x = generator.tensor([tested.isGathered ? 11 : tested.count, tested.inputs])
        let weights = (0..<2 * tested.rows.count).map { _ in generator.tensor([tested.outputs, tested.inputs]) }
        let sources = (0..<tested.count).map { Int32($0 * 7 % 11) }
        let recording = RecordingOperations(operations, tape: Tape())
        let (gates, ups) = (weights.prefix(tested.rows.count), weights.suffix(tested.rows.count))
        var y = body(
            recording, x, gates.map { Weight($0) }, ups.map { Weight($0) }, tested.isGathered ? sources : nil)
        let first = y.floats
        if isTwice {
            let other = body(
                recording, recording.scale(x, by: 0.5), gates.map { Weight($0) }, ups.map { Weight($0) },
                tested.isGathered ? sources : nil)
            y = recording.add(y, other)
        }
        let gradients = recording.tape.gradients(of: y, generator.tensor(y.shape))
        return ([first] + ([x] + weights).map { gradients[$0].floats }).map { $0.map(\.bitPattern) }
    }

    @Test(arguments: cases, [false, true]) func inOnePieceAndInSteps(_ tested: Case, isTwice: Bool) {
        for kernels in FloatKernels.available {
            for threads in [1, 3] {
                let operations = CPUOperations(
                    kernels: kernels, pool: ThreadPool(threads: threads), workOfOneThread: 1, productOrder: .chains)
                let whole = gradients(tested, operations, isTwice: isTwice) {
                    $0.gatedLinear($1, gates: $2, ups: $3, tested.groups, sources: $4)
                }
                let steps = gradients(tested, operations, isTwice: isTwice) { recording, x, gates, ups, sources in
                    let rows = sources.map { recording.gatherRows(x, $0) } ?? x
                    return recording.gatedSiLU(
                        recording.groupedLinear(rows, gates, tested.groups),
                        recording.groupedLinear(rows, ups, tested.groups))
                }
                for (place, pair) in zip(whole, steps).enumerated() {
                    #expect(pair.0 == pair.1, "\(kernels.form), \(threads) threads, \(place)")
                }
            }
        }
    }

    /// A weight that serves twice has one gradient for both.
    @Test func sharedWeightsAreTakenApart() {
        var generator = SeededGenerator(2)
        let (x, weight) = (generator.tensor([4, 3]), Weight(generator.tensor([2, 3])))
        let groups = [RowGroup(index: 0, rows: 0..<4)]
        let operations = CPUOperations(kernels: .fastest, pool: .shared, productOrder: .chains)
        let weights = GatedWeights(gates: [weight], ups: [weight], groups: groups)
        #expect(operations.gatedParts(x, weights, sources: nil) == nil)
    }
}

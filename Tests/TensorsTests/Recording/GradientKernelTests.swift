import Foundation
import TestSupport
import Testing

@testable import Tensors

/// What goes back through operations, on every form of the kernels and several threads, against plain loops.
@Suite struct GradientKernelTests {
    /// Chains of 400 fused multiply-adds of numbers up to 1, in f32, stay this near to sums in double precision.
    private let tolerance = 2e-6

    /// The gradient of one of `tensors`, of Σ dy · body.
    private func gradient(
        _ place: Int, _ tensors: [Tensor], _ operations: any Operations,
        _ body: ([Tensor], any Operations) -> Tensor
    ) -> Tensor {
        let recording = RecordingOperations(operations, tape: Tape())
        let output = body(tensors, recording)
        var generator = SeededGenerator(5)
        return recording.tape.gradients(of: output, generator.tensor(output.shape))[tensors[place]]
    }

    static let sizes: [(Int, Int, Int)] = [
        (1, 1, 1), (3, 17, 5), (70, 33, 100), (13, 300, 70), (200, 64, 270), (6, 96, 16),
        (800, 140, 33), (5, 30, 800), (520, 100, 530),
    ]

    @Test(arguments: sizes) func productsGoBack(_ n: Int, _ inputs: Int, _ outputs: Int) {
        var generator = SeededGenerator(UInt64(n))
        let tensors = [generator.tensor([n, inputs]), generator.tensor([outputs, inputs])]
        for place in 0..<2 {
            expectLikeReference(tolerance: tolerance) {
                gradient(place, tensors, $0) { $1.linear($0[0], Weight($0[1])) }
            }
        }
    }

    @Test func groupsGoBack() {
        var generator = SeededGenerator(3)
        let tensors = [generator.tensor([97, 40])] + (0..<4).map { _ in generator.tensor([19, 40]) }
        let groups = [
            RowGroup(index: 3, rows: 0..<1), RowGroup(index: 0, rows: 1..<70), RowGroup(index: 1, rows: 70..<97),
        ]
        for place in 0..<5 {
            expectLikeReference(tolerance: tolerance) {
                gradient(place, tensors, $0) { $1.groupedLinear($0[0], $0[1...].map { Weight($0) }, groups) }
            }
        }
    }

    /// What goes back is written where nothing was, and added where something is.
    @Test func groupsAndHeadsGoBackTwice() {
        var generator = SeededGenerator(6)
        let tensors = [generator.tensor([12, 2, 9])] + (0..<4).map { _ in generator.tensor([7, 9]) }
        let groups = [RowGroup(index: 1, rows: 0..<20), RowGroup(index: 0, rows: 20..<24)]
        let body = { (x: [Tensor], operations: any Operations) in
            let (one, two) = ([Weight(x[1]), Weight(x[2])], [Weight(x[3]), Weight(x[4])])
            let heads = operations.add(
                operations.headwiseLinear(x[0], HeadwiseWeight(one, .outputsByInputs)),
                operations.headwiseLinear(x[0], HeadwiseWeight(two, .outputsByInputs)))
            let rows = x[0].reshaped([24, 9])
            let grouped = operations.gatedSiLU(
                operations.groupedLinear(rows, one, groups), operations.groupedLinear(rows, two, groups))
            return operations.add(heads.reshaped([24, 7]), grouped)
        }
        for place in tensors.indices {
            expectLikeReference(tolerance: tolerance) { gradient(place, tensors, $0, body) }
        }
    }

    static let orientations: [HeadwiseWeight.Orientation] = [.outputsByInputs, .inputsByOutputs]

    @Test(arguments: orientations) func headsGoBack(_ orientation: HeadwiseWeight.Orientation) {
        var generator = SeededGenerator(4)
        let shape: Shape = orientation == .outputsByInputs ? [21, 34] : [34, 21]
        for heads in [1, 3] {
            let tensors = [generator.tensor([45, heads, 34])] + (0..<3).map { _ in generator.tensor(shape) }
            for place in 0..<4 {
                expectLikeReference(tolerance: tolerance) {
                    gradient(place, tensors, $0) {
                        $1.headwiseLinear($0[0], HeadwiseWeight($0[1...].map { Weight($0) }, orientation))
                    }
                }
            }
        }
    }

    /// Forward products in chains, for experts and heads too.
    @Test(arguments: sizes) func chainsAreProducts(_ n: Int, _ inputs: Int, _ outputs: Int) {
        var generator = SeededGenerator(UInt64(n))
        let (x, weight) = (generator.tensor([n, inputs]), Weight(generator.tensor([outputs, inputs])))
        let expected = ReferenceOperations().linear(x, weight)
        var results: [[UInt32]] = []
        for kernels in FloatKernels.available {
            for threads in 1...3 {
                let operations = CPUOperations(
                    kernels: kernels, pool: ThreadPool(threads: threads), workOfOneThread: 1, productOrder: .chains)
                let found = operations.linear(x, weight)
                #expect(distance(found.floats, expected.floats) <= tolerance)
                results.append(found.floats.map(\.bitPattern))
            }
        }
        #expect(results.allSatisfy { $0 == results[0] })
    }

    struct Attention: Sendable {
        let n: Int
        let heads: Int
        let keyHeads: Int
    }

    static let attentions: [Attention] = [
        .init(n: 1, heads: 1, keyHeads: 1), .init(n: 65, heads: 4, keyHeads: 2), .init(n: 150, heads: 2, keyHeads: 2),
    ]

    /// dq, dk and dv by the formulas, in double precision.
    private func plain(_ x: [Tensor], _ dy: Tensor, _ scale: Double) -> [[Double]] {
        let (n, heads, width) = (x[0].shape[0], x[0].shape[1], x[0].shape[2])
        let (keyHeads, valueWidth) = (x[1].shape[1], x[2].shape[2])
        let (q, k, v, d) = (x[0].floats, x[1].floats, x[2].floats, dy.floats)
        var result = x.map { [Double](repeating: 0, count: $0.shape.count) }
        for head in 0..<heads {
            for i in 0..<n {
                let keyHead = head / (heads / keyHeads)
                let a = (i * heads + head) * width
                let b = (i * heads + head) * valueWidth
                let keys = (0...i).map { ($0 * keyHeads + keyHead) * width }
                let values = (0...i).map { ($0 * keyHeads + keyHead) * valueWidth }
                let powers = keys.map { key in
                    exp(scale * (0..<width).reduce(0.0) { $0 + Double(q[a + $1]) * Double(k[key + $1]) })
                }
                let p = powers.map { $0 / powers.reduce(0, +) }
                let dp = values.map { value in
                    (0..<valueWidth).reduce(0.0) { $0 + Double(d[b + $1]) * Double(v[value + $1]) }
                }
                let sum = zip(p, dp).reduce(0.0) { $0 + $1.0 * $1.1 }
                for j in 0...i {
                    let ds = scale * p[j] * (dp[j] - sum)
                    for c in 0..<width {
                        result[0][a + c] += ds * Double(k[keys[j] + c])
                        result[1][keys[j] + c] += ds * Double(q[a + c])
                    }
                    for c in 0..<valueWidth { result[2][values[j] + c] += p[j] * Double(d[b + c]) }
                }
            }
        }
        return result
    }

    @Test(arguments: attentions) func attentionGoesBack(_ size: Attention) {
        var generator = SeededGenerator(8)
        let tensors = [
            generator.tensor([size.n, size.heads, 19]), generator.tensor([size.n, size.keyHeads, 19]),
            generator.tensor([size.n, size.keyHeads, 24]),
        ]
        let dy = generator.tensor([size.n, size.heads, 24])
        let expected = plain(tensors, dy, 0.7)
        var results: [[[Float]]] = []
        for kernels in FloatKernels.available {
            for threads in 1...3 {
                let operations = CPUOperations(
                    kernels: kernels, pool: ThreadPool(threads: threads), workOfOneThread: 1)
                let recording = RecordingOperations(operations, tape: Tape())
                let y = recording.attention(
                    tensors[0], keys: PagedRows(tensors[1]), values: PagedRows(tensors[2]), scale: 0.7,
                    firstPosition: 0)
                let gradients = recording.tape.gradients(of: y, dy)
                results.append(tensors.map { gradients[$0].floats })
            }
        }
        #expect(results.allSatisfy { $0 == results[0] })
        for (found, wanted) in zip(results[0], expected) {
            // One query that sees one row has no slope but that of rounding.
            guard size.n > 1 else { continue }
            #expect(distance(found, wanted.map { Float($0) }) <= 1e-5)
        }
    }

    static let rowCases: [RecordingTests.Case] = [
        .init("normalize", [[150, 37], [37]]) { $1.normalize($0[0], weight: $0[1], epsilon: 1e-6) },
        .init("gatedSiLU", [[31, 43], [31, 43]]) { $1.gatedSiLU($0[0], $0[1]) },
        .init("gatherRows", [[31, 43]]) { $1.gatherRows($0[0], [3, 3, 30, 0, 3]) },
        .init("combineRows", [[60, 43], [30, 2]]) { x, operations in
            operations.combineRows(x[0], weights: x[1], places: (0..<60).map { Int32($0 * 7 % 60) })
        },
    ]

    @Test(arguments: rowCases) func rowsGoBackTheSameForAll(_ tested: RecordingTests.Case) {
        var generator = SeededGenerator(9)
        let tensors = tested.shapes.map { generator.tensor($0) }
        for place in tensors.indices {
            expectLikeReference(tolerance: tolerance) { gradient(place, tensors, $0, tested.body) }
        }
    }

    /// Computing a segment twice changes no bit, and a loss inside counts once.
    @Test func segmentsAreComputedAgain() {
        var generator = SeededGenerator(10)
        let tensors = [generator.tensor([9, 8]), generator.tensor([8, 8]), generator.tensor([8])]
        let inner = generator.tensor([9, 8])
        func gradients(_ checkpointing: Bool) -> [[Float]] {
            let recording = RecordingOperations(
                CPUOperations(kernels: .fastest, pool: ThreadPool(threads: 2)), tape: Tape(),
                checkpointing: checkpointing)
            var x = tensors[0]
            for _ in 0..<3 {
                x = recording.segment(x) { x, operations in
                    let y = operations.normalize(
                        operations.linear(x, Weight(tensors[1])), weight: tensors[2], epsilon: 1e-6)
                    (operations as? RecordingOperations)?.tape.addLoss(on: y, gradient: inner)
                    return operations.add(x, operations.sigmoid(y))
                }
            }
            let gradients = recording.tape.gradients(of: x, inner)
            return tensors.map { gradients[$0].floats }
        }
        #expect(gradients(true) == gradients(false))
    }

    @Test func whatIsLentStaysAsItIs() {
        let x = Tensor([1, 2], shape: [1, 2])
        let recording = RecordingOperations(ReferenceOperations(), tape: Tape())
        let y = recording.add(recording.scale(x, by: 3), x)
        let one = Tensor([1, 1], shape: [1, 2])
        recording.tape.addLoss(on: y, gradient: one)
        #expect(recording.tape.gradients(of: y, one)[x].floats == [8, 8] && one.floats == [1, 1])
    }
}

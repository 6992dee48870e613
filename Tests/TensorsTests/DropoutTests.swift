import Testing

@testable import Tensors

@Suite struct DropoutTests {
    private static func operations(_ threads: Int, _ tape: Tape) -> any Operations {
        let pool = ThreadPool(threads: threads)
        return RecordingOperations(
            CPUOperations(kernels: .fastest, pool: pool, arithmetic: .exact), tape: tape)
    }

    private static let ones = Tensor([Float](repeating: 1, count: 200 * 50), shape: [200, 50])

    @Test(arguments: [0.0, 0.1, 0.5, 0.9]) func aShareIsLeftOut(_ rate: Double) {
        let y = Dropout(rate: rate, key: 7)(Self.ones, ReferenceOperations()).floats
        let left = y.count { $0 == 0 }
        // Five deviations of a binomial distribution.
        #expect(abs(Double(left) - 10_000 * rate) <= 5 * (10_000 * rate * (1 - rate)).squareRoot())
        #expect(y.allSatisfy { $0 == 0 || $0 == Float(1 / (1 - rate)) })
        // Rows and columns alike.
        let rows = (0..<200).map { row in y[row * 50..<(row + 1) * 50].count { $0 == 0 } }
        #expect(rate == 0 || Set(rows).count > 2)
    }

    @Test func keysDecide() {
        let dropout = Dropout(rate: 0.5, key: 1)
        let all = [dropout, dropout.keyed(1), dropout.keyed(2), dropout.keyed(1).keyed(2), Dropout(rate: 0.5, key: 2)]
            .map { $0(Self.ones, ReferenceOperations()).floats }
        #expect(Set(all).count == all.count)
        #expect(dropout(Self.ones, ReferenceOperations()).floats == all[0])
    }

    /// The mask goes back as it came, on any number of threads.
    @Test func gradientsAreLeftOutAlike() {
        var random = SeededGenerator(3)
        let (x, dy) = (random.tensor([200, 50]), random.tensor([200, 50]))
        let mask = Dropout(rate: 0.3, key: 5)(Self.ones, ReferenceOperations()).floats
        for threads in [1, 3] {
            let tape = Tape()
            let y = Dropout(rate: 0.3, key: 5)(x, Self.operations(threads, tape))
            #expect(y.floats == zip(x.floats, mask).map { $0 * $1 })
            #expect(tape.gradients(of: y, dy)[x].floats == zip(dy.floats, mask).map { $0 * $1 })
        }
    }

    private static func weight(_ random: inout SeededGenerator, _ rows: Int, _ columns: Int, number: Int) -> Weight {
        let term = LowRankTerm(
            a: random.tensor(Shape(2, columns)), b: random.tensor(Shape(rows, 2)), scale: 0.7, number: number)
        return Weight(random.tensor(Shape(rows, columns))).adapted(by: term)
    }

    /// What goes into a pair is thinned, each time anew; what goes into the weight is not.
    @Test func onlyPairsAreThinned() throws {
        var random = SeededGenerator(4)
        let weight = Self.weight(&random, 6, 9, number: 3)
        let term = try #require(weight.term)
        let (x, dropout) = (random.tensor([5, 9]), Dropout(rate: 0.4, key: 11))
        let base = ReferenceOperations()
        let operations = AdaptedOperations(base, dropout: dropout)
        for use in 0..<3 as Range<UInt64> {
            let left = dropout.keyed(3).keyed(use)(x, base)
            let narrow = base.scale(base.linear(left, Weight(term.a)), by: term.scale)
            let expected = base.add(base.linear(x, weight.plain), base.linear(narrow, Weight(term.b)))
            #expect(operations.linear(x, weight).floats == expected.floats)
        }
        // Without dropout nothing is.
        #expect(
            AdaptedOperations(base).linear(x, weight).floats
                == AdaptedOperations(base, dropout: nil).linear(x, weight).floats)
    }

    @Test func groupsAndHeadsAreThinned() {
        var random = SeededGenerator(5)
        let weights = (0..<3).map { Self.weight(&random, 6, 8, number: $0) }
        let groups = [RowGroup(index: 0, rows: 0..<2), RowGroup(index: 2, rows: 2..<7)]
        let (x, perHead) = (random.tensor([7, 8]), random.tensor([7, 1, 8]))
        let products: [(any Operations) -> Tensor] = [
            { $0.groupedLinear(x, weights, groups) },
            { $0.gatedLinear(x, gates: weights, ups: weights, groups, sources: nil) },
            { $0.headwiseLinear(perHead, HeadwiseWeight([weights[0]], .outputsByInputs)) },
        ]
        for product in products {
            let whole = product(AdaptedOperations(ReferenceOperations())).floats
            let thinned = (0..<2).map { _ in
                product(AdaptedOperations(ReferenceOperations(), dropout: Dropout(rate: 0.5, key: 2))).floats
            }
            #expect(thinned[0] == thinned[1] && thinned[0] != whole)
        }
    }

    /// A segment that is computed again draws what it drew before.
    @Test func computingAgainDrawsTheSame() {
        var random = SeededGenerator(6)
        let weights = (0..<2).map { Self.weight(&random, 9, 9, number: $0) }
        let (x, dy) = (random.tensor([5, 9]), random.tensor([5, 9]))
        let found = [false, true].map { checkpointing -> [[Float]] in
            let tape = Tape()
            let recording = RecordingOperations(ReferenceOperations(), tape: tape, checkpointing: checkpointing)
            let operations = AdaptedOperations(recording, dropout: Dropout(rate: 0.5, key: 8))
            let y = weights.reduce(x) { x, weight in
                operations.segment(x) { x, inner in inner.add(inner.linear(x, weight), inner.linear(x, weight)) }
            }
            let gradients = tape.gradients(of: y, dy)
            return [y.floats, gradients[x].floats]
                + weights.compactMap(\.term).flatMap { [gradients[$0.a].floats, gradients[$0.b].floats] }
        }
        #expect(found[0] == found[1])
    }
}

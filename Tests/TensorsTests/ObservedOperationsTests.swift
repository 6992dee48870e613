import Synchronization
import Testing

@testable import Tensors

@Suite struct ObservedOperationsTests {
    private final class Witness: Sendable {
        let seen = Mutex<[ObservedProduct]>([])
    }

    private func random(_ shape: Shape, seed: Int) -> Tensor {
        var generator = SeededGenerator(UInt64(seed))
        return Tensor(generator.floats(shape.count), shape: shape)
    }

    /// Squares of an observed product, in plain loops.
    private func squares(_ product: ObservedProduct) -> [Double] {
        let (values, width) = (product.x.floats, product.x.shape.width)
        return (0..<width).map { column in
            product.rows.reduce(0) {
                $0 + Double(values[Int($1) * width + column]) * Double(values[Int($1) * width + column])
            }
        }
    }

    @Test(arguments: [1, 2, 3, 1023, 1024, 1025, 2500]) func columnSquaresAreSums(_ width: Int) {
        let weight = Weight(random([2, width], seed: 1))
        let x = random([5, width], seed: 2)
        let products = [
            ObservedProduct([weight], x), ObservedProduct([weight], x, rows: []),
            ObservedProduct([weight], x, rows: [4, 1, 1]),
        ]
        for threads in [1, 3] {
            let found = ObservedProduct.columnSquares(of: products, pool: ThreadPool(threads: threads))
            for (product, sums) in zip(products, found) {
                #expect(zip(sums, squares(product)).allSatisfy { abs(Double($0) - $1) <= 1e-5 * max($1, 1) })
            }
        }
        #expect(ObservedProduct.columnSquares(of: [], pool: .shared) == [])
    }

    @Test func everyProductIsSeenWithItsRows() {
        let witness = Witness()
        let observed = ObservedOperations(ReferenceOperations()) { products in
            witness.seen.withLock { $0 += products }
        }
        let (x, weights) = (random([4, 8], seed: 3), (0..<3).map { Weight(random([6, 8], seed: 10 + $0)) })
        _ = observed.linear(x, weights[0])
        _ = observed.linears(x, weights)
        let groups = [RowGroup(index: 2, rows: 0..<1), RowGroup(index: 0, rows: 1..<4)]
        _ = observed.groupedLinear(x, weights, groups)
        _ = observed.gatedLinear(x, gates: weights, ups: weights, groups, sources: [3, 0, 0, 1])
        let heads = HeadwiseWeight(weights, .outputsByInputs)
        _ = observed.headwiseLinear(random([2, 3, 8], seed: 4), heads)
        _ = observed.headwiseLinear(random([2, 1, 8], seed: 5), heads)
        let seen = witness.seen.withLock { $0 }
        #expect(
            seen.map(\.rows) == [
                [0, 1, 2, 3], [0, 1, 2, 3], [0], [1, 2, 3], [3], [0, 0, 1], [0, 3], [1, 4], [2, 5], [0, 1], [0, 1],
                [0, 1],
            ])
        #expect(seen.map(\.weights.count) == [1, 3, 1, 1, 2, 2, 1, 1, 1, 1, 1, 1])
        #expect(
            seen[2].weights[0].identity == weights[2].identity && seen[3].weights[0].identity == weights[0].identity)
        #expect(weights[0].identity != weights[1].identity)
        #expect(observed.name == "reference")
    }

    /// Parts of one tensor are told apart, and are what they are however they were come by.
    @Test func identityIsOfBytes() {
        let whole = Weight(random([6, 8], seed: 6))
        #expect(whole.rows(0..<3).identity == whole.identity)
        #expect(whole.rows(3..<6).identity == whole.rows(3..<4).identity)
        #expect(whole.rows(3..<6).identity != whole.identity)
    }
}

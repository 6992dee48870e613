import Testing

@testable import Tensors

struct PiecesTests {
    /// Every row of every product is in one piece, pieces follow one another, and each is in one share.
    @Test(arguments: [1, 2, 3, 7, 128])
    func coverAllRowsOnce(_ threads: Int) {
        var numbers = SeededGenerator(UInt64(threads))
        for _ in 0..<50 {
            let rows = (0..<Int.random(in: 1...5, using: &numbers)).map { _ in Int.random(in: 1...700, using: &numbers)
            }
            let activations = rows.map { _ in Int.random(in: 1...9, using: &numbers) }
            withProducts(rows, activations) { products in
                let pieces = Pieces(products, threads: threads)
                let all = (0..<(pieces.shares.last?.upperBound ?? 0)).map { pieces[$0] }
                for (index, count) in rows.enumerated() {
                    let ranges = all.filter { $0.product == index }.map(\.range)
                    #expect(ranges.first?.lowerBound == 0 && ranges.last?.upperBound == count)
                    #expect(zip(ranges, ranges.dropFirst()).allSatisfy { $0.upperBound == $1.lowerBound })
                    #expect(ranges.dropLast().allSatisfy { $0.count % 32 == 0 })
                }
                #expect(all.map(\.product) == all.map(\.product).sorted())
                #expect(pieces.shares.count <= threads && pieces.shares.first?.lowerBound == 0)
                #expect(zip(pieces.shares, pieces.shares.dropFirst()).allSatisfy { $0.upperBound == $1.lowerBound })
            }
        }
    }

    /// Shares are even up to the smallest piece, and pieces become smaller towards the end of each.
    @Test func sharesAreEven() {
        withProducts([4096, 4096], [1, 1]) { products in
            let pieces = Pieces(products, threads: 4)
            let rows = pieces.shares.map { share in share.map { pieces[$0].range.count } }
            #expect(rows.count == 4 && rows.allSatisfy { abs($0.reduce(0, +) - 2048) <= 32 })
            #expect(rows.allSatisfy { $0 == $0.sorted(by: >) && $0.last == 32 })
        }
    }

    /// The hint for what follows is the next piece's first row, of the next weight where one ends.
    @Test func nextRowsAreThoseOfTheNextPiece() {
        withProducts([32, 64], [1, 1]) { products in
            let pieces = Pieces(products, threads: 1)
            let starts = (0..<3).map { pieces.firstRow(after: $0, products) }
            #expect(starts[0] == products[1].weight.firstByte(ofRow: 0))
            #expect(starts[1] == products[1].weight.firstByte(ofRow: 32) && starts[2] == nil)
        }
    }

    private func withProducts(_ rows: [Int], _ activations: [Int], _ body: ([Product]) -> Void) {
        withUnsafeTemporaryAllocation(of: Float.self, capacity: 1) { memory in
            guard let output = memory.baseAddress else { return }
            body(
                zip(rows, activations).map {
                    Product(
                        weight: Weight(Tensor([Float](repeating: 0, count: $0 * 4), shape: [$0, 4])), rows: $1,
                        output: output, outputStride: 0)
                })
        }
    }
}

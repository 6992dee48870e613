/// Products cut into pieces that threads can take: ranges of the rows of their weights.
///
/// Each thread has a share, which follows on that of the thread before, so that it reads one long stretch of every weight.
/// Pieces are large where that is fast, as many weight rows let the rows of activations pass by seldom. Towards the end
/// of a share they become smaller, as whoever has done its own takes from there.
struct Pieces {
    /// Weight rows that belong together: the most that a tile has.
    private static let least = 32
    /// Bytes of weights that are read in one stretch when there is one row of activations.
    private static let stretch = 512 << 10

    private var pieces: [(product: Int, range: Range<Int>)] = []
    /// The pieces of each thread.
    private(set) var shares: [Range<Int>] = []

    /// Multiplications of all products.
    static func cost(_ products: [Product]) -> Int {
        products.reduce(0) { $0 + $1.weight.rows * $1.weight.columns * $1.rows }
    }

    /// - Parameter threads: how many shares there are at most.
    init(_ products: [Product], threads: Int) {
        let fair = max(1, (products.reduce(0) { $0 + $1.weight.rows * $1.rows } - 1) / threads + 1)
        var left = fair
        for (index, product) in products.enumerated() {
            var start = 0
            while start < product.weight.rows {
                let size = Pieces.size(product, of: left)
                let end = min(start + size, product.weight.rows)
                pieces.append((index, start..<end))
                left -= (end - start) * product.rows
                start = end
                if left <= 0 {
                    closeShare()
                    left += fair
                }
            }
        }
        closeShare()
    }

    /// Rows of the next piece, of a share that has `left` times a row of the weight and one of activations left.
    private static func size(_ product: Product, of left: Int) -> Int {
        let most = product.rows == 1 ? stretch / max(product.weight.tensor.rowBytes, 1) : 4 * least
        return max(min(most, left / max(product.rows, 1) / 3) / least, 1) * least
    }

    private mutating func closeShare() {
        let first = shares.last?.upperBound ?? 0
        if first < pieces.count { shares.append(first..<pieces.count) }
    }

    /// The product that piece `index` belongs to, and the rows of its weight.
    subscript(index: Int) -> (product: Int, range: Range<Int>) { pieces[index] }

    /// Where the weight rows begin of the piece that most likely follows on piece `index`.
    func firstRow(after index: Int, _ products: [Product]) -> UnsafeRawPointer? {
        guard index + 1 < pieces.count else { return nil }
        let (product, range) = pieces[index + 1]
        return products[product].weight.firstByte(ofRow: range.lowerBound)
    }
}

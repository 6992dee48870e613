/// c += Σ aᵢ · bᵢ: products of matrices that lie anywhere, added to one that is there.
///
/// An element is one chain of fused multiply-adds, which starts at what c holds (or 0) and goes through the terms in their order,
/// and through each term's shared dimension in its order; how the work is cut up does not show.
struct MatrixSum {
    /// Element (i, s) is base[i · stride + s · step].
    struct Left {
        let base: UnsafePointer<Float>
        let stride: Int
        var step = 1
    }

    /// Element (s, j) is base[s · stride + j], or base[j · stride + s] if it is turned.
    struct Right {
        let base: UnsafePointer<Float>
        let stride: Int
        var isTurned = false
    }

    struct Term {
        let left: Left
        let right: Right
        /// Columns of the left matrix, and rows of the right one.
        let shared: Int
    }

    let terms: [Term]
    /// Element (i, j) is sum[i · stride + j].
    let sum: UnsafeMutablePointer<Float>
    let stride: Int
    let rows: Int
    let columns: Int
    /// Whether what lies there counts as 0, whatever it is.
    var isNew = false

    /// Multiplications.
    var cost: Int { terms.reduce(0) { $0 + $1.shared } * rows * columns }
}

/// Sums cut into tiles that threads can take.
private struct SumTiles {
    /// The most rows and columns of a tile. Its rows go through what was packed of the right matrix once for all; its part of
    /// the sum, and a piece of both matrices, stay in a core's own cache of 1 MiB.
    static let most = (rows: 384, columns: 256)

    private(set) var tiles: [(sum: Int, rows: Range<Int>, columns: Range<Int>)] = []

    /// - Parameter threads: each should have some tiles.
    init(_ sums: [MatrixSum], threads: Int) {
        var (rows, columns) = SumTiles.most
        func count() -> Int {
            sums.reduce(0) { $0 + parts($1.rows, rows) * parts($1.columns, columns) }
        }
        func parts(_ extent: Int, _ size: Int) -> Int { (extent + size - 1) / size }
        while threads > 1, count() < 4 * threads, columns > 64 || rows > 48 {
            if columns > 64 { columns /= 2 } else { rows /= 2 }
        }
        for (index, sum) in sums.enumerated() where sum.rows > 0 {
            // Six rows are multiplied at once.
            let even = (sum.rows / parts(sum.rows, rows) + 5) / 6 * 6
            for first in stride(from: 0, to: sum.columns, by: columns) {
                for start in stride(from: 0, to: sum.rows, by: even) {
                    tiles.append(
                        (
                            index, start..<min(start + even, sum.rows),
                            first..<min(first + columns, sum.columns)
                        ))
                }
            }
        }
    }
}

extension DerivativeLoops {
    /// Adds up all sums in one parallel region.
    /// - Precondition: they overlap neither each other nor any of the matrices.
    func add(_ sums: [MatrixSum]) {
        let cost = sums.reduce(0) { $0 + $1.cost }
        let threads = min(pool.threads, max(1, cost / workOfOneThread))
        let tiles = SumTiles(sums, threads: threads).tiles
        pool.parallelChunks(count: tiles.count, grain: max(1, tiles.count / threads)) { index in
            let tile = tiles[index]
            let sum = sums[tile.sum]
            SumTile(sum: sum, rows: tile.rows, columns: tile.columns, loops: self).add()
        }
    }
}

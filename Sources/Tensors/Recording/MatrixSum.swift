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

    /// Elements (s, j), laid out as `layout` says.
    struct Right {
        /// How element (s, j) lies.
        enum Layout {
            /// At `base[s · stride + j]`.
            case plain
            /// At `base[j · stride + s]`.
            case turned
            /// In parts of `SumTile.depth` rows, and a part in panels of 16 columns; `stride` columns with those that fill up the
            /// last panel. See `PackedRights`.
            case packed
        }

        let base: UnsafePointer<Float>
        let stride: Int
        var layout = Layout.plain
    }

    struct Term {
        let left: Left
        var right: Right
        /// Columns of the left matrix, and rows of the right one.
        let shared: Int
    }

    var terms: [Term]
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
    /// The most rows and columns of a tile.
    private static let most = (rows: 576, columns: 512)
    /// Values of a tile: with copies of parts of both matrices, and the parts that come next, they stay in a core's own cache.
    private static let area = SecondCache.bytes / MemoryLayout<Float>.size * 27 / 64

    private(set) var tiles: [(sum: Int, rows: Range<Int>, columns: Range<Int>)] = []

    /// - Parameter threads: each should have some tiles.
    init(_ sums: [MatrixSum], threads: Int) {
        let widest = max(sums.map(\.columns).max() ?? 0, 1)
        // Whole strips of columns, as wide as each other.
        var columns = strips(parts(widest, parts(widest, SumTiles.most.columns)))
        var rows = min(SumTiles.most.rows, SumTiles.area / columns / 6 * 6)
        func count() -> Int {
            sums.reduce(0) { $0 + parts($1.rows, rows) * parts($1.columns, columns) }
        }
        while threads > 1, count() < 4 * threads, columns > 64 || rows > 48 {
            if rows > 144 {
                rows = rows * 3 / 4 / 6 * 6
            } else if columns > 64 {
                columns = strips(columns / 2)
            } else {
                rows = max(rows / 2, 48)
            }
        }
        func parts(_ extent: Int, _ size: Int) -> Int { (extent + size - 1) / size }
        func strips(_ columns: Int) -> Int { max((columns + 63) / 64 * 64, 64) }
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
        let packed = PackedRights(sums, self)
        withExtendedLifetime(packed) {
            pool.parallelChunks(count: tiles.count, grain: max(1, tiles.count / threads)) { index in
                let tile = tiles[index]
                SumTile(sum: packed.sums[tile.sum], rows: tile.rows, columns: tile.columns, loops: self).add()
            }
        }
    }
}

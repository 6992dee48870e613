/// Sums whose turned right matrices are packed once for all tiles, instead of once for each.
struct PackedRights {
    /// A sum of fewer rows has a tile or two, which is not worth another round of the threads.
    private static let leastRows = 512
    /// Columns that a thread packs at once: whole panels.
    private static let columnsAtOnce = 8 * AttentionKernels.panel

    /// What is to be added up; it points into this value, which must outlive its use.
    private(set) var sums: [MatrixSum]
    private var memory: [Storage] = []

    /// - Precondition: all matrices stay where they are as long as this is used.
    init(_ sums: [MatrixSum], _ loops: DerivativeLoops) {
        self.sums = sums
        var pieces: [Piece] = []
        for (index, sum) in sums.enumerated() where sum.rows >= PackedRights.leastRows {
            for (place, term) in sum.terms.enumerated() where term.right.layout == .turned {
                let packed = makeRoom(shared: term.shared, columns: sum.columns)
                pieces += PackedRights.pieces(of: term, columns: sum.columns, to: packed)
                self.sums[index].terms[place].right = packed
            }
        }
        let grain = max(1, loops.workOfOneThread / (PackedRights.columnsAtOnce * SumTile.depth))
        loops.pool.parallelChunks(count: pieces.count, grain: grain) { pieces[$0].pack(loops.rows) }
    }

    private mutating func makeRoom(shared: Int, columns: Int) -> MatrixSum.Right {
        let panel = AttentionKernels.panel
        let stride = (columns + panel - 1) / panel * panel
        let storage = Storage(byteCount: shared * stride * MemoryLayout<Float>.size)
        memory.append(storage)
        return MatrixSum.Right(
            base: UnsafePointer(storage.base.assumingMemoryBound(to: Float.self)), stride: stride, layout: .packed)
    }

    /// Some rows and columns of a right matrix that one thread packs.
    private struct Piece {
        let source: TileRows
        let target: UnsafeMutablePointer<Float>
        let (columns, shared): (Int, Int)

        func pack(_ kernels: AttentionKernels) { kernels.pack(source, count: columns, width: shared, into: target) }
    }

    private static func pieces(
        of term: MatrixSum.Term, columns: Int, to packed: MatrixSum.Right
    ) -> [Piece] {
        let (shared, stride) = (term.shared, term.right.stride)
        return Swift.stride(from: 0, to: shared, by: SumTile.depth).flatMap { first in
            let some = first..<min(first + SumTile.depth, shared)
            return Swift.stride(from: 0, to: columns, by: columnsAtOnce).map { column in
                Piece(
                    source: TileRows(base: term.right.base + column * stride + first, stride: stride),
                    // Safe: `makeRoom` made this memory, and no two pieces share a place of it.
                    target: UnsafeMutablePointer(mutating: packed.packed(some, from: column)),
                    columns: min(columnsAtOnce, columns - column), shared: some.count)
            }
        }
    }
}

extension MatrixSum.Right {
    /// The rows `some`, of a part, in packed panels, from a column on that begins one.
    func packed(_ some: Range<Int>, from column: Int) -> UnsafePointer<Float> {
        base + some.lowerBound * stride + column * some.count
    }
}

import CKernels

/// Some rows and columns of a sum of products, which one thread adds up.
///
/// Some of the shared dimension at a time: as many rows of the right matrix are packed once, and all rows of the tile go through
/// them.
struct SumTile {
    let sum: MatrixSum
    let rows: Range<Int>
    let columns: Range<Int>
    let loops: DerivativeLoops

    /// Rows of the right matrix that are packed at once: with 64 columns of them, a first cache of 32 KB has room for what they
    /// are multiplied with. docs/training-speed.md has how fast other depths are.
    static let depth = 96
    /// Where a left matrix is read for more columns than these, 64 at a time, it is copied first: rows or columns that lie far
    /// apart fall upon each other in the caches. Columns do so sooner: of each line that a block of six reads, most is not its.
    private static let columnsOfUncopied = (rows: 128, columns: 16)

    private var target: UnsafeMutablePointer<Float> { sum.sum + rows.lowerBound * sum.stride + columns.lowerBound }

    func add() {
        let depth = min(sum.terms.map(\.shared).max() ?? 0, SumTile.depth)
        let places = Places(depth: depth, rows: rows.count, columns: columns.count)
        var isNew = sum.isNew
        withUnsafeTemporaryAllocation(byteCount: places.count * MemoryLayout<Float>.size, alignment: 64) {
            guard let packed = $0.baseAddress?.assumingMemoryBound(to: Float.self), depth > 0 else { return }
            for term in sum.terms {
                for first in stride(from: 0, to: term.shared, by: depth) {
                    let some = first..<min(first + depth, term.shared)
                    add(term, some, right: packed, left: packed + places.left, isNew)
                    isNew = false
                }
            }
        }
        if isNew { clear() }
    }

    /// Where copies of both matrices lie, in values.
    private struct Places {
        let left, count: Int

        init(depth: Int, rows: Int, columns: Int) {
            let (panel, block) = (AttentionKernels.panel, Int(ISOBATH_LEFT_ROWS))
            left = depth * ((columns + panel - 1) / panel * panel)
            count = left + depth * ((rows + block - 1) / block * block)
        }
    }

    /// A sum of nothing is zero.
    private func clear() {
        for row in 0..<rows.count { (target + row * sum.stride).update(repeating: 0, count: columns.count) }
    }

    /// Part `some` of the shared dimension.
    private func add(
        _ term: MatrixSum.Term, _ some: Range<Int>, right: UnsafeMutablePointer<Float>,
        left: UnsafeMutablePointer<Float>, _ isNew: Bool
    ) {
        let next = some.upperBound..<min(some.upperBound + SumTile.depth, term.shared)
        let (b, a) = (near(term.right, some, right), near(term.left, some, left))
        // What the next part needs comes meanwhile.
        let ahead = [term.right.lines(next, columns), term.left.lines(rows, next)]
        // Safe: the tile lies inside the three matrices, whose extents the maker of the sum vouches for.
        loops.kernels.table.multiply(
            a, b.base, b.stride, b.panelStride, target, sum.stride, rows.count, columns.count, some.count,
            isNew ? 1 : 0, ahead, ahead.count)
    }

    /// The rows `some` of the right matrix: there, or packed.
    private func near(
        _ right: MatrixSum.Right, _ some: Range<Int>, _ packed: UnsafeMutablePointer<Float>
    ) -> (base: UnsafePointer<Float>, stride: Int, panelStride: Int) {
        let panel = AttentionKernels.panel
        let there = right.base + some.lowerBound * right.stride + columns.lowerBound
        switch right.layout {
        case .packed: return (right.packed(some, from: columns.lowerBound), panel, panel * some.count)
        // Few rows read the right matrix once or twice: then it need not lie close together.
        case .plain where rows.count <= 12: return (there, right.stride, panel)
        case .plain:
            loops.kernels.packRows(
                TileRows(base: there, stride: right.stride), count: some.count, width: columns.count, into: packed)
        case .turned:
            let lines = TileRows(
                base: right.base + columns.lowerBound * right.stride + some.lowerBound, stride: right.stride)
            loops.rows.pack(lines, count: columns.count, width: some.count, into: packed)
        }
        return (UnsafePointer(packed), panel, panel * some.count)
    }

    /// The columns `some` of the tile's rows of the left matrix: there, or copied.
    private func near(
        _ left: MatrixSum.Left, _ some: Range<Int>, _ copied: UnsafeMutablePointer<Float>
    ) -> isobath_left {
        let start = left.base + rows.lowerBound * left.stride + some.lowerBound * left.step
        let (most, isTurned) = (SumTile.columnsOfUncopied, left.stride == 1)
        if columns.count > (isTurned ? most.columns : most.rows) {
            return loops.kernels.table.pack_left(start, left.stride, left.step, rows.count, some.count, copied)
        }
        return isobath_left(start, stride: left.stride, step: left.step)
    }
}

extension MatrixSum.Left {
    /// Where the elements of some rows and columns lie.
    fileprivate func lines(_ rows: Range<Int>, _ columns: Range<Int>) -> isobath_rows_ahead {
        stride == 1
            ? isobath_rows_ahead(base, stride: step, columns, rows)
            : isobath_rows_ahead(base, stride: stride, rows, columns)
    }
}

extension MatrixSum.Right {
    /// Where the elements of some rows, of a part, and columns lie.
    fileprivate func lines(_ rows: Range<Int>, _ columns: Range<Int>) -> isobath_rows_ahead {
        switch layout {
        case .plain: isobath_rows_ahead(base, stride: stride, rows, columns)
        case .turned: isobath_rows_ahead(base, stride: stride, columns, rows)
        case .packed:
            isobath_rows_ahead(
                packed(rows, from: columns.lowerBound), stride: 0, 0..<min(rows.count, 1),
                0..<columns.count * rows.count)
        }
    }
}

extension isobath_rows_ahead {
    /// A block of a matrix whose rows lie `stride` values apart.
    fileprivate init(_ base: UnsafePointer<Float>, stride: Int, _ rows: Range<Int>, _ columns: Range<Int>) {
        let width = MemoryLayout<Float>.size
        self.init(
            first: base + rows.lowerBound * stride + columns.lowerBound, row_bytes: stride * width, rows: rows.count,
            bytes: columns.count * width)
    }
}

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
    private static let depth = 96
    /// Rows that go through all columns together: their parts of the sum and of the left matrix stay in a core's own cache.
    private static let rowsAtOnce = 192
    /// Columns of a left matrix that lie so far apart, in values, fall upon each other in the caches, and are copied together
    /// first.
    private static let leastStepToCopy = 384
    /// How far apart they lie then: no power of two.
    private static let copiedStep = rowsAtOnce + 16

    private var target: UnsafeMutablePointer<Float> { sum.sum + rows.lowerBound * sum.stride + columns.lowerBound }

    func add() {
        let depth = min(sum.terms.map(\.shared).max() ?? 0, SumTile.depth)
        var isNew = sum.isNew
        let packedCount = depth * (columns.count + AttentionKernels.panel)
        withUnsafeTemporaryAllocation(byteCount: (packedCount + depth * SumTile.copiedStep) * 4, alignment: 64) {
            guard let packed = $0.baseAddress?.assumingMemoryBound(to: Float.self), depth > 0 else { return }
            for term in sum.terms {
                for first in stride(from: 0, to: term.shared, by: depth) {
                    let some = first..<min(first + depth, term.shared)
                    add(term, some, packed, copied: packed + packedCount, isNew)
                    isNew = false
                }
            }
        }
        if isNew { clear() }
    }

    /// A sum of nothing is zero.
    private func clear() {
        for row in 0..<rows.count { (target + row * sum.stride).update(repeating: 0, count: columns.count) }
    }

    /// Part `some` of the shared dimension.
    private func add(
        _ term: MatrixSum.Term, _ some: Range<Int>, _ packed: UnsafeMutablePointer<Float>,
        copied: UnsafeMutablePointer<Float>, _ isNew: Bool
    ) {
        let (right, panel) = (term.right, AttentionKernels.panel)
        let next = some.upperBound..<min(some.upperBound + SumTile.depth, term.shared)
        // Few rows read the right matrix once or twice: then it need not lie close together.
        let packs = right.isTurned || rows.count > 12
        let multiply = { (b: UnsafePointer<Float>, bStride: Int, panelStride: Int) in
            for start in stride(from: 0, to: rows.count, by: SumTile.rowsAtOnce) {
                let count = min(SumTile.rowsAtOnce, rows.count - start)
                let a = near(term.left, start..<start + count, some, copied)
                // What the next part needs comes meanwhile.
                var ahead = start == 0 ? right.lines(next, columns) : term.left.lines(rows, next)
                // Safe: the tile lies inside the three matrices, whose extents the maker of the sum vouches for.
                loops.kernels.table.multiply(
                    a.base, a.stride, a.step, b, bStride, panelStride, target + start * sum.stride, sum.stride, count,
                    columns.count, some.count, isNew ? 1 : 0, &ahead)
            }
        }
        let block = right.lines(some, columns)
        let source = block.first.assumingMemoryBound(to: Float.self)
        guard packs else { return multiply(source, right.stride, panel) }
        let lines = TileRows(base: source, stride: right.stride)
        if right.isTurned {
            loops.rows.pack(lines, count: columns.count, width: some.count, into: packed)
        } else {
            loops.kernels.packRows(lines, count: some.count, width: columns.count, into: packed)
        }
        multiply(packed, panel, panel * some.count)
    }

    /// The left matrix from the first of the tile's rows in `part`, and the first of its columns in `some`: there, or copied.
    private func near(
        _ left: MatrixSum.Left, _ part: Range<Int>, _ some: Range<Int>, _ copied: UnsafeMutablePointer<Float>
    ) -> MatrixSum.Left {
        let start = left.base + (rows.lowerBound + part.lowerBound) * left.stride + some.lowerBound * left.step
        guard left.stride == 1, left.step >= SumTile.leastStepToCopy, columns.count > AttentionKernels.panel else {
            return MatrixSum.Left(base: start, stride: left.stride, step: left.step)
        }
        for column in 0..<some.count {
            // Safe: `add` made room for as many columns of as many rows.
            (copied + column * SumTile.copiedStep).update(from: start + column * left.step, count: part.count)
        }
        return MatrixSum.Left(base: UnsafePointer(copied), stride: 1, step: SumTile.copiedStep)
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
    /// Where the elements of some rows and columns lie.
    fileprivate func lines(_ rows: Range<Int>, _ columns: Range<Int>) -> isobath_rows_ahead {
        isTurned
            ? isobath_rows_ahead(base, stride: stride, columns, rows)
            : isobath_rows_ahead(base, stride: stride, rows, columns)
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

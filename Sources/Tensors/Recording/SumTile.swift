/// Some rows and columns of a sum of products, which one thread adds up.
///
/// Some of the shared dimension at a time: as many rows of the right matrix are packed once, and all rows of the tile go through
/// them.
struct SumTile {
    let sum: MatrixSum
    let rows: Range<Int>
    let columns: Range<Int>
    let loops: DerivativeLoops

    /// Rows of the right matrix that are packed at once: 64 columns of them fill a first cache of 32 KB. With 256, rows
    /// times columns ran at 0.95 of this speed, and columns of the left matrix at 0.76 to 0.94.
    private static let depth = 128
    /// Rows that go through all columns together: their parts of the sum and of the left matrix stay in a core's own cache.
    private static let rowsAtOnce = 192

    private var target: UnsafeMutablePointer<Float> { sum.sum + rows.lowerBound * sum.stride + columns.lowerBound }

    func add() {
        let depth = min(sum.terms.map(\.shared).max() ?? 0, SumTile.depth)
        var isNew = sum.isNew
        withUnsafeTemporaryAllocation(byteCount: depth * (columns.count + AttentionKernels.panel) * 4, alignment: 64) {
            guard let packed = $0.baseAddress?.assumingMemoryBound(to: Float.self), depth > 0 else { return }
            for term in sum.terms {
                for first in stride(from: 0, to: term.shared, by: depth) {
                    add(term, first..<min(first + depth, term.shared), packed, isNew)
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
        _ term: MatrixSum.Term, _ some: Range<Int>, _ packed: UnsafeMutablePointer<Float>, _ isNew: Bool
    ) {
        let (left, right, panel) = (term.left, term.right, AttentionKernels.panel)
        let a = left.base + rows.lowerBound * left.stride + some.lowerBound * left.step
        let multiply = { (b: UnsafePointer<Float>, bStride: Int, panelStride: Int) in
            for start in stride(from: 0, to: rows.count, by: SumTile.rowsAtOnce) {
                // Safe: the tile lies inside the three matrices, whose extents the maker of the sum vouches for.
                loops.kernels.table.multiply(
                    a + start * left.stride, left.stride, left.step, b, bStride, panelStride,
                    target + start * sum.stride, sum.stride, min(SumTile.rowsAtOnce, rows.count - start),
                    columns.count, some.count, isNew ? 1 : 0)
            }
        }
        let source =
            right.isTurned
            ? right.base + columns.lowerBound * right.stride + some.lowerBound
            : right.base + some.lowerBound * right.stride + columns.lowerBound
        let lines = TileRows(base: source, stride: right.stride)
        if right.isTurned {
            loops.rows.pack(lines, count: columns.count, width: some.count, into: packed)
        } else if rows.count > 12 {
            loops.kernels.packRows(lines, count: some.count, width: columns.count, into: packed)
        } else {
            // Few rows read it once or twice: then it need not lie close together.
            return multiply(source, right.stride, panel)
        }
        multiply(packed, panel, panel * some.count)
    }
}

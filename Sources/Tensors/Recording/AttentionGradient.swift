import CKernels

/// Attention backwards: with p = softmax(scale · q·kᵀ) and y = p·v, for every query and head,
/// dv = pᵀ·dy, dp = dy·vᵀ, ds = scale · p · (dp − Σ p·dp), dq = ds·k and dk = dsᵀ·q.
///
/// Five products of matrices for 64 queries at a time, with all that they look at: the softmax is computed again, and nothing of
/// O(n²) is kept. A thread has one key head, and goes through its query heads and queries in their order.
struct AttentionGradient {
    let query: Tensor
    let keys: RowView
    let values: RowView
    let scale: Float

    /// Queries that are looked at together.
    static let queries = 64

    func add(_ dy: Tensor, to gradients: Gradients, _ loops: DerivativeLoops) {
        let (n, heads) = (query.shape[0], keys.tensor.shape[1])
        precondition(keys.tensor.shape[0] >= n && values.tensor.shape[0] >= n, "a query sees its own row")
        let sums = AttentionSums(self, gradients)
        let room = AttentionScratchSize(n, keyWidth: keys.width, valueWidth: values.width)
        let work = n * n * query.shape[1] / max(heads, 1) * (keys.width + values.width)
        loops.pool.parallelChunks(count: heads, grain: max(1, loops.workOfOneThread / max(work, 1))) { head in
            withUnsafeTemporaryAllocation(byteCount: room.floats * 4, alignment: 64) { memory in
                guard let memory = memory.baseAddress?.assumingMemoryBound(to: Float.self) else { return }
                let pass = AttentionHeadGradient(
                    call: self, dy: dy, sums: sums, loops: loops, head: head, size: room, memory: memory)
                pass.run()
            }
        }
    }
}

/// Where the gradients of attention's arguments are added up.
struct AttentionSums {
    let query: Tensor
    let keys: Tensor
    let values: Tensor
    /// Whether what lies there counts as 0.
    let isNew: (query: Bool, rows: Bool)

    fileprivate init(_ call: AttentionGradient, _ gradients: Gradients) {
        let (query, keys, values) = (call.query.place, call.keys.tensor.place, call.values.tensor.place)
        // Keys and values may be the same rows, or have columns that do not take part.
        let areApart = call.keys.tensor.storage !== call.values.tensor.storage
        let areWhole = call.keys.isWhole(call.query.shape[0]) && call.values.isWhole(call.query.shape[0])
        let areNew = areApart && areWhole && gradients.isNew(keys) && gradients.isNew(values)
        let queries = gradients.sum(query)
        self.query = queries.tensor
        self.keys = areNew ? gradients.sum(keys).tensor : gradients[keys]
        self.values = areNew ? gradients.sum(values).tensor : gradients[values]
        isNew = (queries.isNew, areNew)
    }
}

/// What a thread needs for one head: packed keys and values, and two rows of scores for each query of a tile.
struct AttentionScratchSize {
    /// Rows, filled up to whole panels.
    let rows: Int
    let keyWidth: Int
    let valueWidth: Int

    init(_ n: Int, keyWidth: Int, valueWidth: Int) {
        let panel = AttentionKernels.panel
        rows = (n + panel - 1) / panel * panel
        (self.keyWidth, self.valueWidth) = (keyWidth, valueWidth)
    }

    var floats: Int {
        rows * (keyWidth + valueWidth) + AttentionGradient.queries * (2 * rows + valueWidth)
    }
}

/// The queries of one key head.
///
/// Safe, all of it: places in the tensors of one call, whose shapes the forward pass has checked, and in memory of
/// `AttentionScratchSize.floats` floats.
private struct AttentionHeadGradient {
    let call: AttentionGradient
    let dy: Tensor
    let sums: AttentionSums
    let loops: DerivativeLoops
    let head: Int
    let size: AttentionScratchSize
    let memory: UnsafeMutablePointer<Float>

    private var packedKeys: UnsafeMutablePointer<Float> { memory }
    private var packedValues: UnsafeMutablePointer<Float> { memory + size.rows * size.keyWidth }
    /// e^(score − largest), [queries, rows].
    private var weights: UnsafeMutablePointer<Float> { packedValues + size.rows * size.valueWidth }
    /// dp and then ds, [queries, rows].
    private var slopes: UnsafeMutablePointer<Float> { weights + AttentionGradient.queries * size.rows }
    /// dy over the sum of the weights, [queries, value width].
    private var shares: UnsafeMutablePointer<Float> { slopes + AttentionGradient.queries * size.rows }

    private var heads: Int { call.query.shape[1] }
    private var keyStart: Int { head * call.keys.tensor.shape[2] }
    private var valueStart: Int { head * call.values.tensor.shape[2] }

    func run() {
        let n = call.query.shape[0]
        loops.rows.pack(
            TileRows(base: call.keys.tensor.address + keyStart, stride: call.keys.stride), count: n,
            width: size.keyWidth, into: packedKeys)
        loops.rows.pack(
            TileRows(base: call.values.tensor.address + valueStart, stride: call.values.stride), count: n,
            width: size.valueWidth, into: packedValues)
        let group = heads / call.keys.tensor.shape[1]
        for queryHead in head * group..<(head + 1) * group {
            for first in stride(from: 0, to: n, by: AttentionGradient.queries) {
                add(first..<min(first + AttentionGradient.queries, n), queryHead)
            }
        }
    }

    private func add(_ queries: Range<Int>, _ queryHead: Int) {
        let m = queries.count
        // Rows that the tile's last query sees, filled up to whole panels.
        let panel = AttentionKernels.panel
        let seen = (queries.upperBound + panel - 1) / panel * panel
        let q = (queries.lowerBound * heads + queryHead) * size.keyWidth
        let y = (queries.lowerBound * heads + queryHead) * size.valueWidth
        let (qStride, yStride) = (heads * size.keyWidth, heads * size.valueWidth)
        score(call.query.address + q, qStride, packedKeys, size.keyWidth, m, seen, into: weights)
        score(dy.address + y, yStride, packedValues, size.valueWidth, m, seen, into: slopes)
        for (row, query) in queries.enumerated() { soften(row, query, seen, dy.address + y + row * yStride) }
        loops.kernels.table.multiply(
            isobath_left(slopes, stride: size.rows), call.keys.tensor.address + keyStart, call.keys.stride, panel,
            sums.query.mutableAddress + q, qStride, m, size.keyWidth, queries.upperBound, sums.isNew.query ? 1 : 0, nil,
            0)
        // These queries are the first that see their own rows.
        let isFirst = sums.isNew.rows && queryHead % (heads / call.keys.tensor.shape[1]) == 0
        for (rows, isNew) in [(0..<queries.lowerBound, false), (queries, isFirst)] {
            addToRows(rows, q, m, isNew)
        }
    }

    /// dv += pᵀ·dy and dk += dsᵀ·q, for `rows`, of the m queries whose first is at `q`.
    private func addToRows(_ rows: Range<Int>, _ q: Int, _ m: Int, _ isNew: Bool) {
        guard !rows.isEmpty else { return }
        let (panel, start) = (AttentionKernels.panel, rows.lowerBound)
        loops.kernels.table.multiply(
            isobath_left(weights + start, stride: 1, step: size.rows), shares, size.valueWidth, panel,
            sums.values.mutableAddress + valueStart + start * call.values.stride, call.values.stride, rows.count,
            size.valueWidth, m, isNew ? 1 : 0, nil, 0)
        loops.kernels.table.multiply(
            isobath_left(slopes + start, stride: 1, step: size.rows), call.query.address + q, heads * size.keyWidth,
            panel,
            sums.keys.mutableAddress + keyStart + start * call.keys.stride, call.keys.stride, rows.count,
            size.keyWidth, m, isNew ? 1 : 0, nil, 0)
    }

    /// target [m, seen] = rows · packed rows.
    private func score(
        _ rows: UnsafePointer<Float>, _ stride: Int, _ packed: UnsafePointer<Float>, _ width: Int, _ m: Int,
        _ seen: Int, into target: UnsafeMutablePointer<Float>
    ) {
        let panel = AttentionKernels.panel
        loops.kernels.table.multiply(
            isobath_left(rows, stride: stride), packed, panel, panel * width, target, size.rows, m, seen, width, 1, nil,
            0)
    }

    /// Scores of one query to weights, and dp to ds; zeros for rows that it does not see.
    private func soften(_ row: Int, _ query: Int, _ seen: Int, _ dy: UnsafePointer<Float>) {
        let (p, dp, count) = (weights + row * size.rows, slopes + row * size.rows, query + 1)
        let most = loops.kernels.largest(p, times: call.scale, count: count)
        let total = loops.kernels.exponentials(p, times: call.scale, from: most, into: p, count: count)
        let share = Float(1 / total)
        let sum = share * loops.floats.dot(p, dp, count: count)
        loops.kernels.table.soft_gradients(p, dp, sum, call.scale * share, dp, count)
        (p + count).update(repeating: 0, count: seen - count)
        (dp + count).update(repeating: 0, count: seen - count)
        let target = shares + row * size.valueWidth
        for i in 0..<size.valueWidth { target[i] = share * dy[i] }
    }
}

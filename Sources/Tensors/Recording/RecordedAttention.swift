import Foundation

extension RecordingOperations {
    package func attention(
        _ query: Tensor, keys: PagedRows, values: PagedRows, scale: Float, firstPosition: Int
    ) -> Tensor {
        precondition(firstPosition == 0, "a recorded sequence is one span without a cache")
        let attended = base.attention(query, keys: keys, values: values, scale: scale, firstPosition: 0)
        let back = AttentionGradient(query: query, keys: RowView(keys), values: RowView(values), scale: scale)
        return tape.record(attended) { dy, gradients in back.add(dy, to: gradients) }
    }

    /// As products and attention that are recorded each.
    package func expandedAttention(
        _ query: Tensor, _ latents: PagedRows, _ expansion: LatentExpansion, scale: Float, firstPosition: Int
    ) -> Tensor {
        let rows = RowView(latents).tensor
        let latent = columns(rows, 0..<expansion.latentSize)
        let rotary = columns(rows, expansion.latentSize..<latents.width)
        let keys = join(headwiseLinear(latent, expansion.keys), rotary)
        let values = headwiseLinear(latent, expansion.values)
        return attention(
            query, keys: PagedRows(keys), values: PagedRows(values), scale: scale, firstPosition: firstPosition)
    }
}

/// The rows of a step's own keys or values, as the tensor that they are.
private struct RowView {
    /// [t, heads, stride].
    let tensor: Tensor
    /// Values of an entry that take part.
    let width: Int

    init(_ rows: PagedRows) {
        precondition(rows.pages.count == 1 && rows.elementType == .f32, "rows of a step without a cache are one page")
        guard
            let tensor = Tensor(
                storage: rows.pages[0], byteOffset: rows.byteOffset, elementType: .f32,
                shape: [rows.rowsPerPage, rows.heads, rows.headStride])
        else { preconditionFailure("a page holds its rows") }
        self.tensor = tensor
        width = rows.width
    }
}

/// Attention backwards: with p = softmax(scale · q·kᵀ) and y = p·v, for every query and head,
/// dv = pᵀ·dy, dp = dy·vᵀ, ds = p · (dp − Σ p·dp), dq = scale · ds·k and dk = scale · dsᵀ·q.
///
/// O(n² · heads · width) time; a row of p at a time is in memory.
private struct AttentionGradient {
    let query: Tensor
    let keys: RowView
    let values: RowView
    let scale: Float

    func add(_ dy: Tensor, to gradients: Gradients) {
        let (dq, dk, dv) = (gradients[query], gradients[keys.tensor], gradients[values.tensor])
        let (n, heads) = (query.shape[0], query.shape[1])
        for head in 0..<heads {
            for row in 0..<n { add(row, head, dy, dq, dk, dv) }
        }
    }

    private func add(_ row: Int, _ head: Int, _ dy: Tensor, _ dq: Tensor, _ dk: Tensor, _ dv: Tensor) {
        let place = row * query.shape[1] + head
        let (q, y) = (place * keys.width, place * values.width)
        let p = probabilities(row, head)
        var (dp, sum) = ([Float](repeating: 0, count: p.count), 0.0)
        for other in p.indices {
            let v = start(values, other, head)
            dp[other] = dot(dy, y, values.tensor, v, values.width)
            sum += Double(p[other]) * Double(dp[other])
            add(dv, v, dy, y, values.width, by: p[other])
        }
        for other in p.indices {
            let k = start(keys, other, head)
            let ds = scale * p[other] * (dp[other] - Float(sum))
            add(dq, q, keys.tensor, k, keys.width, by: ds)
            add(dk, k, query, q, keys.width, by: ds)
        }
    }

    /// How much query `row` looks at each row up to its own.
    private func probabilities(_ row: Int, _ head: Int) -> [Float] {
        let q = (row * query.shape[1] + head) * keys.width
        let scores = (0...row).map { Double(scale * dot(query, q, keys.tensor, start(keys, $0, head), keys.width)) }
        let largest = scores.max() ?? 0
        let powers = scores.map { exp($0 - largest) }
        let sum = powers.reduce(0, +)
        return powers.map { Float($0 / sum) }
    }

    /// Where a row's entry for a query head begins.
    private func start(_ rows: RowView, _ row: Int, _ head: Int) -> Int {
        let shape = rows.tensor.shape
        return (row * shape[1] + head / (query.shape[1] / shape[1])) * shape[2]
    }

    private func dot(_ a: Tensor, _ i: Int, _ b: Tensor, _ j: Int, _ count: Int) -> Float {
        a.withFloats { a in
            b.withFloats { b in (0..<count).reduce(Float(0)) { $0 + a[i + $1] * b[j + $1] } }
        }
    }

    private func add(_ sums: Tensor, _ i: Int, _ rows: Tensor, _ j: Int, _ count: Int, by factor: Float) {
        rows.withFloats { rows in
            sums.withMutableFloats { sums in
                for offset in 0..<count { sums[i + offset] += factor * rows[j + offset] }
            }
        }
    }
}

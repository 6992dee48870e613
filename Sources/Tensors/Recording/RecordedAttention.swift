extension RecordingOperations {
    package func attention(
        _ query: Tensor, keys: PagedRows, values: PagedRows, scale: Float, firstPosition: Int
    ) -> Tensor {
        precondition(firstPosition == 0, "a recorded sequence is one span without a cache")
        let attended = base.attention(query, keys: keys, values: values, scale: scale, firstPosition: 0)
        let back = AttentionGradient(query: query, keys: RowView(keys), values: RowView(values), scale: scale)
        return tape.record(attended) { [loops] dy, gradients in back.add(dy, to: gradients, loops) }
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
struct RowView {
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

    /// Whether it is `count` rows, of which all columns take part.
    func isWhole(_ count: Int) -> Bool { tensor.shape[0] == count && tensor.shape[2] == width }

    /// Floats from one row to the next.
    var stride: Int { tensor.shape[1] * tensor.shape[2] }
}

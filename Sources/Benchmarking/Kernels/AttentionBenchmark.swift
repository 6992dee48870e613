import Tensors

/// Heads and widths of an attention that a released model has.
struct AttentionShape {
    /// What keys and values of the heads are made from.
    enum Source {
        /// Rows of their own.
        case rows
        /// One row for all heads, the first part of which is the values.
        case sharedRow
        /// Latents of so many values with a rotary part beside them, which are expanded on the way.
        case latents(Int)
    }

    let name: String
    let heads: Int
    let keyHeads: Int
    let keyWidth: Int
    let valueWidth: Int
    let source: Source

    static let all = [
        AttentionShape(
            name: "grouped", heads: 12, keyHeads: 2, keyWidth: 128, valueWidth: 128, source: .rows),
        AttentionShape(
            name: "latent", heads: 16, keyHeads: 1, keyWidth: 576, valueWidth: 512, source: .sharedRow),
        AttentionShape(
            name: "expanded", heads: 16, keyHeads: 16, keyWidth: 192, valueWidth: 128, source: .rows),
        AttentionShape(
            name: "expanding", heads: 16, keyHeads: 16, keyWidth: 192, valueWidth: 128,
            source: .latents(512)),
    ]

    /// "grouped 12/2 × 128": heads of queries and keys, and widths of keys and values.
    var description: String {
        let heads = keyHeads == self.heads || keyHeads == 1 ? "\(self.heads)" : "\(self.heads)/\(keyHeads)"
        let widths = keyWidth == valueWidth ? "\(keyWidth)" : "\(keyWidth)/\(valueWidth)"
        return "\(name) \(heads) × \(widths)"
    }

    /// Width of the rotary part.
    static let rotaryWidth = 64

    /// The ways to compute it over a cache of `type` that differ.
    func arithmetics(_ type: ElementType) -> [Arithmetic] {
        switch source {
        case .latents, .sharedRow: type == .f32 ? [.exact] : [.exact, .eightBit]
        case .rows: type == .q8_0 ? [.exact, .eightBit] : [.exact]
        }
    }
}

extension KernelBenchmark {
    /// Those of the plan.
    var attentionShapes: [AttentionShape] { AttentionShape.all.filter { plan.attentions.contains($0.name) } }

    func attentions(
        _ type: ElementType, depth: Int, _ pool: ThreadPool, _ add: (() -> KernelResult) -> Void
    ) {
        for shape in attentionShapes {
            let cache = cache(shape, type, depth)
            for arithmetic in shape.arithmetics(type) {
                let operations = CPUOperations(kernels: kernels, pool: pool, arithmetic: arithmetic)
                for rows in plan.rows where rows <= depth {
                    add { attention(shape, cache, rows: rows, depth: depth, operations, pool, arithmetic) }
                }
            }
        }
    }

    /// `rows` queries at the end of `depth` tokens.
    private func attention(
        _ shape: AttentionShape, _ cache: Cache, rows: Int, depth: Int, _ operations: CPUOperations,
        _ pool: ThreadPool, _ arithmetic: Arithmetic
    ) -> KernelResult {
        let query = noise([rows, shape.heads, shape.keyWidth])
        let times = times {
            _ = cache.attention(operations, query, scale: 0.1, firstPosition: depth - rows)
        }
        let seen = (0..<rows).reduce(0) { $0 + depth - rows + $1 + 1 } * (shape.keyWidth + shape.valueWidth)
        let expanded = cache.expansion.map { depth * $0.latentSize * ($0.keys.outputs + $0.values.outputs) } ?? 0
        return KernelResult(
            kind: .attention, type: cache.keys.elementType.rawValue.lowercased(),
            shape: "\(shape.description) over \(depth)", rows: rows, threads: pool.threads,
            arithmetic: arithmetic == .exact ? "exact" : "8-bit", microseconds: times,
            gbPerS: Double(depth * cache.rowBytes) / times.median / 1e3,
            gopPerS: 2 * Double(shape.heads * (seen + expanded)) / times.median / 1e3)
    }

    private func cache(_ shape: AttentionShape, _ type: ElementType, _ depth: Int) -> Cache {
        switch shape.source {
        case .rows:
            return Cache(
                keys: rows(type, depth, heads: shape.keyHeads, width: shape.keyWidth),
                values: rows(type, depth, heads: shape.keyHeads, width: shape.valueWidth), expansion: nil)
        case .sharedRow:
            let keys = rows(type, depth, heads: shape.keyHeads, width: shape.keyWidth)
            return Cache(keys: keys, values: keys.narrowed(to: shape.valueWidth), expansion: nil)
        case .latents(let size):
            let keys = rows(type, depth, heads: 1, width: size + AttentionShape.rotaryWidth)
            let outputs = (shape.keyWidth - AttentionShape.rotaryWidth, shape.valueWidth)
            return Cache(keys: keys, values: nil, expansion: expansion(shape.heads, latentSize: size, outputs))
        }
    }

    /// In Q8_0, as GGUF files keep these matrices in many recipes.
    private func expansion(_ heads: Int, latentSize: Int, _ outputs: (keys: Int, values: Int)) -> LatentExpansion? {
        let matrices = { (outputs: Int) in
            (0..<heads).compactMap { _ in RandomWeights.make(.q8_0, rows: outputs, columns: latentSize) }
        }
        let (keys, values) = (matrices(outputs.keys), matrices(outputs.values))
        guard keys.count == heads, values.count == heads else { return nil }
        return LatentExpansion(
            keys: HeadwiseWeight(keys, .outputsByInputs), values: HeadwiseWeight(values, .outputsByInputs))
    }

    private func rows(_ type: ElementType, _ count: Int, heads: Int, width: Int) -> PagedRows {
        let rowsPerPage = 64
        let rowBytes = PagedRows.rowBytes(type, values: heads * width) ?? 0
        let pages = (0..<(count + rowsPerPage - 1) / rowsPerPage).map { _ in
            Storage(byteCount: rowBytes * rowsPerPage)
        }
        let rows = PagedRows(
            pages: pages, byteOffset: 0, rowsPerPage: rowsPerPage, elementType: type, heads: heads, headStride: width,
            width: width)
        rows.store(noise([count, heads, width]), at: 0)
        return rows
    }
}

/// What queries look at.
private struct Cache {
    let keys: PagedRows
    /// `nil` where they are expanded.
    let values: PagedRows?
    let expansion: LatentExpansion?

    /// Bytes of a token: each once a call.
    var rowBytes: Int {
        let isShared = values.map { $0.rowBytes == keys.rowBytes && $0.pages.first === keys.pages.first } ?? true
        return keys.rowBytes + (isShared ? 0 : values?.rowBytes ?? 0)
    }

    func attention(_ operations: CPUOperations, _ query: Tensor, scale: Float, firstPosition: Int) -> Tensor {
        if let values {
            return operations.attention(
                query, keys: keys, values: values, scale: scale, firstPosition: firstPosition)
        }
        guard let expansion else { preconditionFailure("what has no values expands them") }
        return operations.expandedAttention(query, keys, expansion, scale: scale, firstPosition: firstPosition)
    }
}

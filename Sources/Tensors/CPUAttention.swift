// Rotation, and attention over paged rows.

extension CPUOperations {
    package func rotate(_ x: Tensor, _ rotation: Rotation) -> Tensor {
        let (heads, half) = (x.shape[1], x.shape[2] / 2)
        precondition(x.shape.rank == 3 && rotation.cosines.shape == [x.shape[0], half])
        return rotation.cosines.withFloats { cosines in
            rotation.sines.withFloats { sines in
                numberedRows(x, width: x.shape.width, cost: 2) { row, input, output in
                    _ = output.update(fromContentsOf: input)
                    let angle = row / heads * half
                    for i in 0..<half {
                        let (first, second) = rotation.pairing == .adjacent ? (2 * i, 2 * i + 1) : (i, i + half)
                        let (c, s) = (cosines[angle + i], sines[angle + i])
                        output[first] = input[first] * c - input[second] * s
                        output[second] = input[second] * c + input[first] * s
                    }
                }
            }
        }
    }

    package func attention(
        _ query: Tensor, keys: PagedRows, values: PagedRows, scale: Float, firstPosition: Int
    ) -> Tensor {
        let (n, heads) = (query.shape[0], query.shape[1])
        precondition(query.shape[2] == keys.width && heads % keys.heads == 0 && keys.heads == values.heads)
        let seen = firstPosition + n
        let keyRows = floatRows(keys, seen)
        let valueRows = values.hasSameRows(as: keys) ? keyRows : floatRows(values, seen)
        let call = Attention(
            kernels: kernels, scale: scale, keys: keyRows, values: valueRows, keyWidth: keys.width,
            valueWidth: values.width)
        let work = seen * (keys.width + values.width + 16)
        return fill([n, heads, values.width], from: query) { input, output in
            // Head after head, since later queries look at more rows: so threads get equal shares.
            pool.parallel(count: n * heads, grain: grain(cost: work)) { range in
                withUnsafeTemporaryAllocation(of: Float.self, capacity: seen) { scores in
                    for item in range {
                        let (head, i) = (item / n, item % n)
                        let shared = head / (heads / keys.heads)
                        let scores = UnsafeMutableBufferPointer(rebasing: scores[..<(firstPosition + i + 1)])
                        guard let row = input.baseAddress, let result = output.baseAddress else { return }
                        call.score(row + (i * heads + head) * keys.width, shared, scores)
                        softmax(scores)
                        call.mix(scores, shared, result + (i * heads + head) * values.width)
                    }
                }
            }
        }
    }

    /// The first `count` rows as f32: where they lie, or decoded into memory of their own.
    private func floatRows(_ rows: PagedRows, _ count: Int) -> FloatRows {
        precondition(count <= rows.pages.count * rows.rowsPerPage, "rows that the pages hold")
        guard rows.elementType != .f32 || rows.byteOffset % 4 != 0 else { return FloatRows(rows) }
        let width = rows.storedWidth
        let decoded = Tensor(uninitialized: [count, width])
        decoded.withMutableFloats { output in
            pool.parallel(count: count, grain: grain(cost: 2 * width)) { range in
                for row in range {
                    let target = UnsafeMutableBufferPointer(rebasing: output[row * width..<(row + 1) * width])
                    decodeValues(rows.address(ofRow: row), rows.elementType, into: target)
                }
            }
        }
        return FloatRows(decoded, headStride: rows.headStride)
    }
}

/// f32 rows in pages of equal size, in memory that does not change while they are looked at.
private struct FloatRows {
    private let pages: [Storage]
    private let floatOffset: Int
    let rowsPerPage: Int
    /// Floats from one row to the next.
    let stride: Int
    /// Floats from one head to the next.
    let headStride: Int

    init(_ rows: PagedRows) {
        pages = rows.pages
        floatOffset = rows.byteOffset / 4
        rowsPerPage = rows.rowsPerPage
        stride = rows.storedWidth
        headStride = rows.headStride
    }

    init(_ decoded: Tensor, headStride: Int) {
        pages = [decoded.storage]
        floatOffset = 0
        rowsPerPage = decoded.shape[0]
        stride = decoded.shape[1]
        self.headStride = headStride
    }

    /// Calls `body` for each page with a part in rows `0..<count`: those rows, and where head `head` of the first lies.
    func forEachPage(_ count: Int, head: Int, _ body: (Range<Int>, UnsafePointer<Float>) -> Void) {
        for (index, page) in pages.enumerated() where index * rowsPerPage < count {
            let start = index * rowsPerPage
            // Safe: PagedRows checked that each page holds `rowsPerPage` rows, of heads · headStride floats.
            let base = page.base.assumingMemoryBound(to: Float.self) + floatOffset + head * headStride
            body(start..<min(start + rowsPerPage, count), base)
        }
    }
}

/// What one query of one head does.
private struct Attention {
    let kernels: FloatKernels
    let scale: Float
    let keys: FloatRows
    let values: FloatRows
    let keyWidth: Int
    let valueWidth: Int

    /// `scores[j]` = scale · query · key j.
    func score(_ query: UnsafePointer<Float>, _ head: Int, _ scores: UnsafeMutableBufferPointer<Float>) {
        guard let target = scores.baseAddress else { return }
        keys.forEachPage(scores.count, head: head) { rows, base in
            kernels.dotRow(
                query, base, activationStride: keys.stride, rows: rows.count, count: keyWidth,
                into: target + rows.lowerBound, outputStride: 1)
        }
        for row in scores.indices { scores[row] *= scale }
    }

    /// `output` = Σ weights[j] · value j, in the order of the rows.
    func mix(
        _ weights: UnsafeMutableBufferPointer<Float>, _ head: Int, _ output: UnsafeMutablePointer<Float>
    ) {
        output.update(repeating: 0, count: valueWidth)
        values.forEachPage(weights.count, head: head) { rows, base in
            for row in rows {
                let value = base + (row - rows.lowerBound) * values.stride
                kernels.addScaled(weights[row], value, to: output, count: valueWidth)
            }
        }
    }
}

extension PagedRows {
    /// Whether both are views of the same stored rows.
    fileprivate func hasSameRows(as other: PagedRows) -> Bool {
        byteOffset == other.byteOffset && rowBytes == other.rowBytes && elementType == other.elementType
            && headStride == other.headStride && pages.count == other.pages.count
            && zip(pages, other.pages).allSatisfy { $0 === $1 }
    }
}

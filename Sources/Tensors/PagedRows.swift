/// What attention looks at: a growing list of rows, kept in pages of equal size, in any cache element type.
///
/// A row holds `heads` entries of `headStride` values; of each entry, the first `width` take part. That way the latent
/// of DeepSeek-V2's attention serves as key (with its rotary part) and as value (without) from one and the same row.
package struct PagedRows: Sendable {
    package let pages: [Storage]
    /// Where the rows start inside each page.
    package let byteOffset: Int
    package let rowBytes: Int
    package let rowsPerPage: Int
    package let elementType: ElementType
    package let heads: Int
    package let headStride: Int
    package let width: Int

    /// - Precondition: a row is a whole number of blocks, and every page holds `rowsPerPage` rows from `byteOffset`.
    package init(
        pages: [Storage], byteOffset: Int, rowsPerPage: Int, elementType: ElementType,
        heads: Int, headStride: Int, width: Int
    ) {
        guard let rowBytes = PagedRows.rowBytes(elementType, values: heads * headStride) else {
            preconditionFailure("a cache row is a whole number of blocks")
        }
        precondition(width <= headStride && pages.allSatisfy { $0.byteCount >= byteOffset + rowsPerPage * rowBytes })
        self.pages = pages
        self.byteOffset = byteOffset
        self.rowBytes = rowBytes
        self.rowsPerPage = rowsPerPage
        self.elementType = elementType
        self.heads = heads
        self.headStride = headStride
        self.width = width
    }

    /// A tensor [n, heads, d] as one page: attention over keys that were just computed.
    package init(_ tensor: Tensor) {
        precondition(tensor.elementType == .f32 && tensor.shape.rank == 3)
        self.init(
            pages: [tensor.storage], byteOffset: tensor.byteOffset, rowsPerPage: tensor.shape[0], elementType: .f32,
            heads: tensor.shape[1], headStride: tensor.shape[2], width: tensor.shape[2])
    }

    /// Bytes of a row of `values` values; block formats round up to whole blocks.
    package static func rowBytes(_ elementType: ElementType, values: Int) -> Int? {
        let block = elementType.valuesPerBlock
        return elementType.byteCount(ofRowWithWidth: (values + block - 1) / block * block)
    }

    /// Values of a row as stored, padding included.
    var storedWidth: Int { rowBytes / elementType.bytesPerBlock * elementType.valuesPerBlock }

    /// The address of row `index`; valid while the pages live.
    func address(ofRow index: Int) -> UnsafeMutableRawPointer {
        // Safe: the page index is checked by the array, and init checked that the page holds all its rows.
        pages[index / rowsPerPage].base + byteOffset + index % rowsPerPage * rowBytes
    }

    /// Rows `range` as an f32 tensor [count, heads, width], decoded.
    package func decoded(_ range: Range<Int>) -> Tensor {
        let result = Tensor(uninitialized: [range.count, heads, width])
        result.withMutableFloats { output in
            guard let output = output.baseAddress else { return }
            // Entries without gaps between them are the result as they are.
            if heads * width == storedWidth { return decode(range, into: output) }
            withUnsafeTemporaryAllocation(of: Float.self, capacity: storedWidth) { row in
                guard let row = row.baseAddress else { return }
                for (place, index) in range.enumerated() {
                    decode(index..<index + 1, into: row)
                    for head in 0..<heads {
                        (output + (place * heads + head) * width).update(from: row + head * headStride, count: width)
                    }
                }
            }
        }
        return result
    }

    /// The first `count` rows as the tensor that they are, [count, heads, stride]: a view, no copy; `nil` where they are not
    /// f32 or lie in several pages.
    func tensor(of count: Int) -> Tensor? {
        guard elementType == .f32, let page = pages.first, count <= rowsPerPage else { return nil }
        return Tensor(
            storage: page, byteOffset: byteOffset, elementType: .f32, shape: Shape(count, heads, headStride))
    }

    /// Whole rows one after another, padding included, into room for that many floats.
    private func decode(_ range: Range<Int>, into target: UnsafeMutablePointer<Float>) {
        precondition(range.upperBound <= pages.count * rowsPerPage, "rows that the pages hold")
        var row = range.lowerBound
        while row < range.upperBound {
            let end = min((row / rowsPerPage + 1) * rowsPerPage, range.upperBound)
            // Safe: rows up to `end` lie in the page of `row`, and the caller vouches for the room.
            AttentionKernels.fastest.decode(
                address(ofRow: row), elementType, rowBytes: rowBytes, rows: end - row,
                into: target + (row - range.lowerBound) * storedWidth, count: storedWidth)
            row = end
        }
    }

    /// Writes the entries of `x` [n, heads, headStride] as rows from `first` on.
    /// - Precondition: the pages belong to one sequence alone and have room.
    package func store(_ x: Tensor, at first: Int) {
        let (count, width) = (x.shape[0], heads * headStride)
        precondition(x.shape.count == count * width && first + count <= pages.count * rowsPerPage)
        x.withFloats { values in
            withUnsafeTemporaryAllocation(of: Float.self, capacity: storedWidth) { padded in
                padded.initialize(repeating: 0)
                for row in 0..<count {
                    for column in 0..<width { padded[column] = values[row * width + column] }
                    encodeValues(UnsafeBufferPointer(padded), elementType, to: address(ofRow: first + row))
                }
            }
        }
    }
}

extension PagedRows {
    /// The same rows, of which only the first `width` values of each head take part.
    package func narrowed(to width: Int) -> PagedRows {
        PagedRows(
            pages: pages, byteOffset: byteOffset, rowsPerPage: rowsPerPage, elementType: elementType, heads: heads,
            headStride: headStride, width: width)
    }
}

import CKernels

// Products in 8 bits: activations are quantized once a call, then weight rows pass by as they are stored.

extension CPUOperations {
    /// The kernels for a weight, or `nil` if its type has none.
    func integerKernels(of weight: Weight) -> IntegerKernels? {
        weight.columns == 0 ? nil : IntegerKernels(weight.elementType, form: kernels.form)
    }

    /// Calls `body` with the rows of activations at `input` in 8 bits, in the layout that each type among `weights`
    /// is multiplied with.
    func withQuantized(
        _ input: UnsafePointer<Float>, rows: Int, inputs: Int, for weights: [Weight],
        _ body: (QuantizedActivations) -> Void
    ) {
        let types = weights.reduce(into: [ElementType]()) { types, weight in
            if !types.contains(weight.elementType) { types.append(weight.elementType) }
        }
        let kernels = types.compactMap { IntegerKernels($0, form: self.kernels.form) }
        let sizes = kernels.map { QuantizedRows.byteCount(rows: rows, width: inputs, $0) }
        withUnsafeTemporaryAllocation(byteCount: sizes.reduce(0, +), alignment: 64) { memory in
            guard var start = memory.baseAddress else { return }
            var layouts: [QuantizedRows] = []
            for (kernels, size) in zip(kernels, sizes) {
                layouts.append(QuantizedRows(width: inputs, kernels: kernels, memory: start))
                start += size
            }
            pool.parallel(count: rows * layouts.count, grain: grain(cost: 4 * inputs)) { range in
                for index in range {
                    layouts[index / rows].quantize(input + index % rows * inputs, row: index % rows)
                }
            }
            body(QuantizedActivations(types: types, layouts: layouts))
        }
    }

    /// Outputs `range` of one product.
    /// - Parameter next: where the weight rows begin that are most likely wanted then, which are asked for meanwhile.
    func multiply(
        _ product: Product, _ range: Range<Int>, _ quantized: QuantizedActivations, next: UnsafeRawPointer? = nil
    ) {
        let x = quantized[product.weight.elementType]
        if let tiles = x.kernels.tiles(forRows: product.rows) { return multiply(product, range, x, tiles, next) }
        let tensor = product.weight.tensor
        // Safe: Tensor.init checked that all rows lie inside the storage, and `range` is within them.
        let weights = tensor.bytes + range.lowerBound * tensor.rowBytes
        for row in 0..<product.rows {
            x.kernels.multiply(
                weights, rowBytes: tensor.rowBytes, rows: range.count,
                x[product.firstRow + row * product.rowStride], count: x.width,
                into: product.output + row * product.outputStride + range.lowerBound,
                next: row + 1 < product.rows ? weights : next)
        }
    }

    // MARK: Tiles

    /// Values of a row that are multiplied at a time: tiles of a few rows of the weight fit the second cache.
    private static let segment = 2048
    /// The same where a tile passes by all rows of activations at once, and need not stay there with others.
    private static let longSegment = 8192
    /// Rows of activations that pass by all tiles of a segment together.
    private static let columnsAtOnce = 48

    /// As above, with the weight rows unpacked once for all rows of activations, segment by segment.
    private func multiply(
        _ product: Product, _ range: Range<Int>, _ x: QuantizedRows, _ tiles: IntegerTiles, _ next: UnsafeRawPointer?
    ) {
        // Memory is read fastest from one end of the rows to the other.
        let isShort = product.rows <= CPUOperations.columnsAtOnce
        let segment = min(isShort ? CPUOperations.longSegment : CPUOperations.segment, x.width)
        let rows = isShort ? tiles.rows : range.count
        let byteCount = tiles.byteCount(values: segment) * ((rows - 1) / tiles.rows + 1)
        withUnsafeTemporaryAllocation(byteCount: byteCount, alignment: 64) { memory in
            guard let memory = memory.baseAddress else { return }
            for row in stride(from: range.lowerBound, to: range.upperBound, by: rows) {
                let some = row..<min(row + rows, range.upperBound)
                let follows = some.upperBound < range.upperBound
                let then = follows ? product.weight.firstByte(ofRow: some.upperBound) : next
                for start in stride(from: 0, to: x.width, by: segment) {
                    let values = start..<min(start + segment, x.width)
                    // What follows these rows comes after their last segment.
                    let isLast = values.upperBound == x.width
                    unpack(product.weight.tensor, some, values, tiles, memory, next: isLast ? then : nil)
                    multiply(product, some, x, values, tiles, memory)
                }
            }
        }
    }

    private func unpack(
        _ weight: Tensor, _ range: Range<Int>, _ values: Range<Int>, _ tiles: IntegerTiles,
        _ memory: UnsafeMutableRawPointer, next: UnsafeRawPointer?
    ) {
        let type = weight.elementType
        let skipped = values.lowerBound / type.valuesPerBlock * type.bytesPerBlock
        for (place, row) in stride(from: range.lowerBound, to: range.upperBound, by: tiles.rows).enumerated() {
            // Safe: Tensor.init checked that all rows lie inside the storage; `range` and `values` are within them, and
            // the memory has room for a tile for every `tiles.rows` rows of the range.
            let source = (weight.bytes + row * weight.rowBytes + skipped).assumingMemoryBound(to: UInt8.self)
            let target = memory + place * tiles.byteCount(values: values.count)
            let isLast = row + tiles.rows >= range.upperBound
            tiles.table.unpack(
                source, weight.rowBytes, min(tiles.rows, range.upperBound - row), values.count,
                target.assumingMemoryBound(to: UInt8.self),
                isLast ? next?.assumingMemoryBound(to: UInt8.self) : source + tiles.rows * weight.rowBytes)
        }
    }

    /// All rows of activations with all tiles of a segment.
    private func multiply(
        _ product: Product, _ range: Range<Int>, _ x: QuantizedRows, _ values: Range<Int>, _ tiles: IntegerTiles,
        _ memory: UnsafeMutableRawPointer
    ) {
        for row in stride(from: 0, to: product.rows, by: CPUOperations.columnsAtOnce) {
            let some = row..<min(row + CPUOperations.columnsAtOnce, product.rows)
            multiply(product, range, x, rows: some, values, tiles, memory)
        }
    }

    /// Rows `rows` of activations with all tiles of a segment.
    private func multiply(
        _ product: Product, _ range: Range<Int>, _ x: QuantizedRows, rows: Range<Int>, _ values: Range<Int>,
        _ tiles: IntegerTiles, _ memory: UnsafeMutableRawPointer
    ) {
        var first = x[product.firstRow + rows.lowerBound * product.rowStride, from: values.lowerBound]
        for (place, row) in stride(from: range.lowerBound, to: range.upperBound, by: tiles.rows).enumerated() {
            let tile = memory + place * tiles.byteCount(values: values.count)
            tiles.table.multiply(
                tile.assumingMemoryBound(to: UInt8.self), min(tiles.rows, range.upperBound - row), &first,
                product.rowStride * x.stride, rows.count, values.count, values.lowerBound > 0 ? 1 : 0,
                product.output + rows.lowerBound * product.outputStride + row, product.outputStride)
        }
    }
}

/// Rows of activations in 8 bits, laid out for each of a few weight types.
struct QuantizedActivations {
    let types: [ElementType]
    let layouts: [QuantizedRows]

    /// The layout for weights of `type`, which is that of one of the weights.
    subscript(type: ElementType) -> QuantizedRows {
        for (index, known) in types.enumerated() where known == type { return layouts[index] }
        preconditionFailure("activations are quantized for every type among the weights")
    }
}

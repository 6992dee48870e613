import CKernels

// Products in 8 bits: activations are quantized once a call, then weight rows pass by as they are stored.

extension CPUOperations {
    /// Weight rows that a thread takes at a time: a multiple of the eight that the kernels take together.
    private static let rowsAtOnce = 32

    /// The kernels for all these products, or `nil` if they are to be computed exactly.
    func integerKernels(for products: [Product]) -> IntegerKernels? {
        guard arithmetic == .eightBit, let weight = products.first?.weight, weight.columns >= leastIntegerWidth else {
            return nil
        }
        let type = weight.elementType
        // Experts of one layer may be stored in different formats; such a call is rare enough to stay exact.
        guard products.allSatisfy({ $0.weight.elementType == type }) else { return nil }
        return IntegerKernels(type, form: kernels.form)
    }

    /// As `multiply`, for `rows` rows of activations at `input`.
    func multiply(
        _ products: [Product], _ input: UnsafePointer<Float>, rows: Int, inputs: Int, _ integer: IntegerKernels
    ) {
        let byteCount = QuantizedRows.byteCount(rows: rows, width: inputs, block: integer.block)
        withUnsafeTemporaryAllocation(byteCount: byteCount, alignment: 64) { memory in
            guard let start = memory.baseAddress else { return }
            let quantized = QuantizedRows(width: inputs, block: integer.block, memory: start)
            pool.parallel(count: rows, grain: grain(cost: 4 * inputs)) { range in
                for row in range { quantized.quantize(input + row * inputs, row: row) }
            }
            multiply(products, quantized, integer)
        }
    }

    private func multiply(_ products: [Product], _ x: QuantizedRows, _ integer: IntegerKernels) {
        let outputs = products[0].weight.rows
        let chunks = (outputs - 1) / CPUOperations.rowsAtOnce + 1
        let work = x.width * CPUOperations.rowsAtOnce * products.reduce(0) { $0 + $1.rows } / products.count / 8
        pool.parallelChunks(count: products.count * chunks, grain: grain(cost: work)) { chunk in
            let start = chunk % chunks * CPUOperations.rowsAtOnce
            multiply(
                products[chunk / chunks], start..<min(start + CPUOperations.rowsAtOnce, outputs), x, integer)
        }
    }

    /// Outputs `range` of one product.
    private func multiply(_ product: Product, _ range: Range<Int>, _ x: QuantizedRows, _ integer: IntegerKernels) {
        if let tiles = integer.tiles(forRows: product.rows) { return multiply(product, range, x, tiles) }
        let tensor = product.weight.tensor
        // Safe: Tensor.init checked that all rows lie inside the storage, and `range` is within them.
        let weights = tensor.bytes + range.lowerBound * tensor.rowBytes
        for row in 0..<product.rows {
            integer.multiply(
                weights, rowBytes: tensor.rowBytes, rows: range.count,
                x[product.firstRow + row * product.rowStride], count: x.width,
                into: product.output + row * product.outputStride + range.lowerBound)
        }
    }

    // MARK: Tiles

    /// Values of a row that are multiplied at a time: those of a few rows of activations fit the first cache, a tile
    /// of them and its neighbours the second.
    private static let segment = 2048
    /// Rows of activations that pass by all tiles of a segment while they are in the first cache.
    private static let columnsAtOnce = 8

    /// As above, with the weight rows unpacked once for all rows of activations, segment by segment.
    private func multiply(_ product: Product, _ range: Range<Int>, _ x: QuantizedRows, _ tiles: IntegerTiles) {
        let segment = min(CPUOperations.segment, x.width)
        let byteCount = tiles.byteCount(values: segment) * ((range.count - 1) / tiles.rows + 1)
        withUnsafeTemporaryAllocation(byteCount: byteCount, alignment: 64) { memory in
            guard let memory = memory.baseAddress else { return }
            for start in stride(from: 0, to: x.width, by: segment) {
                let values = start..<min(start + segment, x.width)
                unpack(product.weight.tensor, range, values, tiles, memory)
                for row in stride(from: 0, to: product.rows, by: CPUOperations.columnsAtOnce) {
                    let some = row..<min(row + CPUOperations.columnsAtOnce, product.rows)
                    multiply(product, range, x, rows: some, values, tiles, memory)
                }
            }
        }
    }

    private func unpack(
        _ weight: Tensor, _ range: Range<Int>, _ values: Range<Int>, _ tiles: IntegerTiles,
        _ memory: UnsafeMutableRawPointer
    ) {
        let type = weight.elementType
        let skipped = values.lowerBound / type.valuesPerBlock * type.bytesPerBlock
        for (place, row) in stride(from: range.lowerBound, to: range.upperBound, by: tiles.rows).enumerated() {
            // Safe: Tensor.init checked that all rows lie inside the storage; `range` and `values` are within them, and
            // the memory has room for a tile for every `tiles.rows` rows of the range.
            let source = (weight.bytes + row * weight.rowBytes + skipped).assumingMemoryBound(to: UInt8.self)
            let target = memory + place * tiles.byteCount(values: values.count)
            tiles.table.unpack(
                source, weight.rowBytes, min(tiles.rows, range.upperBound - row), values.count,
                target.assumingMemoryBound(to: UInt8.self))
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

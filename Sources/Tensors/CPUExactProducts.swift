// Exact products with weights: a weight's row is decoded once and multiplied with every row of activations that wants it.

extension CPUOperations {
    package func rows(_ indices: [Int32], of table: Weight) -> Tensor {
        let result = Tensor(uninitialized: [indices.count, table.columns])
        result.withMutableFloats { output in
            pool.parallel(count: indices.count, grain: grain(cost: table.columns)) { range in
                for place in range {
                    let target = output[place * table.columns..<(place + 1) * table.columns]
                    table.decodeRow(Int(indices[place]), into: UnsafeMutableBufferPointer(rebasing: target))
                }
            }
        }
        return result
    }

    /// Bytes of weights or of activations that stay in a core's own cache while the others pass by.
    private static let tileBytes = 1 << 17
    /// Bytes of weights that are decoded together for a few rows of activations, which use them once: they stay in the first cache.
    private static let smallTileBytes = 1 << 14
    private static let fewRows = 8

    /// Output j of a row is its product with row j of the weight.
    func multiplyExactly(_ products: [Product], _ input: UnsafePointer<Float>) {
        let threads = threads(worth: Pieces.cost(products))
        guard threads > 1 else {
            for product in products { multiply(product, input, 0..<product.weight.rows) }
            return
        }
        let pieces = Pieces(products, threads: threads)
        pool.parallelChunks(shares: pieces.shares) { index in
            let (product, range) = pieces[index]
            multiply(products[product], input, range)
        }
    }

    /// Outputs `range` of one product, by tiles of weight rows.
    private func multiply(_ product: Product, _ input: UnsafePointer<Float>, _ range: Range<Int>) {
        let (inputs, type) = (product.weight.columns, product.weight.elementType)
        guard inputs > 0 else { return clear(product, range) }
        let x = input + product.firstRow * inputs
        let isNear = product.rows == 1 || 4 * product.rows * inputs <= CPUOperations.tileBytes
        if isNear, FloatKernels.takesStored(type, rows: product.rows) {
            kernels.dotStored(
                product.weight, rows: range, x, activationStride: product.rowStride * inputs, count: product.rows,
                into: product.output + range.lowerBound, outputStride: product.outputStride)
        } else {
            multiplyTiles(product, x, range)
        }
    }

    private func multiplyTiles(_ product: Product, _ x: UnsafePointer<Float>, _ range: Range<Int>) {
        let isFew = product.rows <= CPUOperations.fewRows
        let bytes = isFew ? CPUOperations.smallTileBytes : CPUOperations.tileBytes
        let tile = min(max(4, bytes / (4 * product.weight.columns)), range.count)
        withUnsafeTemporaryAllocation(of: Float.self, capacity: tile * product.weight.columns) { scratch in
            for start in stride(from: range.lowerBound, to: range.upperBound, by: tile) {
                multiply(product, x, start..<min(start + tile, range.upperBound), scratch)
            }
        }
    }

    /// Outputs `range`, few enough that their weight rows fit into `scratch`.
    private func multiply(
        _ product: Product, _ x: UnsafePointer<Float>, _ range: Range<Int>, _ scratch: UnsafeMutableBufferPointer<Float>
    ) {
        let inputs = product.weight.columns
        guard let weights = product.weight.floatRows(range, scratch) else { return }
        let atOnce = max(CPUOperations.fewRows, 2 * CPUOperations.tileBytes / (4 * inputs))
        for start in stride(from: 0, to: product.rows, by: atOnce) {
            kernels.dotRows(
                weights, weightRows: range.count, x + start * product.rowStride * inputs,
                activationStride: product.rowStride * inputs, rows: min(atOnce, product.rows - start), count: inputs,
                into: product.output + start * product.outputStride + range.lowerBound,
                outputStride: product.outputStride)
        }
    }

    /// A sum of nothing is zero.
    private func clear(_ product: Product, _ range: Range<Int>) {
        for row in 0..<product.rows {
            for output in range { product.output[row * product.outputStride + output] = 0 }
        }
    }

    /// The result of a row is the sum of the weight's rows, each times one input, in the order of the inputs.
    func multiplyDownColumns(_ products: [Product], _ input: UnsafePointer<Float>) {
        guard let first = products.first else { return }
        let (inputs, outputs) = (first.weight.rows, first.weight.columns)
        for product in products { precondition(product.weight.rows == inputs && product.weight.columns == outputs) }
        let work = inputs * outputs * (first.rows + 2)
        pool.parallelChunks(count: products.count, grain: grain(cost: work)) { index in
            withUnsafeTemporaryAllocation(of: Float.self, capacity: outputs) { scratch in
                multiplyDownColumns(products[index], input, scratch)
            }
        }
    }

    private func multiplyDownColumns(
        _ product: Product, _ input: UnsafePointer<Float>, _ scratch: UnsafeMutableBufferPointer<Float>
    ) {
        let (inputs, outputs) = (product.weight.rows, product.weight.columns)
        clear(product, 0..<outputs)
        guard let decoded = scratch.baseAddress else { return }
        for row in 0..<inputs {
            product.weight.decodeRow(row, into: scratch)
            for place in 0..<product.rows {
                kernels.addScaled(
                    input[(product.firstRow + place * product.rowStride) * inputs + row], decoded,
                    to: product.output + place * product.outputStride, count: outputs)
            }
        }
    }
}

extension Weight {
    /// Rows `range` in f32, one after another: where they lie, or decoded into `scratch`; `nil` if they are empty.
    fileprivate func floatRows(
        _ range: Range<Int>, _ scratch: UnsafeMutableBufferPointer<Float>
    ) -> UnsafePointer<Float>? {
        if elementType == .f32, tensor.byteOffset % 4 == 0 {
            precondition(range.lowerBound >= 0 && range.upperBound <= rows, "rows of this weight")
            // Safe: Tensor.init checked that all rows lie inside the storage, whose base is aligned.
            return UnsafePointer(
                (tensor.bytes + range.lowerBound * tensor.rowBytes).assumingMemoryBound(to: Float.self))
        }
        guard let start = scratch.baseAddress else { return nil }
        for (place, row) in range.enumerated() {
            decodeRow(row, into: UnsafeMutableBufferPointer(start: start + place * columns, count: columns))
        }
        return UnsafePointer(start)
    }
}

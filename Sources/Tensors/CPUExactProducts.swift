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

    /// Weight rows that are decoded together when there are many activations: about as much as a core's own cache.
    private static let tileBytes = 1 << 17

    /// So many rows of activations are multiplied with blocks as they are stored; decoding them again for every few rows costs
    /// less than writing them down.
    private static let rowsOfBlocks = 32

    /// Output j of a row is its product with row j of the weight.
    func multiplyExactly(_ products: [Product], _ input: UnsafePointer<Float>) {
        guard !products.isEmpty else { return }
        let pieces = Pieces(products, threads: threads(worth: Pieces.cost(products)))
        pool.parallelChunks(shares: pieces.shares) { index in
            let (product, range) = pieces[index]
            multiply(products[product], input, range)
        }
    }

    /// Outputs `range` of one product, by tiles of weight rows.
    private func multiply(_ product: Product, _ input: UnsafePointer<Float>, _ range: Range<Int>) {
        let inputs = product.weight.columns
        if product.rows == 1, inputs > 0, FloatKernels.takesStored(product.weight.elementType) {
            let x = input + product.firstRow * inputs
            kernels.dotStored(product.weight, rows: range, x, into: product.output + range.lowerBound)
            return
        }
        if product.rows <= CPUOperations.rowsOfBlocks, inputs > 0, product.weight.elementType == .q8_0 {
            return multiplyBlocks(product, input, range)
        }
        let fitting = max(1, CPUOperations.tileBytes / (4 * max(inputs, 1)))
        let tile = product.rows <= kernels.rowsAtOnce ? 1 : min(fitting, range.count)
        withUnsafeTemporaryAllocation(of: Float.self, capacity: tile * inputs) { scratch in
            for start in stride(from: range.lowerBound, to: range.upperBound, by: tile) {
                multiply(product, input, start..<min(start + tile, range.upperBound), scratch)
            }
        }
    }

    /// A few rows of activations stay in the first cache while all blocks pass by.
    private func multiplyBlocks(_ product: Product, _ input: UnsafePointer<Float>, _ range: Range<Int>) {
        let inputs = product.weight.columns
        for start in stride(from: 0, to: product.rows, by: kernels.rowsAtOnce) {
            kernels.dotBlocks(
                product.weight, rows: range, input + (product.firstRow + start * product.rowStride) * inputs,
                activationStride: product.rowStride * inputs, count: min(kernels.rowsAtOnce, product.rows - start),
                into: product.output + start * product.outputStride + range.lowerBound,
                outputStride: product.outputStride)
        }
    }

    /// Outputs `range`, few enough that their weight rows fit into `scratch`.
    private func multiply(
        _ product: Product, _ input: UnsafePointer<Float>, _ range: Range<Int>,
        _ scratch: UnsafeMutableBufferPointer<Float>
    ) {
        let inputs = product.weight.columns
        guard inputs > 0, let weights = product.weight.floatRows(range, scratch) else { return clear(product, range) }
        // A few rows of activations stay in the first cache while the tile's weights pass by.
        for start in stride(from: 0, to: product.rows, by: kernels.rowsAtOnce) {
            for (place, row) in range.enumerated() {
                kernels.dotRow(
                    weights + place * inputs, input + (product.firstRow + start * product.rowStride) * inputs,
                    activationStride: product.rowStride * inputs, rows: min(kernels.rowsAtOnce, product.rows - start),
                    count: inputs, into: product.output + start * product.outputStride + row,
                    outputStride: product.outputStride)
            }
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

// Products in bf16, where they are asked for: activations are rounded once a call, then weight rows pass by as they are
// stored.

extension CPUOperations {
    /// Whether activations are rounded to bf16 for products of `width` values with `weight`.
    func roundsToBFloat(_ weight: Weight, width: Int) -> Bool {
        arithmetic == .eightBit && width >= leastIntegerWidth && weight.columns > 0
            && kernels.roundsActivations(for: weight.elementType)
    }

    /// Output j of a row is its product with row j of the weight.
    func multiplyBFloats(_ products: [Product], _ input: UnsafePointer<Float>, rows: Int, inputs: Int) {
        guard let bfloats = kernels.bfloats, !products.isEmpty else { return }
        let byteCount = BFloatRows.byteCount(rows: rows, width: inputs)
        withUnsafeTemporaryAllocation(byteCount: byteCount, alignment: 64) { memory in
            guard let memory = memory.baseAddress else { return }
            let x = BFloatRows(width: inputs, memory: memory)
            pool.parallel(count: rows, grain: grain(cost: inputs)) { range in
                for row in range { x.round(input + row * inputs, row: row) }
            }
            let pieces = Pieces(products, threads: threads(worth: Pieces.cost(products) / 2))
            pool.parallelChunks(shares: pieces.shares) { index in
                let (product, range) = pieces[index]
                multiply(products[product], range, x, bfloats)
            }
        }
    }

    /// Outputs `range` of one product.
    private func multiply(_ product: Product, _ range: Range<Int>, _ x: BFloatRows, _ bfloats: BFloatKernels) {
        let tensor = product.weight.tensor
        // Safe: Tensor.init checked that all rows lie inside the storage, and `range` is within them.
        bfloats.multiply(
            tensor.bytes + range.lowerBound * tensor.rowBytes, rowBytes: tensor.rowBytes, outputs: range.count, x,
            first: product.firstRow, step: product.rowStride, rows: product.rows,
            into: product.output + range.lowerBound, outputStride: product.outputStride)
    }
}

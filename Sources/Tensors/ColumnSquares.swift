extension ObservedProduct {
    /// Columns that a thread sums at a time: few enough for its first-level cache.
    private static let columnsAtOnce = 1024

    /// For each product and each column of it, Σ x² over its rows. The same for any number of threads.
    package static func columnSquares(of products: [ObservedProduct], pool: ThreadPool) -> [[Float]] {
        var starts = [0]
        for product in products { starts.append(starts[starts.count - 1] + product.x.shape.width) }
        let blocks = products.indices.flatMap { product in
            stride(from: 0, to: products[product].x.shape.width, by: columnsAtOnce).map { (product, $0) }
        }
        let total = starts[products.count]
        let sums = [Float](unsafeUninitializedCapacity: total) { buffer, count in
            buffer.initialize(repeating: 0)
            count = total
            guard let target = buffer.baseAddress, total > 0 else { return }
            // Safe: every block has columns of its own, all of them inside of the buffer.
            nonisolated(unsafe) let place = target
            pool.parallelChunks(count: blocks.count) { block in
                let (product, first) = blocks[block]
                products[product].addSquares(from: first, to: place + starts[product] + first)
            }
        }
        return products.indices.map { Array(sums[starts[$0]..<starts[$0 + 1]]) }
    }

    private func addSquares(from first: Int, to sums: UnsafeMutablePointer<Float>) {
        let width = x.shape.width
        let count = min(ObservedProduct.columnsAtOnce, width - first)
        x.withFloats { values in
            for row in rows {
                let start = Int(row) * width + first
                // Checked once a row, not once a value.
                precondition(row >= 0 && start + count <= values.count, "rows of this tensor")
                for column in 0..<count { sums[column] += values[start + column] * values[start + column] }
            }
        }
    }
}

extension Weight {
    /// Which bytes these are: equal for weights that are one and the same part of a file.
    package struct Identity: Hashable, Sendable {
        private let storage: ObjectIdentifier
        private let byteOffset: Int

        init(_ tensor: Tensor) {
            storage = ObjectIdentifier(tensor.storage)
            byteOffset = tensor.byteOffset
        }
    }

    /// Valid while the weight's storage lives.
    package var identity: Identity { Identity(tensor) }
}

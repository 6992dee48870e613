import Foundation

/// The operations on the processor's cores: threads over the kernels of `CKernels`.
///
/// Every value is computed by one thread in one fixed order, so that results depend neither on the number of threads,
/// nor on the form of the kernels, nor on how many rows share a call. Kernels that round activations for bf16 weights,
/// which must be asked for, keep that among themselves.
package struct CPUOperations: Operations {
    let kernels: FloatKernels
    let rowKernels: AttentionKernels
    let pool: ThreadPool
    /// Multiplications that take about as long as sharing a loop out among threads does.
    let workOfOneThread: Int
    let arithmetic: Arithmetic
    /// In which order exact products with weights in f32 add up.
    let productOrder: ProductOrder
    /// Narrower products stay exact whatever the arithmetic: they cost little, and over few values roundings to 8 bits do
    /// not average out.
    let leastIntegerWidth: Int
    /// The most bytes of expanded or packed rows that attention makes at once, as long as one head's are no more.
    let expansionBudget: Int

    /// The program's threads and the fastest kernels, or those that `ISOBATH_KERNELS` names.
    /// - Throws: `InputError` if this processor cannot run the kernels that the variable names.
    package init(
        arithmetic: Arithmetic = .exact, leastIntegerWidth: Int = 1, productOrder: ProductOrder = .lanes
    ) throws {
        self.init(
            kernels: try FloatKernels.selected(), pool: .shared, arithmetic: arithmetic,
            leastIntegerWidth: leastIntegerWidth, productOrder: productOrder)
    }

    package init(
        kernels: FloatKernels, pool: ThreadPool, workOfOneThread: Int = 1 << 17, arithmetic: Arithmetic = .exact,
        leastIntegerWidth: Int = 1, expansionBudget: Int = defaultExpansionBudget,
        productOrder: ProductOrder = .lanes
    ) {
        self.kernels = kernels
        self.rowKernels = AttentionKernels(kernels.form)
        self.pool = pool
        self.workOfOneThread = workOfOneThread
        self.arithmetic = arithmetic
        self.productOrder = productOrder
        self.leastIntegerWidth = leastIntegerWidth
        self.expansionBudget = expansionBudget
    }

    package var name: String {
        guard arithmetic == .eightBit else { return "cpu (\(kernels.form.rawValue))" }
        let width = leastIntegerWidth > 1 ? " from width \(leastIntegerWidth)" : ""
        let rounding = kernels.bfloats == nil ? "8-bit" : "8-bit and bf16"
        return "cpu (\(kernels.name), \(rounding) activations\(width))"
    }
}

// MARK: - Elements

extension CPUOperations {
    package func add(_ a: Tensor, _ b: Tensor) -> Tensor {
        precondition(a.shape == b.shape)
        return b.withFloats { b in elements(a) { a, output, range in for i in range { output[i] = a[i] + b[i] } } }
    }

    package func addBias(_ x: Tensor, _ bias: Tensor) -> Tensor {
        precondition(bias.shape.count == x.shape.width)
        return bias.withFloats { bias in
            rows(x, width: x.shape.width) { input, output in
                for i in bias.indices { output[i] = input[i] + bias[i] }
            }
        }
    }

    package func scale(_ x: Tensor, by factor: Float) -> Tensor {
        elements(x) { x, output, range in for i in range { output[i] = x[i] * factor } }
    }

    package func gatedSiLU(_ gate: Tensor, _ up: Tensor) -> Tensor {
        precondition(gate.shape == up.shape)
        return up.withFloats { up in
            elements(gate, cost: 4) { gate, output, range in
                guard let gate = gate.baseAddress, let up = up.baseAddress, let output = output.baseAddress else {
                    return
                }
                let start = range.lowerBound
                rowKernels.gate(gate + start, up + start, into: output + start, count: range.count)
            }
        }
    }

    package func sigmoid(_ x: Tensor) -> Tensor {
        elements(x, cost: 16) { x, output, range in for i in range { output[i] = 1 / (1 + exp(-x[i])) } }
    }
}

// MARK: - Loops

extension CPUOperations {
    /// Loops inside of `body` run on the thread that calls it.
    package func each(_ count: Int, _ body: (Int) -> Tensor) -> [Tensor] { pool.map(count: count, body) }

    /// How many iterations of `cost` multiplications each are worth a thread.
    func grain(cost: Int) -> Int { max(1, workOfOneThread / max(cost, 1)) }

    /// How many threads `cost` multiplications are worth.
    func threads(worth cost: Int) -> Int { min(pool.threads, max(1, cost / max(workOfOneThread, 1))) }

    /// A tensor of x's shape, filled by ranges of its elements.
    func elements(
        _ x: Tensor, cost: Int = 1,
        _ body: (UnsafeBufferPointer<Float>, UnsafeMutableBufferPointer<Float>, Range<Int>) -> Void
    ) -> Tensor {
        fill(x.shape, from: x) { input, output in
            pool.parallel(count: output.count, grain: grain(cost: cost)) { body(input, output, $0) }
        }
    }

    /// A tensor with rows of `width` values, each made from the row of `x` in the same place.
    func rows(
        _ x: Tensor, width: Int, cost: Int = 1,
        _ body: (UnsafeBufferPointer<Float>, UnsafeMutableBufferPointer<Float>) -> Void
    ) -> Tensor {
        numberedRows(x, width: width, cost: cost) { _, input, output in body(input, output) }
    }

    /// As `rows`, with the number of each row.
    func numberedRows(
        _ x: Tensor, width: Int, cost: Int = 1,
        _ body: (Int, UnsafeBufferPointer<Float>, UnsafeMutableBufferPointer<Float>) -> Void
    ) -> Tensor {
        let old = x.shape.width
        return fill(x.shape.with(width: width), from: x) { input, output in
            pool.parallel(count: x.shape.rows, grain: grain(cost: max(old, width) * cost)) { range in
                for row in range {
                    body(
                        row, UnsafeBufferPointer(rebasing: input[row * old..<(row + 1) * old]),
                        UnsafeMutableBufferPointer(rebasing: output[row * width..<(row + 1) * width]))
                }
            }
        }
    }

    /// A new tensor, filled from the values of `x`.
    func fill(
        _ shape: Shape, from x: Tensor,
        _ body: (UnsafeBufferPointer<Float>, UnsafeMutableBufferPointer<Float>) -> Void
    ) -> Tensor {
        let result = Tensor(uninitialized: shape)
        x.withFloats { input in result.withMutableFloats { body(input, $0) } }
        return result
    }
}

extension Shape {
    /// The same shape with another extent of the last axis.
    func with(width: Int) -> Shape {
        guard rank > 0, let shape = Shape(checking: array.dropLast() + [width]) else {
            preconditionFailure("not a shape")
        }
        return shape
    }
}

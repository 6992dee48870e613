/// Threads and kernels for derivatives and what training does with them.
///
/// Every value is computed by one thread in one fixed order: results depend neither on the number of threads nor on the form
/// of the kernels.
package struct DerivativeLoops: Sendable {
    let kernels: TrainingKernels
    let floats: FloatKernels
    let rows: AttentionKernels
    let pool: ThreadPool
    /// Multiplications that take about as long as sharing a loop out among threads does.
    let workOfOneThread: Int

    init(_ floats: FloatKernels, pool: ThreadPool, workOfOneThread: Int = 1 << 15) {
        self.floats = floats
        self.kernels = TrainingKernels(floats.form)
        self.rows = AttentionKernels(floats.form)
        self.pool = pool
        self.workOfOneThread = workOfOneThread
    }

    /// The program's threads and the fastest kernels.
    package static var shared: DerivativeLoops { DerivativeLoops(.fastest, pool: .shared) }

    /// Calls `body` with ranges that cover `0..<count` once, on as many threads as `cost` multiplications for each are worth.
    func parallel(_ count: Int, cost: Int, _ body: (Range<Int>) -> Void) {
        pool.parallel(count: count, grain: max(1, workOfOneThread / max(cost, 1)), body)
    }
}

// MARK: - Elements

extension DerivativeLoops {
    /// sum += factor · x, which has as many values.
    func add(_ x: Tensor, to sum: Tensor, by factor: Float = 1) {
        precondition(x.shape.count == sum.shape.count)
        x.withFloats { x in
            sum.withMutableFloats { sum in
                guard let x = x.baseAddress, let y = sum.baseAddress else { return }
                parallel(sum.count, cost: 1) { range in
                    floats.addScaled(factor, x + range.lowerBound, to: y + range.lowerBound, count: range.count)
                }
            }
        }
    }

    /// All values to 0.
    func clear(_ x: Tensor) {
        let values = x.mutableAddress
        parallel(x.shape.count, cost: 1) { range in
            // Safe: inside the tensor, which is its maker's alone.
            (values + range.lowerBound).update(repeating: 0, count: range.count)
        }
    }

    /// target = x, which has as many values.
    func copy(_ x: Tensor, to target: Tensor) {
        precondition(x.shape.count == target.shape.count)
        let (from, to) = (x.address, target.mutableAddress)
        parallel(x.shape.count, cost: 1) { range in
            // Safe: both have as many values, and `target` is its maker's alone.
            (to + range.lowerBound).update(from: from + range.lowerBound, count: range.count)
        }
    }

    /// Adds columns `range` of `other` to the columns of `sum` from `first` on; a row there takes those of `repeats` rows here.
    /// If `isNew`, what lies there counts as 0.
    func addColumns(
        of other: Tensor, _ range: Range<Int>, to sum: Tensor, at first: Int, repeats: Int = 1, isNew: Bool = false
    ) {
        let (width, otherWidth) = (sum.shape.width, other.shape.width)
        precondition(other.shape.rows == sum.shape.rows * repeats && first + range.count <= width)
        precondition(range.upperBound <= otherWidth)
        other.withFloats { other in
            sum.withMutableFloats { sums in
                guard let from = other.baseAddress, let to = sums.baseAddress else { return }
                let rows = sums.count / max(width, 1)
                parallel(rows, cost: repeats * range.count) { some in
                    for row in some.lowerBound * repeats..<some.upperBound * repeats {
                        let (source, target) = (
                            from + row * otherWidth + range.lowerBound, to + row / repeats * width + first
                        )
                        if isNew, row % repeats == 0 {
                            target.update(from: source, count: range.count)
                        } else {
                            floats.addScaled(1, source, to: target, count: range.count)
                        }
                    }
                }
            }
        }
    }

    /// Adds row i of `rows` to row `indices[i]` of `sum`, in their order.
    func scatter(_ rows: Tensor, to indices: [Int32], of sum: Tensor) {
        let width = sum.shape.width
        precondition(rows.shape.count == indices.count * width)
        precondition(indices.allSatisfy { $0 >= 0 && $0 < sum.shape.rows }, "rows of the sum")
        rows.withFloats { rows in
            sum.withMutableFloats { sums in
                guard let from = rows.baseAddress, let to = sums.baseAddress else { return }
                // Rows may be meant more than once, columns not.
                parallel(width, cost: indices.count) { some in
                    for (row, index) in indices.enumerated() {
                        floats.addScaled(
                            1, from + row * width + some.lowerBound, to: to + Int(index) * width + some.lowerBound,
                            count: some.count)
                    }
                }
            }
        }
    }
}

// MARK: - Rows

extension DerivativeLoops {
    /// Calls `body` with the addresses of each row of `a`, `b` and `sums`, which have as many values.
    func forEachRow(
        _ a: Tensor, _ b: Tensor, _ sums: Tensor, cost: Int,
        _ body: (UnsafePointer<Float>, UnsafePointer<Float>, UnsafeMutablePointer<Float>) -> Void
    ) {
        let width = a.shape.width
        precondition(b.shape.count == a.shape.count && sums.shape.count == a.shape.count)
        a.withFloats { a in
            b.withFloats { b in
                sums.withMutableFloats { sums in
                    guard let a = a.baseAddress, let b = b.baseAddress, let to = sums.baseAddress else { return }
                    // Safe: rows of tensors that have as many values, as was checked.
                    parallel(sums.count / max(width, 1), cost: cost * width) { range in
                        for row in range { body(a + row * width, b + row * width, to + row * width) }
                    }
                }
            }
        }
    }
}

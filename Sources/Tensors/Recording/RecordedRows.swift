extension RecordingOperations {
    /// y = f·x·w with f = 1/√(mean x² + ε): dx = f·u − x·f³·mean(u·x) for u = dy·w, dw = Σ dy·f·x.
    package func normalize(_ x: Tensor, weight: Tensor, epsilon: Float) -> Tensor {
        tape.record(base.normalize(x, weight: weight, epsilon: epsilon)) { [loops] dy, gradients in
            // Constants take part too, in a sum that nobody asks for.
            let dw =
                weight.isOwnMemory
                ? gradients[weight] : Tensor(Array(repeating: 0, count: x.shape.width), shape: [x.shape.width])
            loops.addNormGradients(x, dy, weight, epsilon, to: gradients[x], dw)
        }
    }

    /// dx = y · (dy − Σ dy·y).
    package func softmax(_ x: Tensor) -> Tensor {
        let (y, input) = (base.softmax(x), x.place)
        return tape.record(y) { [loops] dy, gradients in
            let width = y.shape.width
            loops.forEachRow(y, dy, gradients[input], cost: 4) { y, dy, dx in
                var sum = 0.0
                for i in 0..<width { sum += Double(dy[i]) * Double(y[i]) }
                for i in 0..<width { dx[i] += y[i] * (dy[i] - Float(sum)) }
            }
        }
    }

    /// y = x / s with s = Σx + ε: dx = (dy − Σ dy·y) / s.
    package func divideBySum(_ x: Tensor, epsilon: Float) -> Tensor {
        let y = base.divideBySum(x, epsilon: epsilon)
        return tape.record(y) { [loops] dy, gradients in
            let width = x.shape.width
            loops.forEachRow(x, dy, gradients[x], cost: 8) { x, dy, dx in
                var (total, sum) = (Double(epsilon), 0.0)
                for i in 0..<width { total += Double(x[i]) }
                for i in 0..<width { sum += Double(dy[i]) * Double(x[i]) / total }
                for i in 0..<width { dx[i] += Float((Double(dy[i]) - sum) / total) }
            }
        }
    }
}

extension DerivativeLoops {
    /// Rows whose part of dw is summed up first: the same ones for any number of threads.
    private static let normRows = 64

    fileprivate func addNormGradients(
        _ x: Tensor, _ dy: Tensor, _ weight: Tensor, _ epsilon: Float, to dx: Tensor, _ dw: Tensor
    ) {
        let (rows, width) = (x.shape.rows, x.shape.width)
        let chunks = (rows + DerivativeLoops.normRows - 1) / DerivativeLoops.normRows
        guard width > 0, chunks > 0 else { return }
        let parts = Tensor(uninitialized: [chunks, width])
        let (w, sums) = (weight.address, parts.mutableAddress)
        let (x, dy, dx) = (x.address, dy.address, dx.mutableAddress)
        parallel(chunks, cost: 8 * DerivativeLoops.normRows * width) { range in
            withUnsafeTemporaryAllocation(of: Float.self, capacity: width) { scaled in
                guard let u = scaled.baseAddress else { return }
                for chunk in range {
                    (sums + chunk * width).update(repeating: 0, count: width)
                    let first = chunk * DerivativeLoops.normRows
                    for row in first..<min(first + DerivativeLoops.normRows, rows) {
                        // Safe: rows of tensors of one shape, and vectors as wide.
                        let place = row * width
                        addNormGradient(
                            x + place, dy + place, w, epsilon, u, to: dx + place, sums + chunk * width, width)
                    }
                }
            }
        }
        let sum = dw.mutableAddress
        for chunk in 0..<chunks { floats.addScaled(1, sums + chunk * width, to: sum, count: width) }
    }

    private func addNormGradient(
        _ x: UnsafePointer<Float>, _ dy: UnsafePointer<Float>, _ w: UnsafePointer<Float>, _ epsilon: Float,
        _ u: UnsafeMutablePointer<Float>, to dx: UnsafeMutablePointer<Float>, _ dw: UnsafeMutablePointer<Float>,
        _ width: Int
    ) {
        for i in 0..<width { u[i] = dy[i] * w[i] }
        let mean = Double(floats.dot(x, x, count: width)) / Double(width)
        let product = Double(floats.dot(u, x, count: width)) / Double(width)
        let f = 1 / (mean + Double(epsilon)).squareRoot()
        kernels.table.norm_gradients(x, dy, w, Float(f), Float(f * f * f * product), dx, dw, width)
    }
}

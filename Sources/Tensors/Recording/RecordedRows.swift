extension RecordingOperations {
    /// y = f·x·w with f = 1/√(mean x² + ε): dx = f·u − x·f³·mean(u·x) for u = dy·w, dw = Σ dy·f·x.
    package func normalize(_ x: Tensor, weight: Tensor, epsilon: Float) -> Tensor {
        tape.record(base.normalize(x, weight: weight, epsilon: epsilon)) { dy, gradients in
            let width = x.shape.width
            let dx = gradients[x]
            // Constants take part too, in a sum that nobody asks for.
            let dw = weight.isOwnMemory ? gradients[weight] : Tensor(Array(repeating: 0, count: width), shape: [width])
            weight.withFloats { w in
                dw.withMutableFloats { dw in
                    RecordingOperations.forEachRow(x, dy, dx) { x, dy, dx in
                        var (squares, products) = (0.0, 0.0)
                        for i in 0..<width {
                            squares += Double(x[i]) * Double(x[i])
                            products += Double(dy[i] * w[i]) * Double(x[i])
                        }
                        let f = Float(1 / (squares / Double(width) + Double(epsilon)).squareRoot())
                        let back = f * f * f * Float(products / Double(width))
                        for i in 0..<width {
                            dx[i] += f * dy[i] * w[i] - x[i] * back
                            dw[i] += dy[i] * f * x[i]
                        }
                    }
                }
            }
        }
    }

    /// dx = y · (dy − Σ dy·y).
    package func softmax(_ x: Tensor) -> Tensor {
        let y = base.softmax(x)
        return tape.record(y) { dy, gradients in
            RecordingOperations.forEachRow(y, dy, gradients[x]) { y, dy, dx in
                var sum = 0.0
                for i in y.indices { sum += Double(dy[i]) * Double(y[i]) }
                for i in y.indices { dx[i] += y[i] * (dy[i] - Float(sum)) }
            }
        }
    }

    /// y = x / s with s = Σx + ε: dx = (dy − Σ dy·y) / s.
    package func divideBySum(_ x: Tensor, epsilon: Float) -> Tensor {
        let y = base.divideBySum(x, epsilon: epsilon)
        return tape.record(y) { dy, gradients in
            RecordingOperations.forEachRow(x, dy, gradients[x]) { x, dy, dx in
                let total = x.reduce(0.0) { $0 + Double($1) } + Double(epsilon)
                var sum = 0.0
                for i in x.indices { sum += Double(dy[i]) * Double(x[i]) / total }
                for i in x.indices { dx[i] += Float((Double(dy[i]) - sum) / total) }
            }
        }
    }

    /// Calls `body` with each row of two tensors and a third that is added to.
    private static func forEachRow(
        _ a: Tensor, _ b: Tensor, _ sums: Tensor,
        _ body: (
            UnsafeBufferPointer<Float>, UnsafeBufferPointer<Float>, UnsafeMutableBufferPointer<Float>
        ) -> Void
    ) {
        let width = a.shape.width
        precondition(b.shape.count == a.shape.count && sums.shape.count == a.shape.count)
        a.withFloats { a in
            b.withFloats { b in
                sums.withMutableFloats { sums in
                    for start in stride(from: 0, to: a.count, by: max(width, 1)) {
                        // Safe: rows of tensors that have as many values, as was checked.
                        body(
                            UnsafeBufferPointer(rebasing: a[start..<start + width]),
                            UnsafeBufferPointer(rebasing: b[start..<start + width]),
                            UnsafeMutableBufferPointer(rebasing: sums[start..<start + width]))
                    }
                }
            }
        }
    }
}

import Foundation

// Operations on whole rows, and the movement of rows.

extension CPUOperations {
    package func normalize(_ x: Tensor, weight: Tensor, epsilon: Float) -> Tensor {
        let width = x.shape.width
        precondition(weight.shape.count == width)
        return weight.withFloats { weight in
            rows(x, width: width, cost: 2) { input, output in
                guard let row = input.baseAddress else { return }
                let mean = Double(kernels.dot(row, row, count: width)) / Double(width)
                let factor = Float(1 / (mean + Double(epsilon)).squareRoot())
                for i in 0..<width { output[i] = input[i] * factor * weight[i] }
            }
        }
    }

    package func softmax(_ x: Tensor) -> Tensor {
        rows(x, width: x.shape.width, cost: 16) { input, output in
            _ = output.update(fromContentsOf: input)
            softmax(output)
        }
    }

    /// Softmax of `values`, in place.
    func softmax(_ values: UnsafeMutableBufferPointer<Float>) {
        var largest = -Float.infinity
        for value in values { largest = value > largest ? value : largest }
        var sum = 0.0
        for i in values.indices {
            values[i] = exp(values[i] - largest)
            sum += Double(values[i])
        }
        let factor = Float(1 / sum)
        for i in values.indices { values[i] *= factor }
    }

    package func divideBySum(_ x: Tensor, epsilon: Float) -> Tensor {
        rows(x, width: x.shape.width, cost: 4) { input, output in
            let sum = Float(input.reduce(0.0) { $0 + Double($1) }) + epsilon
            for i in input.indices { output[i] = input[i] / sum }
        }
    }

    package func pick(_ x: Tensor, _ columns: [Int32]) -> Tensor {
        let count = x.shape.rows == 0 ? 0 : columns.count / x.shape.rows
        precondition(columns.count == count * x.shape.rows, "equally many columns of every row")
        return fill([x.shape.rows, count], from: x) { input, output in
            for (place, column) in columns.enumerated() {
                precondition(column >= 0 && column < x.shape.width, "no such column")
                output[place] = input[place / count * x.shape.width + Int(column)]
            }
        }
    }
}

// MARK: - Movement

extension CPUOperations {
    package func columns(_ x: Tensor, _ range: Range<Int>) -> Tensor {
        precondition(range.lowerBound >= 0 && range.upperBound <= x.shape.width, "no such columns")
        return rows(x, width: range.count) { input, output in copy(input, range, to: output, at: 0) }
    }

    package func join(_ a: Tensor, _ b: Tensor) -> Tensor {
        let entries = a.shape.rank == 3 ? a.shape[1] : 1
        let shared = b.shape.rank == 3 && b.shape[1] == 1 ? entries : 1
        let (left, right) = (a.shape.width, b.shape.width)
        precondition(a.shape.rows == b.shape.rows * shared)
        return b.withFloats { b in
            numberedRows(a, width: left + right) { row, a, output in
                let start = row / shared * right
                copy(a, 0..<left, to: output, at: 0)
                copy(b, start..<start + right, to: output, at: left)
            }
        }
    }

    package func gatherRows(_ x: Tensor, _ indices: [Int32]) -> Tensor {
        let width = x.shape.width
        return fill([indices.count, width], from: x) { input, output in
            pool.parallel(count: indices.count, grain: grain(cost: width)) { range in
                for place in range {
                    let index = Int(indices[place])
                    precondition(index >= 0 && index < x.shape.rows, "no such row")
                    copy(input, index * width..<(index + 1) * width, to: output, at: place * width)
                }
            }
        }
    }

    package func combineRows(_ x: Tensor, weights: Tensor, places: [Int32]) -> Tensor {
        let (n, k, width) = (weights.shape[0], weights.shape[1], x.shape.width)
        precondition(places.count == n * k && places.allSatisfy { $0 >= 0 && $0 < x.shape.rows }, "no such place")
        return weights.withFloats { weights in
            fill([n, width], from: x) { input, output in
                output.update(repeating: 0)
                guard let input = input.baseAddress, let output = output.baseAddress else { return }
                pool.parallel(count: n, grain: grain(cost: k * width)) { range in
                    for row in range {
                        for j in row * k..<(row + 1) * k {
                            kernels.addScaled(
                                weights[j], input + Int(places[j]) * width, to: output + row * width, count: width)
                        }
                    }
                }
            }
        }
    }

    package func stack(_ parts: [Tensor]) -> Tensor {
        var extents = parts[0].shape.array
        precondition(parts.allSatisfy { $0.shape.array.dropFirst() == extents.dropFirst() }, "rows of equal shape")
        extents[0] = parts.reduce(0) { $0 + $1.shape[0] }
        guard let shape = Shape(checking: extents) else { preconditionFailure("not a shape") }
        let result = Tensor(uninitialized: shape)
        result.withMutableFloats { output in
            var start = 0
            for part in parts {
                part.withFloats { copy($0, $0.indices, to: output, at: start) }
                start += part.shape.count
            }
        }
        return result
    }

    private func copy(
        _ source: UnsafeBufferPointer<Float>, _ range: Range<Int>, to target: UnsafeMutableBufferPointer<Float>,
        at start: Int
    ) {
        let place = UnsafeMutableBufferPointer(rebasing: target[start..<start + range.count])
        _ = place.update(fromContentsOf: UnsafeBufferPointer(rebasing: source[range]))
    }
}

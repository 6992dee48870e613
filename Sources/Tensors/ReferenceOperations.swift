import Foundation

/// The meaning of every operation, in plain loops that anyone can read: the oracle of the tests.
///
/// Sums are taken in double precision, in the order of the indices.
package struct ReferenceOperations: Operations {
    package let name = "reference"

    package init() {}

    // MARK: Weights

    package func rows(_ indices: [Int32], of table: Weight) -> Tensor {
        make([indices.count, table.columns]) { output in
            for (row, index) in indices.enumerated() {
                let values = table.row(Int(index))
                for column in 0..<table.columns { output[row * table.columns + column] = values[column] }
            }
        }
    }

    package func linear(_ x: Tensor, _ weight: Weight) -> Tensor {
        groupedLinear(x, [weight], [RowGroup(index: 0, rows: 0..<x.shape[0])])
    }

    package func groupedLinear(_ x: Tensor, _ weights: [Weight], _ groups: [RowGroup]) -> Tensor {
        let outputs = weights.first?.rows ?? 0
        precondition(groups.map(\.rows.count).reduce(0, +) == x.shape[0], "groups cover all rows")
        return make([x.shape[0], outputs], from: x) { input, output in
            for group in groups where !group.rows.isEmpty {
                let weight = weights[group.index]
                precondition(weight.columns == x.shape.width, "a weight has a column for every input")
                for out in 0..<outputs {
                    let values = weight.row(out)
                    for row in group.rows {
                        output[row * outputs + out] = dot(input, row * weight.columns, values)
                    }
                }
            }
        }
    }

    package func headwiseLinear(_ x: Tensor, _ weight: HeadwiseWeight) -> Tensor {
        let (heads, inputs, outputs) = (weight.heads.count, weight.inputs, weight.outputs)
        precondition(x.shape[2] == inputs && (x.shape[1] == heads || x.shape[1] == 1))
        return make([x.shape[0], heads, outputs], from: x) { input, output in
            for head in 0..<heads {
                let matrix = (0..<weight.heads[head].rows).map { weight.heads[head].row($0) }
                for row in 0..<x.shape[0] {
                    let start = x.shape[1] == 1 ? row * inputs : (row * heads + head) * inputs
                    for out in 0..<outputs {
                        var sum = 0.0
                        for i in 0..<inputs {
                            let w = weight.orientation == .outputsByInputs ? matrix[out][i] : matrix[i][out]
                            sum += Double(input[start + i]) * Double(w)
                        }
                        output[(row * heads + head) * outputs + out] = Float(sum)
                    }
                }
            }
        }
    }

    // MARK: Elements

    package func add(_ a: Tensor, _ b: Tensor) -> Tensor {
        precondition(a.shape == b.shape)
        return b.withFloats { other in map(a) { $1 + other[$0] } }
    }

    package func addBias(_ x: Tensor, _ bias: Tensor) -> Tensor {
        precondition(bias.shape.count == x.shape.width)
        return bias.withFloats { bias in map(x) { $1 + bias[$0 % x.shape.width] } }
    }

    package func scale(_ x: Tensor, by factor: Float) -> Tensor { map(x) { $1 * factor } }

    package func gatedSiLU(_ gate: Tensor, _ up: Tensor) -> Tensor {
        precondition(gate.shape == up.shape)
        return up.withFloats { up in map(gate) { $1 / (1 + exp(-$1)) * up[$0] } }
    }

    package func sigmoid(_ x: Tensor) -> Tensor { map(x) { 1 / (1 + exp(-$1)) } }

    // MARK: Rows

    package func normalize(_ x: Tensor, weight: Tensor, epsilon: Float) -> Tensor {
        let width = x.shape.width
        precondition(weight.shape.count == width)
        return weight.withFloats { weight in
            mapRows(x) { row in
                let mean = row.reduce(0.0) { $0 + Double($1) * Double($1) } / Double(width)
                let factor = Float(1 / (mean + Double(epsilon)).squareRoot())
                return row.enumerated().map { $1 * factor * weight[$0] }
            }
        }
    }

    package func softmax(_ x: Tensor) -> Tensor { mapRows(x) { softmaxed($0.map(Double.init)).map { Float($0) } } }

    package func divideBySum(_ x: Tensor, epsilon: Float) -> Tensor {
        mapRows(x) { row in
            let sum = Float(row.reduce(0.0) { $0 + Double($1) }) + epsilon
            return row.map { $0 / sum }
        }
    }

    package func pick(_ x: Tensor, _ columns: [Int32]) -> Tensor {
        let count = x.shape.rows == 0 ? 0 : columns.count / x.shape.rows
        return make([x.shape.rows, count], from: x) { input, output in
            for (place, column) in columns.enumerated() {
                output[place] = input[place / count * x.shape.width + Int(column)]
            }
        }
    }

    // MARK: Movement

    package func columns(_ x: Tensor, _ range: Range<Int>) -> Tensor {
        mapRows(x, width: range.count) { Array($0[range]) }
    }

    package func join(_ a: Tensor, _ b: Tensor) -> Tensor {
        let entries = a.shape.rank == 3 ? a.shape[1] : 1
        let shared = b.shape.rank == 3 && b.shape[1] == 1 ? entries : 1
        precondition(a.shape.rows == b.shape.rows * shared)
        let right = b.floats
        var row = 0
        return mapRows(a, width: a.shape.width + b.shape.width) { left in
            defer { row += 1 }
            let start = row / shared * b.shape.width
            return left + right[start..<start + b.shape.width]
        }
    }

    package func gatherRows(_ x: Tensor, _ indices: [Int32]) -> Tensor {
        make([indices.count, x.shape.width], from: x) { input, output in
            for place in output.indices {
                output[place] = input[Int(indices[place / x.shape.width]) * x.shape.width + place % x.shape.width]
            }
        }
    }

    package func combineRows(_ x: Tensor, weights: Tensor, places: [Int32]) -> Tensor {
        let (n, k, width) = (weights.shape[0], weights.shape[1], x.shape.width)
        precondition(places.count == n * k)
        return weights.withFloats { weights in
            make([n, width], from: x) { input, output in
                for row in 0..<n {
                    for column in 0..<width {
                        var sum: Float = 0
                        for j in row * k..<row * k + k {
                            sum += weights[j] * input[Int(places[j]) * width + column]
                        }
                        output[row * width + column] = sum
                    }
                }
            }
        }
    }

    package func stack(_ parts: [Tensor]) -> Tensor {
        var extents = parts[0].shape.array
        extents[0] = parts.reduce(0) { $0 + $1.shape[0] }
        guard let shape = Shape(checking: extents) else { preconditionFailure("not a shape") }
        return Tensor(parts.flatMap(\.floats), shape: shape)
    }

    // MARK: Position and attention

    package func rotate(_ x: Tensor, _ rotation: Rotation) -> Tensor {
        let (heads, half) = (x.shape[1], x.shape[2] / 2)
        precondition(rotation.cosines.shape == [x.shape[0], half])
        let (cosines, sines) = (rotation.cosines.floats, rotation.sines.floats)
        var index = 0
        return mapRows(x) { row in
            let angle = index / heads * half
            index += 1
            var result = row
            for i in 0..<half {
                let (first, second) = rotation.pairing == .adjacent ? (2 * i, 2 * i + 1) : (i, i + half)
                let (c, s) = (cosines[angle + i], sines[angle + i])
                result[first] = row[first] * c - row[second] * s
                result[second] = row[second] * c + row[first] * s
            }
            return result
        }
    }

    package func attention(
        _ query: Tensor, keys: PagedRows, values: PagedRows, scale: Float, firstPosition: Int
    ) -> Tensor {
        let (n, heads) = (query.shape[0], query.shape[1])
        precondition(query.shape[2] == keys.width && heads % keys.heads == 0 && keys.heads == values.heads)
        let rows = firstPosition + n
        let (k, v) = (keys.decoded(0..<rows).floats, values.decoded(0..<rows).floats)
        return make([n, heads, values.width], from: query) { q, output in
            for i in 0..<n {
                for head in 0..<heads {
                    let shared = head / (heads / keys.heads)
                    let vector = Array(q[(i * heads + head) * keys.width..<(i * heads + head + 1) * keys.width])
                    let scores = (0...firstPosition + i).map { row in
                        k.withUnsafeBufferPointer {
                            Double(dot($0, (row * keys.heads + shared) * keys.width, vector)) * Double(scale)
                        }
                    }
                    let weights = softmaxed(scores)
                    for column in 0..<values.width {
                        output[(i * heads + head) * values.width + column] = Float(
                            weights.indices.reduce(0.0) {
                                $0 + weights[$1] * Double(v[($1 * values.heads + shared) * values.width + column])
                            })
                    }
                }
            }
        }
    }
}

// MARK: - Loops

private func make(_ shape: Shape, _ fill: (UnsafeMutableBufferPointer<Float>) -> Void) -> Tensor {
    let result = Tensor(uninitialized: shape)
    result.withMutableFloats(fill)
    return result
}

private func make(
    _ shape: Shape, from x: Tensor, _ fill: (UnsafeBufferPointer<Float>, UnsafeMutableBufferPointer<Float>) -> Void
) -> Tensor {
    x.withFloats { input in make(shape) { fill(input, $0) } }
}

private func map(_ x: Tensor, _ transform: (Int, Float) -> Float) -> Tensor {
    make(x.shape, from: x) { input, output in
        for index in output.indices { output[index] = transform(index, input[index]) }
    }
}

private func mapRows(_ x: Tensor, width: Int? = nil, _ transform: ([Float]) -> [Float]) -> Tensor {
    var extents = x.shape.array
    extents[extents.count - 1] = width ?? x.shape.width
    let values = x.floats
    var result: [Float] = []
    for row in 0..<x.shape.rows {
        result += transform(Array(values[row * x.shape.width..<(row + 1) * x.shape.width]))
    }
    guard let shape = Shape(checking: extents) else { preconditionFailure("not a shape") }
    return Tensor(result, shape: shape)
}

private func dot(_ x: UnsafeBufferPointer<Float>, _ start: Int, _ y: [Float]) -> Float {
    var sum = 0.0
    for index in y.indices { sum += Double(x[start + index]) * Double(y[index]) }
    return Float(sum)
}

private func softmaxed(_ scores: [Double]) -> [Double] {
    let largest = scores.max() ?? 0
    let powers = scores.map { exp($0 - largest) }
    let sum = powers.reduce(0, +)
    return powers.map { $0 / sum }
}

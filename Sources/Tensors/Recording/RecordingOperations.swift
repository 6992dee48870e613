/// Operations that others carry out and a tape remembers, so that the same forward pass can be derived.
///
/// Values are those of `base`. Attention looks at rows of this step only: a sequence is one span without a cache. Weights and
/// vectors that are `f32` memory of the program's own get gradients; all others are constants.
package struct RecordingOperations: Operations {
    let base: any Operations
    package let tape: Tape

    package init(_ base: any Operations, tape: Tape) {
        self.base = base
        self.tape = tape
    }

    package var name: String { base.name + ", recorded" }

    /// Remembers a result, unless it is nothing but a view of what it was made from: then both have one gradient.
    func record(_ output: Tensor, from inputs: Tensor..., backward: @escaping Tape.Backward) -> Tensor {
        if inputs.contains(where: { $0.storage === output.storage }) { return output }
        return tape.record(output, backward)
    }
}

// MARK: - Movement

extension RecordingOperations {
    package func rows(_ indices: [Int32], of table: Weight) -> Tensor {
        tape.record(base.rows(indices, of: table)) { dy, gradients in
            if table.tensor.isOwnMemory { gradients[table.tensor].scatter(dy, to: indices) }
        }
    }

    package func gatherRows(_ x: Tensor, _ indices: [Int32]) -> Tensor {
        record(base.gatherRows(x, indices), from: x) { dy, gradients in gradients[x].scatter(dy, to: indices) }
    }

    package func pick(_ x: Tensor, _ columns: [Int32]) -> Tensor {
        record(base.pick(x, columns), from: x) { dy, gradients in
            let (width, count) = (x.shape.width, dy.shape.width)
            dy.withFloats { dy in
                gradients[x].withMutableFloats { dx in
                    for (place, column) in columns.enumerated() {
                        dx[place / count * width + Int(column)] += dy[place]
                    }
                }
            }
        }
    }

    package func columns(_ x: Tensor, _ range: Range<Int>) -> Tensor {
        record(base.columns(x, range), from: x) { dy, gradients in
            gradients[x].addColumns(range.lowerBound, dy, 0..<range.count)
        }
    }

    package func join(_ a: Tensor, _ b: Tensor) -> Tensor {
        record(base.join(a, b), from: a, b) { dy, gradients in
            let (left, width) = (a.shape.width, a.shape.width + b.shape.width)
            gradients[a].addColumns(0, dy, 0..<left)
            gradients[b].addColumns(0, dy, left..<width, repeats: a.shape.rows / max(b.shape.rows, 1))
        }
    }

    package func stack(_ parts: [Tensor]) -> Tensor {
        tape.record(base.stack(parts)) { dy, gradients in
            var start = 0
            for part in parts where part.shape[0] > 0 {
                gradients[part].accumulate(dy.slice(start..<start + part.shape[0]))
                start += part.shape[0]
            }
        }
    }

    /// Σⱼ w[i, j] · x[place(i, j)]: each place gets its token's gradient times its weight, and the weight the product of both.
    package func combineRows(_ x: Tensor, weights: Tensor, places: [Int32]) -> Tensor {
        record(base.combineRows(x, weights: weights, places: places), from: x, weights) { dy, gradients in
            let (count, width) = (weights.shape[1], x.shape.width)
            let (dx, dw) = (gradients[x], gradients[weights])
            x.withFloats { x in
                weights.withFloats { weights in
                    dy.withFloats { dy in
                        dx.withMutableFloats { dx in
                            dw.withMutableFloats { dw in
                                for (slot, place) in places.enumerated() {
                                    let (from, to) = (slot / count * width, Int(place) * width)
                                    var product: Float = 0
                                    for column in 0..<width {
                                        dx[to + column] += weights[slot] * dy[from + column]
                                        product += dy[from + column] * x[to + column]
                                    }
                                    dw[slot] += product
                                }
                            }
                        }
                    }
                }
            }
        }
    }

    package func rotate(_ x: Tensor, _ rotation: Rotation) -> Tensor {
        record(base.rotate(x, rotation), from: x) { [base] dy, gradients in
            // Turning is orthogonal: its transpose turns back.
            let back = Rotation(
                cosines: rotation.cosines, sines: base.scale(rotation.sines, by: -1), pairing: rotation.pairing)
            gradients[x].accumulate(base.rotate(dy, back))
        }
    }
}

extension Tensor {
    /// Adds row i of `rows` to row `indices[i]`.
    fileprivate func scatter(_ rows: Tensor, to indices: [Int32]) {
        let width = shape.width
        rows.withFloats { rows in
            withMutableFloats { sums in
                for (row, index) in indices.enumerated() {
                    for column in 0..<width { sums[Int(index) * width + column] += rows[row * width + column] }
                }
            }
        }
    }

    /// Adds columns `range` of `other` to the columns from `first` on; a row here takes those of `repeats` rows there.
    func addColumns(_ first: Int, _ other: Tensor, _ range: Range<Int>, repeats: Int = 1) {
        let (width, otherWidth) = (shape.width, other.shape.width)
        precondition(other.shape.rows == shape.rows * repeats && first + range.count <= width)
        other.withFloats { other in
            withMutableFloats { sums in
                for row in 0..<shape.rows * repeats {
                    let (to, from) = (row / repeats * width + first, row * otherWidth + range.lowerBound)
                    for column in 0..<range.count { sums[to + column] += other[from + column] }
                }
            }
        }
    }
}

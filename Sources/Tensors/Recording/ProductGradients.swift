// What goes back through products, in terms of products: the meaning, and what operations do that have no faster way.

extension Operations {
    package func inputGradient(_ dy: Tensor, _ weight: Weight) -> Tensor { linear(dy, weight.transposed) }

    package func addWeightGradient(_ dy: Tensor, _ x: Tensor, to sum: Tensor) {
        sum.accumulate(linear(dy.transposed(), Weight(x.transposed())))
    }

    package func addWeightGradient(_ dy: Tensor, _ x: Tensor, of weight: Weight, to sum: Tensor) {
        addWeightGradient(dy, x, to: sum)
    }

    package func remembered(gate: Tensor, up: Tensor) -> (gate: Tensor, up: Tensor) { (gate, up) }

    package func addInputGradient(_ dy: Tensor, _ weight: Weight, to sum: Tensor) {
        loops.add(inputGradient(dy, weight), to: sum)
    }

    package func addInputGradients(
        _ dy: Tensor, _ weights: [Weight], _ groups: [RowGroup], to sum: GradientSum
    ) {
        if sum.isNew { loops.clear(sum.tensor) }
        for group in groups where !group.rows.isEmpty {
            addInputGradient(dy.slice(group.rows), weights[group.index], to: sum.tensor.slice(group.rows))
        }
    }

    package func addWeightGradients(
        _ dy: Tensor, _ x: Tensor, _ groups: [RowGroup], of weights: [Weight], to sums: [GradientSum?]
    ) {
        for sum in sums.compactMap(\.self) where sum.isNew { loops.clear(sum.tensor) }
        for group in groups where !group.rows.isEmpty {
            guard let sum = sums[group.index] else { continue }
            addWeightGradient(dy.slice(group.rows), x.slice(group.rows), of: weights[group.index], to: sum.tensor)
        }
    }

    package func addInputGradients(_ dy: Tensor, _ weight: HeadwiseWeight, to sum: GradientSum) {
        if sum.isNew { loops.clear(sum.tensor) }
        let (n, heads) = (dy.shape[0], dy.shape[1])
        let isShared = sum.tensor.shape[1] == 1
        let rows = sum.tensor.reshaped([n, isShared ? weight.inputs : heads * weight.inputs])
        for (head, matrix) in weight.heads.enumerated() {
            let dyHead = dy.head(head)
            let back =
                weight.orientation == .inputsByOutputs ? linear(dyHead, matrix) : inputGradient(dyHead, matrix)
            loops.addColumns(of: back, 0..<weight.inputs, to: rows, at: isShared ? 0 : head * weight.inputs)
        }
    }

    package func addWeightGradients(_ dy: Tensor, _ x: Tensor, of weight: HeadwiseWeight, to sums: [Tensor?]) {
        for (head, sum) in sums.enumerated() {
            guard let sum else { continue }
            let (back, input) = (dy.head(head), x.head(x.shape[1] == 1 ? 0 : head))
            let (rows, columns) = weight.orientation == .outputsByInputs ? (back, input) : (input, back)
            addWeightGradient(rows, columns, of: weight.heads[head], to: sum)
        }
    }

    package var loops: DerivativeLoops { .shared }

    package var recordingTape: Tape? { nil }

    package func segment(
        _ x: Tensor, _ body: @escaping (Tensor, any Operations) throws -> Tensor
    ) rethrows -> Tensor { try body(x, self) }
}

extension Weight {
    /// The columns as rows, in f32.
    var transposed: Weight { Weight(inFloats().transposed()) }
}

extension Tensor {
    /// Entry `head` of every row of [n, heads, width] as rows of their own.
    fileprivate func head(_ head: Int) -> Tensor {
        let (stride, width) = (shape[1] * shape[2], shape[2])
        let result = Tensor(uninitialized: [shape[0], width])
        withFloats { values in
            result.withMutableFloats { output in
                for row in 0..<shape[0] {
                    for column in 0..<width {
                        output[row * width + column] = values[row * stride + head * width + column]
                    }
                }
            }
        }
        return result
    }

    /// Rows as columns: [n, m] → [m, n]; the axes before the last count as one.
    package func transposed() -> Tensor {
        let (rows, columns) = (shape.rows, shape.width)
        let result = Tensor(uninitialized: [columns, rows])
        let block = 32
        withFloats { values in
            result.withMutableFloats { output in
                for first in stride(from: 0, to: rows, by: block) {
                    for start in stride(from: 0, to: columns, by: block) {
                        for row in first..<min(first + block, rows) {
                            for column in start..<min(start + block, columns) {
                                output[column * rows + row] = values[row * columns + column]
                            }
                        }
                    }
                }
            }
        }
        return result
    }
}

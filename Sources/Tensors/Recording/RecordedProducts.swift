extension RecordingOperations {
    package func linear(_ x: Tensor, _ weight: Weight) -> Tensor {
        tape.record(base.linear(x, weight)) { [self] dy, gradients in
            addProduct(dy, x, weight, gradients)
        }
    }

    package func linears(_ x: Tensor, _ weights: [Weight]) -> [Tensor] {
        zip(base.linears(x, weights), weights).map { y, weight in
            tape.record(y) { [self] dy, gradients in addProduct(dy, x, weight, gradients) }
        }
    }

    package func groupedLinear(_ x: Tensor, _ weights: [Weight], _ groups: [RowGroup]) -> Tensor {
        tape.record(base.groupedLinear(x, weights, groups)) { [self] dy, gradients in
            for group in groups where !group.rows.isEmpty {
                addProduct(dy.slice(group.rows), x.slice(group.rows), weights[group.index], gradients)
            }
        }
    }

    /// y = x·Wᵀ: dx = dy·W and dW = dyᵀ·x.
    private func addProduct(_ dy: Tensor, _ x: Tensor, _ weight: Weight, _ gradients: Gradients) {
        gradients[x].accumulate(base.inputGradient(dy, weight))
        guard weight.tensor.isOwnMemory else { return }
        base.addWeightGradient(dy, x, of: weight, to: gradients[weight.tensor])
    }

    package func headwiseLinear(_ x: Tensor, _ weight: HeadwiseWeight) -> Tensor {
        tape.record(base.headwiseLinear(x, weight)) { [self] dy, gradients in
            let (n, heads) = (dy.shape[0], dy.shape[1])
            let isShared = x.shape[1] == 1
            let dx = gradients[x].reshaped([n, isShared ? weight.inputs : heads * weight.inputs])
            for (head, matrix) in weight.heads.enumerated() {
                let dyHead = dy.head(head, weight.outputs)
                let xHead = isShared ? x.reshaped([n, weight.inputs]) : x.head(head, weight.inputs)
                let isTurned = weight.orientation == .inputsByOutputs
                let back = isTurned ? base.linear(dyHead, matrix) : base.inputGradient(dyHead, matrix)
                dx.addColumns(isShared ? 0 : head * weight.inputs, back, 0..<weight.inputs)
                guard matrix.tensor.isOwnMemory else { continue }
                let (rows, columns) = isTurned ? (xHead, dyHead) : (dyHead, xHead)
                base.addWeightGradient(rows, columns, of: matrix, to: gradients[matrix.tensor])
            }
        }
    }
}

extension Weight {
    /// The columns as rows, in f32.
    var transposed: Weight {
        Weight((elementType == .f32 ? tensor : decoded()).transposed())
    }
}

extension Tensor {
    /// Entry `head` of every row of [n, heads, width] as rows of their own.
    fileprivate func head(_ head: Int, _ width: Int) -> Tensor {
        let result = Tensor(uninitialized: [shape[0], width])
        let stride = shape[1] * width
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
}

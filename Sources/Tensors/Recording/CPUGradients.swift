// What goes back through products, on all threads, added where it belongs without copies of anything.

extension CPUOperations {
    package var loops: DerivativeLoops { DerivativeLoops(kernels, pool: pool, workOfOneThread: workOfOneThread) }

    package func inputGradient(_ dy: Tensor, _ weight: Weight) -> Tensor {
        let result = Tensor(uninitialized: [dy.shape.rows, weight.columns])
        add([RowGroup(index: 0, rows: 0..<dy.shape.rows)], dy, [weight], to: result, isNew: true)
        return result
    }

    package func addInputGradient(_ dy: Tensor, _ weight: Weight, to sum: Tensor) {
        add([RowGroup(index: 0, rows: 0..<dy.shape.rows)], dy, [weight], to: sum)
    }

    package func addInputGradients(
        _ dy: Tensor, _ weights: [Weight], _ groups: [RowGroup], to sum: GradientSum
    ) {
        precondition(cover(groups, dy.shape.rows), "groups cover all rows")
        add(groups, dy, weights, to: sum.tensor, isNew: sum.isNew)
    }

    private func add(
        _ groups: [RowGroup], _ dy: Tensor, _ weights: [Weight], to sum: Tensor, isNew: Bool = false
    ) {
        let groups = groups.filter { !$0.rows.isEmpty }
        guard let first = groups.first.map({ weights[$0.index] }) else { return }
        let (outputs, inputs) = (first.rows, first.columns)
        precondition(dy.shape.width == outputs && sum.shape.count == dy.shape.rows * inputs)
        let floats = groups.map { weights[$0.index].inFloats() }
        dy.withFloats { dy in
            sum.withMutableFloats { sum in
                guard let dy = dy.baseAddress, let sum = sum.baseAddress else { return }
                let sums = zip(groups, floats).map { group, weight in
                    precondition(weight.shape == [outputs, inputs], "weights of one operation have one shape")
                    let term = MatrixSum.Term(
                        left: .init(base: dy + group.rows.lowerBound * outputs, stride: outputs),
                        right: .init(base: weight.address, stride: inputs), shared: outputs)
                    return MatrixSum(
                        terms: [term], sum: sum + group.rows.lowerBound * inputs, stride: inputs,
                        rows: group.rows.count, columns: inputs, isNew: isNew)
                }
                withExtendedLifetime(floats) { loops.add(sums) }
            }
        }
    }

    package func addWeightGradient(_ dy: Tensor, _ x: Tensor, to sum: Tensor) {
        let all = RowGroup(index: 0, rows: 0..<dy.shape.rows)
        addWeightGradients(dy, x, [all], of: [], to: [GradientSum(tensor: sum, isNew: false)])
    }

    package func addWeightGradients(
        _ dy: Tensor, _ x: Tensor, _ groups: [RowGroup], of weights: [Weight], to sums: [GradientSum?]
    ) {
        let (outputs, inputs) = (dy.shape.width, x.shape.width)
        precondition(dy.shape.rows == x.shape.rows)
        var unwritten = Set(sums.indices.filter { sums[$0]?.isNew ?? false })
        dy.withFloats { dy in
            x.withFloats { x in
                guard let dy = dy.baseAddress, let x = x.baseAddress else { return }
                addApart(
                    groups.compactMap { group -> MatrixSum? in
                        guard let sum = sums[group.index], !group.rows.isEmpty else { return nil }
                        precondition(sum.tensor.shape == [outputs, inputs])
                        let start = group.rows.lowerBound
                        let term = MatrixSum.Term(
                            left: .init(base: dy + start * outputs, stride: 1, step: outputs),
                            right: .init(base: x + start * inputs, stride: inputs), shared: group.rows.count)
                        return MatrixSum(
                            terms: [term], sum: sum.tensor.mutableAddress, stride: inputs, rows: outputs,
                            columns: inputs, isNew: unwritten.remove(group.index) != nil)
                    })
            }
        }
    }

    /// Adds up sums of which some may be the same matrix.
    private func addApart(_ sums: [MatrixSum]) {
        if Set(sums.map(\.sum)).count == sums.count { return loops.add(sums) }
        for sum in sums { loops.add([sum]) }
    }
}

// MARK: - Products of every head

extension CPUOperations {
    package func addInputGradients(_ dy: Tensor, _ weight: HeadwiseWeight, to sum: GradientSum) {
        let (n, heads) = (dy.shape[0], dy.shape[1])
        let (inputs, outputs, isShared) = (weight.inputs, weight.outputs, sum.tensor.shape[1] == 1)
        precondition(dy.shape[2] == outputs && sum.tensor.shape == [n, isShared ? 1 : heads, inputs])
        let floats = weight.heads.map { $0.inFloats() }
        dy.withFloats { dy in
            guard let dy = dy.baseAddress, n > 0 else { return }
            let terms = floats.enumerated().map { head, matrix in
                MatrixSum.Term(
                    left: .init(base: dy + head * outputs, stride: heads * outputs),
                    right: .init(
                        base: matrix.address, stride: matrix.shape[1],
                        layout: weight.orientation == .inputsByOutputs ? .turned : .plain), shared: outputs)
            }
            let stride = (isShared ? 1 : heads) * inputs
            let start = sum.tensor.mutableAddress
            let parts = isShared ? [terms] : terms.map { [$0] }
            withExtendedLifetime(floats) {
                loops.add(
                    parts.enumerated().map { place, terms in
                        MatrixSum(
                            terms: terms, sum: start + place * inputs, stride: stride, rows: n, columns: inputs,
                            isNew: sum.isNew)
                    })
            }
        }
    }

    package func addWeightGradients(_ dy: Tensor, _ x: Tensor, of weight: HeadwiseWeight, to sums: [Tensor?]) {
        let (n, heads) = (dy.shape[0], dy.shape[1])
        let (inputs, outputs, isShared) = (weight.inputs, weight.outputs, x.shape[1] == 1)
        precondition(dy.shape[2] == outputs && x.shape == [n, isShared ? 1 : heads, inputs])
        dy.withFloats { dy in
            x.withFloats { x in
                guard let dy = dy.baseAddress, let x = x.baseAddress else { return }
                addApart(
                    sums.enumerated().compactMap { head, sum -> MatrixSum? in
                        guard let sum else { return nil }
                        let back = (base: dy + head * outputs, stride: heads * outputs)
                        let input = (
                            base: isShared ? x : x + head * inputs, stride: isShared ? inputs : heads * inputs
                        )
                        let (a, b) = weight.orientation == .outputsByInputs ? (back, input) : (input, back)
                        let term = MatrixSum.Term(
                            left: .init(base: a.base, stride: 1, step: a.stride),
                            right: .init(base: b.base, stride: b.stride), shared: n)
                        return MatrixSum(
                            terms: [term], sum: sum.mutableAddress, stride: sum.shape[1], rows: sum.shape[0],
                            columns: sum.shape[1])
                    })
            }
        }
    }
}

// MARK: - Addresses

extension Weight {
    /// The values as they lie in memory if they are f32 there, or decoded.
    func inFloats() -> Tensor { liesInFloats ? tensor : decoded() }

    /// Whether the values can be read as they lie in memory.
    var liesInFloats: Bool { elementType == .f32 && tensor.byteOffset % 4 == 0 }
}

extension Tensor {
    /// Where the values begin; valid while the tensor lives.
    var address: UnsafePointer<Float> {
        precondition(elementType == .f32)
        return bytes.assumingMemoryBound(to: Float.self)
    }

    /// Where the values begin, to be added to; valid while the tensor lives.
    var mutableAddress: UnsafeMutablePointer<Float> {
        precondition(isOwnMemory, "only f32 memory of our own is written")
        return (storage.base + byteOffset).assumingMemoryBound(to: Float.self)
    }
}

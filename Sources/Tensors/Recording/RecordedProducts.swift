extension RecordingOperations {
    package func linear(_ x: Tensor, _ weight: Weight) -> Tensor {
        tape.record(base.linear(x, weight)) { [base] dy, gradients in
            base.addProduct(dy, x, weight, gradients)
        }
    }

    package func linears(_ x: Tensor, _ weights: [Weight]) -> [Tensor] {
        zip(base.linears(x, weights), weights).map { y, weight in
            tape.record(y) { [base] dy, gradients in base.addProduct(dy, x, weight, gradients) }
        }
    }

    package func groupedLinear(_ x: Tensor, _ weights: [Weight], _ groups: [RowGroup]) -> Tensor {
        tape.record(base.groupedLinear(x, weights, groups)) { [base] dy, gradients in
            base.addInputGradients(dy, weights, groups, to: gradients.sum(x.place))
            let sums = gradients.sums(of: weights, groups)
            if sums.contains(where: { $0 != nil }) { base.addWeightGradients(dy, x, groups, of: weights, to: sums) }
        }
    }

    package func headwiseLinear(_ x: Tensor, _ weight: HeadwiseWeight) -> Tensor {
        tape.record(base.headwiseLinear(x, weight)) { [base] dy, gradients in
            base.addInputGradients(dy, weight, to: gradients.sum(x.place))
            let sums = weight.heads.map { gradients.ofOwn($0) }
            if sums.contains(where: { $0 != nil }) { base.addWeightGradients(dy, x, of: weight, to: sums) }
        }
    }
}

extension Operations {
    /// y = x·Wᵀ: dx = dy·W and dW = dyᵀ·x.
    fileprivate func addProduct(_ dy: Tensor, _ x: Tensor, _ weight: Weight, _ gradients: Gradients) {
        if gradients.isNew(x.place) {
            gradients.give(inputGradient(dy, weight), to: x.place, loops)
        } else {
            addInputGradient(dy, weight, to: gradients[x])
        }
        let all = RowGroup(index: 0, rows: 0..<dy.shape.rows)
        if !all.rows.isEmpty, let sum = gradients.sumOfOwn(weight) {
            addWeightGradients(dy, x, [all], of: [weight], to: [sum])
        }
    }
}

extension Gradients {
    /// Where the gradient of a weight is added up; `nil` for one that is a constant.
    func sumOfOwn(_ weight: Weight) -> GradientSum? {
        weight.tensor.isOwnMemory ? sum(weight.tensor.place) : nil
    }

    /// The gradient of a weight; `nil` for one that is a constant.
    fileprivate func ofOwn(_ weight: Weight) -> Tensor? { weight.tensor.isOwnMemory ? self[weight.tensor] : nil }
}

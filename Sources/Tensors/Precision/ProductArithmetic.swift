/// How the three products of a linear layer are computed in a precision: with operands rounded first, by operations that multiply.
protocol ProductArithmetic: Sendable {
    /// x·Wᵀ with another weight for each group of rows; Fprop. [m, in] → [m, out].
    func groupedLinear(_ x: Tensor, _ weights: [Weight], _ groups: [RowGroup], _ place: LinearWeights.Place) -> Tensor

    /// A product of its own for every head. [n, heads or 1, in] → [n, heads, out].
    func headwiseLinear(_ x: Tensor, _ weight: HeadwiseWeight, _ place: LinearWeights.Place) -> Tensor

    /// dy·W; Dgrad. [n, out] → [n, in].
    func inputGradient(_ dy: Tensor, _ weight: Weight, _ place: LinearWeights.Place) -> Tensor

    /// sum += dyᵀ·x; Wgrad. [n, out], [n, in] → [out, in].
    func addWeightGradient(_ dy: Tensor, _ x: Tensor, _ place: LinearWeights.Place, to sum: Tensor)
}

/// Operands and results in bfloat16, sums in f32, weights' gradients f32.
///
/// Products of two bfloat16 numbers are exact in f32, so that `base` makes no error but in its sums.
struct BF16Products: ProductArithmetic {
    let base: any Operations
    let pool: ThreadPool

    func groupedLinear(_ x: Tensor, _ weights: [Weight], _ groups: [RowGroup], _ place: LinearWeights.Place) -> Tensor {
        var rounded = weights
        for group in groups where !group.rows.isEmpty { rounded[group.index] = self.rounded(weights[group.index]) }
        return result(base.groupedLinear(x.roundedToBF16(pool: pool), rounded, groups))
    }

    func headwiseLinear(_ x: Tensor, _ weight: HeadwiseWeight, _ place: LinearWeights.Place) -> Tensor {
        let rounded = HeadwiseWeight(weight.heads.map { self.rounded($0) }, weight.orientation)
        return result(base.headwiseLinear(x.roundedToBF16(pool: pool), rounded))
    }

    func inputGradient(_ dy: Tensor, _ weight: Weight, _ place: LinearWeights.Place) -> Tensor {
        result(base.inputGradient(dy.roundedToBF16(pool: pool), rounded(weight)))
    }

    func addWeightGradient(_ dy: Tensor, _ x: Tensor, _ place: LinearWeights.Place, to sum: Tensor) {
        base.addWeightGradient(dy.roundedToBF16(pool: pool), x.roundedToBF16(pool: pool), to: sum)
    }

    private func rounded(_ weight: Weight) -> Weight {
        Weight((weight.elementType == .f32 ? weight.tensor : weight.decoded()).roundedToBF16(pool: pool))
    }

    private func result(_ sums: Tensor) -> Tensor {
        sums.roundToBF16(pool: pool)
        return sums
    }
}

extension RecordingOperations {
    package func gatedLinear(
        _ x: Tensor, gates: [Weight], ups: [Weight], _ groups: [RowGroup], sources: [Int32]?
    ) -> Tensor {
        let weights = GatedWeights(gates: gates, ups: ups, groups: groups)
        guard let base = base as? any GatedDerivatives, let parts = base.gatedParts(x, weights, sources: sources) else {
            let rows = sources.map { gatherRows(x, $0) } ?? x
            return gatedSiLU(groupedLinear(rows, gates, groups), groupedLinear(rows, ups, groups))
        }
        let input = x.place
        return tape.record(parts.output) { [loops] dz, gradients in
            let sums = GatedSums(
                gates: gradients.sums(of: gates, groups), ups: gradients.sums(of: ups, groups))
            guard let sources else {
                return base.addGatedGradients(dz, parts, weights, to: gradients.sum(input), sums)
            }
            let rows = Tensor(uninitialized: parts.rows.shape)
            base.addGatedGradients(dz, parts, weights, to: GradientSum(tensor: rows, isNew: true), sums)
            loops.scatter(rows, to: sources, of: gradients[input])
        }
    }
}

extension Gradients {
    /// Where the gradients of the groups' weights are added up, by the weights' index; none for constants, and for weights that no
    /// group has.
    func sums(of weights: [Weight], _ groups: [RowGroup]) -> [GradientSum?] {
        var sums = [GradientSum?](repeating: nil, count: weights.count)
        for group in groups where !group.rows.isEmpty && sums[group.index] == nil {
            sums[group.index] = sumOfOwn(weights[group.index])
        }
        return sums
    }
}

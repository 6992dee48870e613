// SiLU(x·Gᵀ) · (x·Uᵀ) with what its derivatives need, an expert's rows after another's: what a product makes is used while it is
// still in a core's own cache.

/// Operations that take gated products and their derivatives in one piece.
protocol GatedDerivatives: Operations {
    /// `gatedLinear`, and what its derivatives need; `nil` where the operations that it is made of do as well.
    func gatedParts(_ x: Tensor, _ weights: GatedWeights, sources: [Int32]?) -> GatedParts?

    /// What goes back through `gatedParts`: adds dU·U + dG·G, of each group's rows, to `sum` [m, in], and dGᵀ·x and dUᵀ·x to
    /// the sums of the weights. `parts` cannot be used again.
    func addGatedGradients(
        _ dz: Tensor, _ parts: GatedParts, _ weights: GatedWeights, to sum: GradientSum, _ weightSums: GatedSums)
}

/// A pair of weights for each group of rows.
struct GatedWeights: Sendable {
    let gates: [Weight]
    let ups: [Weight]
    /// They cover all rows once, in order.
    let groups: [RowGroup]

    /// Whether all are f32 in memory, and none is there twice: then each has a gradient of its own.
    var areFloatsApart: Bool {
        let used = groups.flatMap { [gates[$0.index], ups[$0.index]] }
        let places = Set(used.map { [$0.tensor.storage.identity, UInt64($0.tensor.byteOffset)] })
        return places.count == used.count && used.allSatisfy(\.liesInFloats)
    }
}

/// What a gated product leaves for its derivatives.
struct GatedParts: Sendable {
    /// The rows of x that were multiplied. [m, in]
    let rows: Tensor
    /// x·Gᵀ and x·Uᵀ, each [m, out]; their derivatives are written over them.
    let gates: Tensor
    let ups: Tensor
    /// The result. [m, out]
    let output: Tensor
}

/// Where the gradients of weights are added up, by the weights' index; none for a constant.
struct GatedSums {
    let gates: [GradientSum?]
    let ups: [GradientSum?]
}

// MARK: - Forward

extension CPUOperations: GatedDerivatives {
    func gatedParts(_ x: Tensor, _ weights: GatedWeights, sources: [Int32]?) -> GatedParts? {
        guard productOrder == .chains, weights.areFloatsApart, let first = weights.groups.first else { return nil }
        let (count, outputs) = (sources?.count ?? x.shape[0], weights.gates[first.index].rows)
        precondition(x.shape.rank == 2 && cover(weights.groups, count), "groups cover all rows")
        precondition(sources?.allSatisfy { $0 >= 0 && $0 < x.shape[0] } ?? true, "no such row")
        let parts = GatedParts(
            rows: sources == nil ? x : Tensor(uninitialized: [count, x.shape.width]),
            gates: Tensor(uninitialized: [count, outputs]), ups: Tensor(uninitialized: [count, outputs]),
            output: Tensor(uninitialized: [count, outputs]))
        let products = GatedProducts(parts, weights, loops)
        let forward = products.forward()
        withExtendedLifetime(forward) {
            products.forEachBlock { group, rows in
                if let sources { products.gather(x, sources, group, rows) }
                products.multiply(forward, group, rows, rowKernels)
            }
        }
        return parts
    }

    func addGatedGradients(
        _ dz: Tensor, _ parts: GatedParts, _ weights: GatedWeights, to sum: GradientSum, _ weightSums: GatedSums
    ) {
        precondition(dz.shape.count == parts.output.shape.count && sum.tensor.shape.count == parts.rows.shape.count)
        let products = GatedProducts(parts, weights, loops)
        let ofWeights = products.weightSums(weightSums)
        guard weights.groups.count >= 4 * pool.threads else {
            products.forEachBlock { products.derive(dz, $0, $1, to: sum) }
            return loops.add(ofWeights.flatMap(\.self))
        }
        // Many groups: each is one thread's, from its rows to its weights' gradients.
        products.forEachGroup { group in
            for rows in products.blocks(of: group) { products.derive(dz, group, rows, to: sum) }
            for sum in ofWeights[group] { products.add(sum) }
        }
    }
}

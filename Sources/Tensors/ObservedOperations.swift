/// Rows that are multiplied with the same weights, or with weights that read them alike.
package struct ObservedProduct: Sendable {
    /// The weights, each [out, in].
    package let weights: [Weight]
    /// Where the rows are: any shape whose last axis is `in`.
    package let x: Tensor
    /// Which of x's rows take part; one that is multiplied twice stands there twice.
    package let rows: [Int32]

    package init(_ weights: [Weight], _ x: Tensor, rows: [Int32]? = nil) {
        self.weights = weights
        self.x = x
        self.rows = rows ?? Array(0..<Int32(x.shape.rows))
    }
}

/// Operations that others carry out, while someone looks at what every weight is multiplied with.
///
/// Numbers are those of `base`. Expanding latents for attention counts as a product of the latents that are new in the call
/// with the first head's key expansion, which stands for the matrix that holds all heads'.
package struct ObservedOperations: WrappingOperations {
    package let base: any Operations
    private let observe: @Sendable ([ObservedProduct]) -> Void

    package init(_ base: any Operations, observe: @escaping @Sendable ([ObservedProduct]) -> Void) {
        self.base = base
        self.observe = observe
    }

    package var name: String { base.name }

    // MARK: Weights

    package func linear(_ x: Tensor, _ weight: Weight) -> Tensor {
        observe([ObservedProduct([weight], x)])
        return base.linear(x, weight)
    }

    package func linears(_ x: Tensor, _ weights: [Weight]) -> [Tensor] {
        observe([ObservedProduct(weights, x)])
        return base.linears(x, weights)
    }

    package func groupedLinear(_ x: Tensor, _ weights: [Weight], _ groups: [RowGroup]) -> Tensor {
        observe(groups.map { ObservedProduct([weights[$0.index]], x, rows: $0.rows.map(Int32.init)) })
        return base.groupedLinear(x, weights, groups)
    }

    package func gatedLinear(
        _ x: Tensor, gates: [Weight], ups: [Weight], _ groups: [RowGroup], sources: [Int32]?
    ) -> Tensor {
        observe(
            groups.map { group in
                let rows = sources.map { Array($0[group.rows]) } ?? group.rows.map(Int32.init)
                return ObservedProduct([gates[group.index], ups[group.index]], x, rows: rows)
            })
        return base.gatedLinear(x, gates: gates, ups: ups, groups, sources: sources)
    }

    package func headwiseLinear(_ x: Tensor, _ weight: HeadwiseWeight) -> Tensor {
        let heads = x.shape[1]
        observe(
            weight.heads.enumerated().map { head, weight in
                let first = heads == 1 ? 0 : head
                return ObservedProduct(
                    [weight], x, rows: stride(from: first, to: x.shape.rows, by: heads).map(Int32.init))
            })
        return base.headwiseLinear(x, weight)
    }

    package func expandedAttention(
        _ query: Tensor, _ latents: PagedRows, _ expansion: LatentExpansion, scale: Float, firstPosition: Int
    ) -> Tensor {
        let added = latents.narrowed(to: expansion.latentSize)
            .decoded(firstPosition..<firstPosition + query.shape[0])
        observe([ObservedProduct([expansion.keys.heads[0]], added)])
        return base.expandedAttention(query, latents, expansion, scale: scale, firstPosition: firstPosition)
    }
}

/// In which order the products of a row add up. Either way a result depends on nothing but its row and the weight's.
package enum ProductOrder: Sendable {
    /// In 32 lanes that are joined at the end: fast for few rows, which need not wait for a weight to be packed.
    case lanes
    /// One after another, many results at a time: fast for many rows, as in training.
    case chains
}

extension CPUOperations {
    /// Output j of a row is its product with row j of the weight, or with column j, added up one after another.
    /// - Returns: `false`, and does nothing, where products are wanted in lanes or a weight is not in f32.
    func multiplyInChains(
        _ products: [Product], _ input: UnsafePointer<Float>, downColumns: Bool = false
    ) -> Bool {
        guard productOrder == .chains, !products.isEmpty,
            products.allSatisfy(\.weight.liesInFloats)
        else { return false }
        loops.add(
            products.map { product in
                let weight = product.weight
                let (inputs, outputs) = downColumns ? (weight.rows, weight.columns) : (weight.columns, weight.rows)
                let term = MatrixSum.Term(
                    left: .init(base: input + product.firstRow * inputs, stride: product.rowStride * inputs),
                    right: .init(
                        base: weight.tensor.address, stride: weight.columns, layout: downColumns ? .plain : .turned),
                    shared: inputs)
                return MatrixSum(
                    terms: [term], sum: product.output, stride: product.outputStride, rows: product.rows,
                    columns: outputs, isNew: true)
            })
        return true
    }
}

// Products with weights: what each operation multiplies with what, and how the work is shared out.

extension CPUOperations {
    package func linear(_ x: Tensor, _ weight: Weight) -> Tensor {
        groupedLinear(x, [weight], [RowGroup(index: 0, rows: 0..<x.shape[0])])
    }

    package func linears(_ x: Tensor, _ weights: [Weight]) -> [Tensor] {
        let results = weights.map { Tensor(uninitialized: [x.shape[0], $0.rows]) }
        let products = zip(weights, results).compactMap { weight, result in
            result.withMutableFloats { output in
                output.baseAddress.map {
                    Product(weight: weight, rows: x.shape[0], output: $0, outputStride: weight.rows)
                }
            }
        }
        x.withFloats { input in
            guard let input = input.baseAddress else { return }
            multiply(products, input, rows: x.shape[0], inputs: x.shape.width)
        }
        return results
    }

    package func groupedLinear(_ x: Tensor, _ weights: [Weight], _ groups: [RowGroup]) -> Tensor {
        let outputs = weights.first?.rows ?? 0
        precondition(x.shape.rank == 2 && cover(groups, x.shape[0]), "groups cover all rows")
        return fill([x.shape[0], outputs], from: x) { input, output in
            guard let input = input.baseAddress, let output = output.baseAddress else { return }
            multiply(
                products(weights, groups, into: output), input, rows: x.shape[0], inputs: x.shape.width)
        }
    }

    package func headwiseLinear(_ x: Tensor, _ weight: HeadwiseWeight) -> Tensor {
        let (n, heads, inputs, outputs) = (x.shape[0], weight.heads.count, weight.inputs, weight.outputs)
        precondition(x.shape.rank == 3 && x.shape[2] == inputs && (x.shape[1] == heads || x.shape[1] == 1))
        return fill([n, heads, outputs], from: x) { input, output in
            guard let input = input.baseAddress, let output = output.baseAddress else { return }
            let shared = x.shape[1] == 1
            let products = { (weights: [Weight]) in
                weights.enumerated().map { head, weight in
                    Product(
                        weight: weight, rows: n, firstRow: shared ? 0 : head, rowStride: x.shape[1],
                        output: output + head * outputs, outputStride: heads * outputs)
                }
            }
            // What decides is how much all heads together add up.
            let width = heads * inputs
            switch weight.orientation {
            case .outputsByInputs:
                multiply(products(weight.heads), input, rows: x.shape.rows, inputs: inputs, width: width)
            case .inputsByOutputs:
                if multiplyInChains(products(weight.heads), input, downColumns: true) { return }
                // One input for all heads: rows of a cache, many of them. Few rows are multiplied as they are.
                if shared, heads > 1, let turned = turned(weight, width: width) {
                    multiply(products(turned), input, rows: x.shape.rows, inputs: inputs, width: width)
                } else {
                    multiplyDownColumns(products(weight.heads), input)
                }
            }
        }
    }

    /// Whether the groups cover `rows` rows once, in order.
    func cover(_ groups: [RowGroup], _ rows: Int) -> Bool {
        var next = 0
        for group in groups {
            guard group.rows.lowerBound == next else { return false }
            next = group.rows.upperBound
        }
        return next == rows
    }

    /// The products of groups whose rows lie one after another, like their results.
    func products(
        _ weights: [Weight], _ groups: [RowGroup], into output: UnsafeMutablePointer<Float>
    ) -> [Product] {
        let outputs = weights.first?.rows ?? 0
        return groups.filter { !$0.rows.isEmpty }.map { group in
            precondition(weights[group.index].rows == outputs, "weights of one operation have equally many rows")
            return Product(
                weight: weights[group.index], rows: group.rows.count, firstRow: group.rows.lowerBound,
                output: output + group.rows.lowerBound * outputs, outputStride: outputs)
        }
    }
}

/// Rows of activations, the weight that they are multiplied with, and where the results go.
struct Product {
    let weight: Weight
    let rows: Int
    /// Which of the call's rows of activations is the first, and how far the next one is.
    var firstRow = 0
    var rowStride = 1
    let output: UnsafeMutablePointer<Float>
    let outputStride: Int
}

extension CPUOperations {
    /// Output j of a row is its product with row j of the weight.
    /// - Parameter width: what decides whether products are computed in 8 bits; the inputs unless given.
    func multiply(
        _ products: [Product], _ input: UnsafePointer<Float>, rows: Int, inputs: Int, width: Int? = nil
    ) {
        for product in products {
            precondition(product.weight.columns == inputs, "a weight has a column for every input")
        }
        let (whole, others) = split(products, width: width ?? inputs)
        let (rounded, exact) = splitBFloats(others, width: width ?? inputs)
        multiplyBFloats(rounded, input, rows: rows, inputs: inputs)
        if !multiplyInChains(exact, input) { multiplyExactly(exact, input) }
        guard !whole.isEmpty else { return }
        withQuantized(input, rows: rows, inputs: inputs, for: whole.map(\.weight)) { quantized in
            let pieces = Pieces(whole, threads: threads(worth: Pieces.cost(whole) / 8))
            pool.parallelChunks(shares: pieces.shares) { index in
                let (product, range) = pieces[index]
                multiply(whole[product], range, quantized, next: pieces.firstRow(after: index, whole))
            }
        }
    }

    /// Products in 8 bits, and those that are computed exactly.
    private func split(_ products: [Product], width: Int) -> (whole: [Product], exact: [Product]) {
        guard arithmetic == .eightBit, width >= leastIntegerWidth else { return ([], products) }
        if products.allSatisfy({ integerKernels(of: $0.weight) != nil }) { return (products, []) }
        return (
            products.filter { integerKernels(of: $0.weight) != nil },
            products.filter { integerKernels(of: $0.weight) == nil }
        )
    }

    /// Products in bf16, and those that are computed exactly.
    private func splitBFloats(_ products: [Product], width: Int) -> (rounded: [Product], exact: [Product]) {
        guard kernels.bfloats != nil else { return ([], products) }
        return (
            products.filter { roundsToBFloat($0.weight, width: width) },
            products.filter { !roundsToBFloat($0.weight, width: width) }
        )
    }
}

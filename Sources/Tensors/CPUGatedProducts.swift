// SiLU(x·Gᵀ) · (x·Uᵀ) in 8 bits, piece by piece: both products of a piece are combined while they are in the cache.

extension CPUOperations {
    package func gatedLinear(
        _ x: Tensor, gates: [Weight], ups: [Weight], _ groups: [RowGroup], sources: [Int32]?
    ) -> Tensor {
        let (rows, outputs) = (sources?.count ?? x.shape[0], gates.first?.rows ?? 0)
        precondition(x.shape.rank == 2 && cover(groups, rows), "groups cover all rows")
        precondition(sources?.allSatisfy { $0 >= 0 && $0 < x.shape[0] } ?? true, "no such row")
        guard takesIntegers(gates, ups, groups) else {
            let rows = sources.map { gatherRows(x, $0) } ?? x
            return gatedSiLU(groupedLinear(rows, gates, groups), groupedLinear(rows, ups, groups))
        }
        return fill([rows, outputs], from: x) { input, output in
            guard let input = input.baseAddress, let output = output.baseAddress else { return }
            multiplyGated(
                products(gates, groups, into: output), products(ups, groups, into: output), input,
                rows: x.shape[0], inputs: x.shape.width, sources)
        }
    }

    private func takesIntegers(_ gates: [Weight], _ ups: [Weight], _ groups: [RowGroup]) -> Bool {
        guard arithmetic == .eightBit, let width = gates.first?.columns, width >= leastIntegerWidth else {
            return false
        }
        return groups.allSatisfy {
            integerKernels(of: gates[$0.index]) != nil && integerKernels(of: ups[$0.index]) != nil
        }
    }

    private func multiplyGated(
        _ gates: [Product], _ ups: [Product], _ input: UnsafePointer<Float>, rows: Int, inputs: Int,
        _ sources: [Int32]?
    ) {
        withQuantized(input, rows: rows, inputs: inputs, for: (gates + ups).map(\.weight)) { quantized in
            gathered(quantized, sources) { x in
                let pieces = Pieces(gates, threads: threads(worth: Pieces.cost(gates) / 4))
                pool.parallelChunks(shares: pieces.shares) { index in
                    let (product, range) = pieces[index]
                    multiply(gates[product], ups[product], range, x, next: pieces.firstRow(after: index, gates))
                }
            }
        }
    }

    /// Outputs `range` of both products, side by side in memory that stays in the second cache, then combined on the way
    /// to where they belong.
    private func multiply(
        _ gate: Product, _ up: Product, _ range: Range<Int>, _ x: QuantizedActivations, next: UnsafeRawPointer?
    ) {
        let (rows, count) = (gate.rows, range.count)
        withUnsafeTemporaryAllocation(of: Float.self, capacity: 2 * rows * count) { memory in
            guard let gates = memory.baseAddress else { return }
            let ups = gates + rows * count
            let ofUp = up.weight.firstByte(ofRow: range.lowerBound)
            multiply(gate.part(range, into: gates), 0..<count, x, next: ofUp)
            multiply(up.part(range, into: ups), 0..<count, x, next: next)
            for row in 0..<rows {
                rowKernels.gate(
                    gates + row * count, ups + row * count,
                    into: gate.output + row * gate.outputStride + range.lowerBound, count: count)
            }
        }
    }

    /// Calls `body` with the rows `sources` one after another, so that those of an expert lie together.
    private func gathered(
        _ quantized: QuantizedActivations, _ sources: [Int32]?, _ body: (QuantizedActivations) -> Void
    ) {
        guard let sources else { return body(quantized) }
        let sizes = quantized.layouts.map { sources.count * $0.stride }
        withUnsafeTemporaryAllocation(byteCount: sizes.reduce(0, +), alignment: 64) { memory in
            guard var start = memory.baseAddress else { return }
            var layouts: [QuantizedRows] = []
            for (layout, size) in zip(quantized.layouts, sizes) {
                let copy = layout.relocated(to: start)
                pool.parallel(count: sources.count, grain: grain(cost: layout.stride)) { range in
                    for place in range { copy.copyRow(Int(sources[place]), of: layout, to: place) }
                }
                layouts.append(copy)
                start += size
            }
            body(QuantizedActivations(types: quantized.types, layouts: layouts))
        }
    }
}

extension Product {
    /// The same with some rows of the weight, whose results lie one after another from `output`.
    fileprivate func part(_ range: Range<Int>, into output: UnsafeMutablePointer<Float>) -> Product {
        Product(
            weight: weight.rows(range), rows: rows, firstRow: firstRow, rowStride: rowStride, output: output,
            outputStride: range.count)
    }
}

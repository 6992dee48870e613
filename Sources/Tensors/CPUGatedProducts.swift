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
        let up = Tensor(uninitialized: [rows, outputs])
        return up.withMutableFloats { up in
            fill([rows, outputs], from: x) { input, output in
                guard let input = input.baseAddress, let output = output.baseAddress, let up = up.baseAddress else {
                    return
                }
                multiplyGated(
                    products(gates, groups, into: output), products(ups, groups, into: up), input,
                    rows: x.shape[0], inputs: x.shape.width, sources)
            }
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
        withQuantized(input, rows: rows, inputs: inputs, gates + ups) { quantized in
            gathered(quantized, sources) { x in
                let pieces = Pieces(gates, threads: pool.threads)
                pool.parallelChunks(count: pieces.count, grain: grain(cost: pieces.work / 4)) { index in
                    let (product, range) = pieces[index]
                    multiply(gates[product], range, x)
                    multiply(ups[product], range, x)
                    combine(gates[product], ups[product], range)
                }
            }
        }
    }

    private func combine(_ gate: Product, _ up: Product, _ range: Range<Int>) {
        for row in 0..<gate.rows {
            let place = row * gate.outputStride + range.lowerBound
            rowKernels.gate(gate.output + place, up.output + place, into: gate.output + place, count: range.count)
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

/// The loops of a gated product and its derivatives, over blocks of a group's rows.
///
/// What is added up, and in which order, does not depend on the blocks: see `MatrixSum`.
struct GatedProducts {
    /// The most rows of a block, and columns that are computed together: both halves of a product and the result stay in a
    /// core's own cache of 1 MiB, with what was packed of the weights.
    private static let most = (rows: 384, columns: 128)

    private let parts: GatedParts
    private let weights: GatedWeights
    private let loops: DerivativeLoops
    private let (inputs, outputs): (Int, Int)

    init(_ parts: GatedParts, _ weights: GatedWeights, _ loops: DerivativeLoops) {
        (self.parts, self.weights, self.loops) = (parts, weights, loops)
        (inputs, outputs) = (parts.rows.shape.width, parts.output.shape.width)
        for group in weights.groups {
            let shapes = [weights.gates[group.index], weights.ups[group.index]].map { [$0.rows, $0.columns] }
            precondition(shapes.allSatisfy { $0 == [outputs, inputs] }, "weights of one operation have one shape")
        }
    }

    // MARK: Blocks

    /// Blocks of the rows of a group, counted from the group's first.
    func blocks(of group: Int) -> [Range<Int>] { blocks(weights.groups[group].rows.count, GatedProducts.most.rows) }

    private func blocks(_ count: Int, _ most: Int) -> [Range<Int>] {
        guard count > 0 else { return [] }
        let parts = (count + most - 1) / most
        // Six rows are multiplied at once.
        let even = ((count + parts - 1) / parts + 5) / 6 * 6
        return stride(from: 0, to: count, by: even).map { $0..<min($0 + even, count) }
    }

    /// Calls `body` with the number of a group and some of its rows; blocks that share none run side by side.
    func forEachBlock(_ body: (Int, Range<Int>) -> Void) {
        var (most, all) = (GatedProducts.most.rows, [(group: Int, rows: Range<Int>)]())
        repeat {
            all = weights.groups.indices.flatMap { group in
                blocks(weights.groups[group].rows.count, most).map { (group, $0) }
            }
            most /= 2
        } while all.count < 4 * loops.pool.threads && most >= 48
        run(all.count) { body(all[$0].group, all[$0].rows) }
    }

    /// Calls `body` with every group, those with the most rows first.
    func forEachGroup(_ body: (Int) -> Void) {
        let order = weights.groups.indices.sorted { weights.groups[$0].rows.count > weights.groups[$1].rows.count }
        run(order.count) { body(order[$0]) }
    }

    private func run(_ count: Int, _ body: (Int) -> Void) {
        let rows = parts.output.shape.rows
        loops.pool.parallelChunks(
            count: count, grain: max(1, count * loops.workOfOneThread / max(2 * rows * inputs * outputs, 1)), body)
    }

    // MARK: Forward

    /// Copies the rows of a block to where they are multiplied.
    func gather(_ x: Tensor, _ sources: [Int32], _ group: Int, _ rows: Range<Int>) {
        let first = weights.groups[group].rows.lowerBound
        let (from, to) = (x.address, parts.rows.mutableAddress)
        for row in first + rows.lowerBound..<first + rows.upperBound {
            // Safe: the caller has checked the sources; rows of a block are one thread's.
            (to + row * inputs).update(from: from + Int(sources[row]) * inputs, count: inputs)
        }
    }

    /// The products of all groups with both weights.
    func forward() -> PackedRights {
        PackedRights(
            weights.groups.indices.flatMap { group in
                [(weights.gates, parts.gates), (weights.ups, parts.ups)].map {
                    product(group, $0[groupIndex(group)], $1)
                }
            }, loops)
    }

    /// Both products of a block, of those in `forward`, and what they make, some columns at a time.
    func multiply(_ forward: PackedRights, _ group: Int, _ rows: Range<Int>, _ kernels: AttentionKernels) {
        let start = weights.groups[group].rows.lowerBound
        for first in stride(from: 0, to: outputs, by: GatedProducts.most.columns) {
            let columns = first..<min(first + GatedProducts.most.columns, outputs)
            for sum in forward.sums[2 * group..<2 * group + 2] {
                SumTile(sum: sum, rows: rows, columns: columns, loops: loops).add()
            }
            for row in start + rows.lowerBound..<start + rows.upperBound {
                let place = row * outputs + columns.lowerBound
                kernels.gate(
                    parts.gates.address + place, parts.ups.address + place,
                    into: parts.output.mutableAddress + place, count: columns.count)
            }
        }
    }

    private func groupIndex(_ group: Int) -> Int { weights.groups[group].index }

    /// A group's rows times a weight.
    private func product(_ group: Int, _ weight: Weight, _ result: Tensor) -> MatrixSum {
        let rows = weights.groups[group].rows
        let term = MatrixSum.Term(
            left: .init(base: parts.rows.address + rows.lowerBound * inputs, stride: inputs),
            right: .init(base: weight.tensor.address, stride: inputs, layout: .turned), shared: inputs)
        return MatrixSum(
            terms: [term], sum: result.mutableAddress + rows.lowerBound * outputs, stride: outputs,
            rows: rows.count, columns: outputs, isNew: true)
    }

    // MARK: Backward

    /// The derivatives of a block's halves, over what they were, and of its rows, added to `sum`.
    func derive(_ dz: Tensor, _ group: Int, _ rows: Range<Int>, to sum: GradientSum) {
        let first = (weights.groups[group].rows.lowerBound + rows.lowerBound) * outputs
        let (gates, ups) = (parts.gates.mutableAddress + first, parts.ups.mutableAddress + first)
        // Safe: rows of this block in tensors of one shape; the loop reads a place before it writes there.
        loops.kernels.table.gate_gradients(gates, ups, dz.address + first, gates, ups, rows.count * outputs, 1)
        add(back(group, to: sum), rows)
    }

    /// dU·U + dG·G of a group's rows.
    private func back(_ group: Int, to sum: GradientSum) -> MatrixSum {
        let rows = weights.groups[group].rows
        let terms = [(parts.ups, weights.ups), (parts.gates, weights.gates)].map { half, weights in
            MatrixSum.Term(
                left: .init(base: half.address + rows.lowerBound * outputs, stride: outputs),
                right: .init(base: weights[groupIndex(group)].tensor.address, stride: inputs), shared: outputs)
        }
        return MatrixSum(
            terms: terms, sum: sum.tensor.mutableAddress + rows.lowerBound * inputs, stride: inputs,
            rows: rows.count, columns: inputs, isNew: sum.isNew)
    }

    /// What each group's rows say about its weights: dGᵀ·x and dUᵀ·x.
    func weightSums(_ sums: GatedSums) -> [[MatrixSum]] {
        weights.groups.map { group in
            [(parts.ups, sums.ups), (parts.gates, sums.gates)].compactMap { half, sums in
                sums[group.index].map { weightSum(group.rows, half, $0) }
            }
        }
    }

    private func weightSum(_ rows: Range<Int>, _ half: Tensor, _ sum: GradientSum) -> MatrixSum {
        let term = MatrixSum.Term(
            left: .init(base: half.address + rows.lowerBound * outputs, stride: 1, step: outputs),
            right: .init(base: parts.rows.address + rows.lowerBound * inputs, stride: inputs), shared: rows.count)
        return MatrixSum(
            terms: [term], sum: sum.tensor.mutableAddress, stride: inputs, rows: outputs, columns: inputs,
            isNew: sum.isNew)
    }

    /// All of a sum, on this thread.
    func add(_ sum: MatrixSum) {
        for rows in blocks(sum.rows, GatedProducts.most.rows) { add(sum, rows) }
    }

    private func add(_ sum: MatrixSum, _ rows: Range<Int>) {
        for first in stride(from: 0, to: sum.columns, by: 2 * GatedProducts.most.columns) {
            let columns = first..<min(first + 2 * GatedProducts.most.columns, sum.columns)
            SumTile(sum: sum, rows: rows, columns: columns, loops: loops).add()
        }
    }
}

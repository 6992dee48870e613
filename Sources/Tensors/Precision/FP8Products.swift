import CKernels

/// The three products of a linear layer in FP8: DeepSeek-V3 (arXiv 2412.19437) §3.3. Symbols: n rows, K what is summed over.
///
/// Every operand is E4M3. For each block b of 128 along K, `base` multiplies the codes in f32, in its own fixed order; then
/// C += (Σ a₈·b₈) · (sₐ·s_b), one fused multiply-add in f32 after the two scales were multiplied. So scales are applied after the sum,
/// as on the tensor cores that the recipe is for; only the sum inside a block has f32's 24 bits where theirs has about 14.
/// - Fprop, K = inputs: activations in 1×128 tiles, weights in 128×128 blocks.
/// - Dgrad, K = outputs: gradients in 1×128 tiles, the same blocks of the same weights.
/// - Wgrad, K = rows: the activations that Fprop has left in FP8, cut again into 128×1 tiles; gradients in 128×1 tiles.
struct FP8Products: ProductArithmetic {
    let base: any Operations
    let settings: FP8Settings
    let kernels: FloatKernels
    let pool: ThreadPool

    private var blockSums: BlockSums { BlockSums(base: base, accumulation: settings.accumulation, pool: pool) }

    // MARK: Fprop

    func groupedLinear(_ x: Tensor, _ weights: [Weight], _ groups: [RowGroup], _ place: LinearWeights.Place) -> Tensor {
        let used = groups.filter { !$0.rows.isEmpty }
        guard !used.isEmpty else { return base.groupedLinear(x, weights, groups) }
        let matrices = used.map { BlockedWeight([weights[$0.index]], .columnBlocks, pool: pool) }
        let numbered = used.enumerated().map { RowGroup(index: $0, rows: $1.rows) }
        return product(x, matrices, numbered, inputRule(place))
    }

    /// Heads that share their input are one matrix; others are groups of rows.
    func headwiseLinear(_ x: Tensor, _ weight: HeadwiseWeight, _ place: LinearWeights.Place) -> Tensor {
        let (n, heads, inputs) = (x.shape[0], weight.heads.count, weight.inputs)
        guard n > 0 else { return base.headwiseLinear(x, weight) }
        let matrices = weight.orientation == .outputsByInputs ? weight.heads : weight.heads.map(\.transposed)
        if x.shape[1] == 1 {
            let whole = BlockedWeight(matrices, .columnBlocks, pool: pool)
            let all = [RowGroup(index: 0, rows: 0..<n)]
            return product(x.reshaped([n, inputs]), [whole], all, inputRule(place)).reshaped([n, heads, weight.outputs])
        }
        // Row i of head h is row i · heads + h, and is wanted at h · n + i.
        let byHead = (0..<heads * n).map { Int32($0 % n * heads + $0 / n) }
        let byRow = (0..<heads * n).map { Int32($0 % heads * n + $0 / heads) }
        let groups = (0..<heads).map { RowGroup(index: $0, rows: $0 * n..<($0 + 1) * n) }
        let rows = base.gatherRows(x.reshaped([n * heads, inputs]), byHead)
        return base.gatherRows(groupedLinear(rows, matrices, groups, place), byRow).reshaped([n, heads, weight.outputs])
    }

    private func product(_ x: Tensor, _ weights: [BlockedWeight], _ groups: [RowGroup], _ rule: ScaleRule) -> Tensor {
        let tiles = RowTiles(x, rule, pool: pool)
        let result = Tensor(zeros: [x.shape[0], weights[0].rows])
        for (block, codes) in tiles.codes.enumerated() {
            let sums = blockSums.product(codes, weights.map { $0.columnBlock(block) }, groups)
            for (weight, group) in zip(weights, groups) {
                let factors = zip(weight.bands, weight.scales(ofColumnBlock: block)).map { (columns: $0, scale: $1) }
                promote(sums, group.rows, tiles.scales.row(block), factors, into: result)
            }
        }
        return rounded(result)
    }

    // MARK: Dgrad

    func inputGradient(_ dy: Tensor, _ weight: Weight, _ place: LinearWeights.Place) -> Tensor {
        guard dy.shape[0] > 0 else { return base.inputGradient(dy, weight) }
        let tiles = RowTiles(dy, gradientRule(place), pool: pool)
        let matrix = BlockedWeight([weight], .rows, pool: pool)
        let result = Tensor(zeros: [dy.shape[0], weight.columns])
        let blocks = TileBlocks(weight.columns)
        for (band, codes) in tiles.codes.enumerated() {
            let sums = blockSums.product(codes, down: matrix.band(band))
            let factors = matrix.scales(ofBand: band).enumerated().map { (columns: blocks[$0], scale: $1) }
            promote(sums, 0..<dy.shape[0], tiles.scales.row(band), factors, into: result)
        }
        return rounded(result)
    }

    /// Adds some rows of `sums` to those of `result`, each value times its row's scale and its column's.
    private func promote(
        _ sums: Tensor, _ rows: Range<Int>, _ rowScales: Tensor, _ factors: [(columns: Range<Int>, scale: Float)],
        into result: Tensor
    ) {
        let width = result.shape[1]
        rowScales.withFloats { rowScales in
            sums.withFloats { sums in
                result.withMutableFloats { result in
                    guard let sums = sums.baseAddress, let result = result.baseAddress else { return }
                    pool.parallel(count: rows.count, grain: TileBlocks.grain(width)) { range in
                        for row in range.lowerBound + rows.lowerBound..<range.upperBound + rows.lowerBound {
                            for (columns, scale) in factors {
                                // Safe: the columns are those of both tensors, which have these rows.
                                let place = row * width + columns.lowerBound
                                kernels.addScaled(
                                    rowScales[row] * scale, sums + place, to: result + place, count: columns.count)
                            }
                        }
                    }
                }
            }
        }
    }

    // MARK: Wgrad

    func addWeightGradient(_ dy: Tensor, _ x: Tensor, _ place: LinearWeights.Place, to sum: Tensor) {
        let left = ColumnTiles(dy, gradientRule(place), pool: pool)
        let right = ColumnTiles(remembered(x, place), inputRule(place), pool: pool)
        let (outputs, inputs) = (dy.shape[1], x.shape[1])
        precondition(sum.shape.count == outputs * inputs, "a sum for every weight")
        for block in left.codes.indices {
            let sums = blockSums.product(left.codes[block], across: right.codes[block])
            promote(sums, left.scales.row(block), right.scales.row(block), into: sum)
        }
    }

    /// Adds `sums` to `result`, each value times its row's scale and its column's.
    private func promote(_ sums: Tensor, _ rowScales: Tensor, _ columnScales: Tensor, into result: Tensor) {
        let (rows, width) = (sums.shape[0], sums.shape[1])
        columnScales.withFloats { columnScales in
            rowScales.withFloats { rowScales in
                sums.withFloats { sums in
                    result.withMutableFloats { result in
                        guard let sums = sums.baseAddress, let result = result.baseAddress else { return }
                        pool.parallel(count: rows, grain: TileBlocks.grain(width)) { range in
                            for row in range {
                                // Safe: both tensors have these rows of `width` values, and there are as many scales.
                                isobath_add_scaled_columns(
                                    sums + row * width, rowScales[row], columnScales.baseAddress, result + row * width,
                                    width)
                            }
                        }
                    }
                }
            }
        }
    }

    /// What Fprop has left of its input.
    private func remembered(_ x: Tensor, _ place: LinearWeights.Place) -> Tensor {
        let hasMoreBits = place == .afterAttention && settings.remembersAttentionInE5M6
        return x.remembered(in: hasMoreBits ? .e5m6 : .e4m3, inputRule(place), pool: pool)
    }

    // MARK: Choices

    private func inputRule(_ place: LinearWeights.Place) -> ScaleRule {
        switch place {
        case .afterAttention where settings.remembersAttentionInE5M6: .powerOfTwo
        case .expertInput where settings.dispatchesPowersOfTwo: .powerOfTwo
        default: .exact
        }
    }

    private func gradientRule(_ place: LinearWeights.Place) -> ScaleRule {
        place == .expertOutput && settings.dispatchesPowersOfTwo ? .powerOfTwo : .exact
    }

    private func rounded(_ result: Tensor) -> Tensor {
        if settings.roundsOutputs { result.roundToBF16(pool: pool) }
        return result
    }
}

extension Tensor {
    /// Row `index` of a matrix.
    fileprivate func row(_ index: Int) -> Tensor { part(from: index * shape[1], [shape[1]]) }
}

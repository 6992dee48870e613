import CKernels

/// Products of E4M3 codes over one block of what is summed: Σ a₈·b₈, before scales.
struct BlockSums {
    let base: any Operations
    let accumulation: FP8Settings.Accumulation
    let pool: ThreadPool

    /// codes·Wᵀ. [m, k] → [m, out].
    func product(_ codes: Tensor, _ weights: [Weight], _ groups: [RowGroup]) -> Tensor {
        guard accumulation == .fourteenBits else { return base.groupedLinear(codes, weights, groups) }
        return base.stack(groups.map { products(codes.slice($0.rows), weights[$0.index].tensor) })
    }

    /// codes·W. [n, k] → [n, in].
    func product(_ codes: Tensor, down weight: Weight) -> Tensor {
        guard accumulation == .fourteenBits else { return base.inputGradient(codes, weight) }
        return products(codes, weight.tensor.transposed())
    }

    /// dyᵀ·x. [k, out], [k, in] → [out, in].
    func product(_ dy: Tensor, across x: Tensor) -> Tensor {
        guard accumulation == .fourteenBits else {
            let sums = Tensor(zeros: [dy.shape[1], x.shape[1]])
            base.addWeightGradient(dy, x, to: sums)
            return sums
        }
        return products(dy.transposed(), x.transposed())
    }

    /// Rows of a with rows of b, each sum in 14 bits. [n, k], [m, k] → [n, m].
    private func products(_ a: Tensor, _ b: Tensor) -> Tensor {
        let (n, m, inner) = (a.shape[0], b.shape[0], a.shape[1])
        let result = Tensor(uninitialized: [n, m])
        a.withFloats { a in
            b.withFloats { b in
                result.withMutableFloats { result in
                    guard let a = a.baseAddress, let b = b.baseAddress else { return }
                    pool.parallel(count: n, grain: TileBlocks.grain(m * inner)) { rows in
                        for row in rows {
                            for column in 0..<m {
                                // Safe: both matrices have rows of `inner` values.
                                result[row * m + column] = isobath_dot_in_14_bits(
                                    a + row * inner, b + column * inner, inner)
                            }
                        }
                    }
                }
            }
        }
        return result
    }
}

extension Tensor {
    init(zeros shape: Shape) {
        self.init(uninitialized: shape)
        withMutableFloats { $0.initialize(repeating: 0) }
    }
}

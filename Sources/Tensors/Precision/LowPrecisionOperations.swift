/// Operations in which linear layers compute in fewer bits, as models are trained; wrapped by `RecordingOperations`, the products of
/// the way back too.
///
/// What is which (DeepSeek-V3, arXiv 2412.19437, §3.3 and figure 6):
///
/// | | bf16 | fp8 |
/// | --- | --- | --- |
/// | operands of Fprop, Dgrad, Wgrad of linear layers | bfloat16 | E4M3 in tiles and blocks of 128 (`FP8Products`) |
/// | sums | f32 | f32, promoted with the scales every 128 |
/// | results of Fprop and Dgrad | bfloat16 | bfloat16 |
/// | results of Wgrad, weights, their gradients | f32 | f32 |
/// | embedding, head, gates, norms, attention, softmax, positions, sums of the residual stream | as in `base` | as in `base` |
///
/// Weights are rounded anew for each product, from the f32 values that the optimizer changes. A product whose weight is not among
/// `linears` has the bits of `base`.
package struct LowPrecisionOperations: WrappingOperations {
    package let base: any Operations
    private let precision: LowPrecision
    private let linears: LinearWeights
    private let products: any ProductArithmetic
    private let pool: ThreadPool
    private let gatedOutputs: GatedOutputs?

    package init(
        _ base: any Operations, _ precision: LowPrecision, linears: LinearWeights, pool: ThreadPool = .shared,
        kernels: FloatKernels = .fastest
    ) {
        (self.base, self.precision, self.linears, self.pool) = (base, precision, linears, pool)
        switch precision {
        case .bf16:
            products = BF16Products(base: base, pool: pool)
            gatedOutputs = nil
        case .fp8(let settings):
            products = FP8Products(base: base, settings: settings, kernels: kernels, pool: pool)
            gatedOutputs = settings.remembersGatesInFP8 ? GatedOutputs() : nil
        }
    }

    package var name: String {
        switch precision {
        case .bf16: base.name + ", linear layers in bf16"
        case .fp8: base.name + ", linear layers in fp8"
        }
    }
}

// MARK: - Linear layers

extension LowPrecisionOperations {
    package func linear(_ x: Tensor, _ weight: Weight) -> Tensor {
        guard let place = linears[weight] else { return base.linear(x, weight) }
        return products.groupedLinear(x, [weight], [RowGroup(index: 0, rows: 0..<x.shape[0])], place)
    }

    package func groupedLinear(_ x: Tensor, _ weights: [Weight], _ groups: [RowGroup]) -> Tensor {
        guard let first = weights.first, let place = linears[first] else {
            return base.groupedLinear(x, weights, groups)
        }
        return products.groupedLinear(x, weights, groups, place)
    }

    package func headwiseLinear(_ x: Tensor, _ weight: HeadwiseWeight) -> Tensor {
        guard let place = linears[weight.heads[0]] else { return base.headwiseLinear(x, weight) }
        return products.headwiseLinear(x, weight, place)
    }

    package func inputGradient(_ dy: Tensor, _ weight: Weight) -> Tensor {
        guard let place = linears[weight] else { return base.inputGradient(dy, weight) }
        return products.inputGradient(dy, weight, place)
    }

    /// Without a weight nothing is known of it: exact.
    package func addWeightGradient(_ dy: Tensor, _ x: Tensor, to sum: Tensor) {
        base.addWeightGradient(dy, x, to: sum)
    }

    package func addWeightGradient(_ dy: Tensor, _ x: Tensor, of weight: Weight, to sum: Tensor) {
        guard let place = linears[weight] else { return base.addWeightGradient(dy, x, of: weight, to: sum) }
        products.addWeightGradient(dy, remade(x), place, to: sum)
    }

    // MARK: SwiGLU

    package func gatedSiLU(_ gate: Tensor, _ up: Tensor) -> Tensor {
        let output = base.gatedSiLU(gate, up)
        gatedOutputs?.note(output, gate: gate, up: up)
        return output
    }

    package func remembered(gate: Tensor, up: Tensor) -> (gate: Tensor, up: Tensor) {
        guard gatedOutputs != nil else { return base.remembered(gate: gate, up: up) }
        return (inFP8(gate), inFP8(up))
    }

    /// A SwiGLU output made anew from what was remembered of its inputs; anything else as it is.
    private func remade(_ x: Tensor) -> Tensor {
        guard let (gate, up) = gatedOutputs?.inputs(of: x) else { return x }
        return base.gatedSiLU(inFP8(gate), inFP8(up))
    }

    private func inFP8(_ x: Tensor) -> Tensor { x.remembered(in: .e4m3, .exact, pool: pool) }
}

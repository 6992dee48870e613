/// The arithmetic of linear layers in training.
package enum LowPrecision: Sendable, Equatable {
    /// Operands and results in bfloat16, sums in f32.
    case bf16
    /// Operands in E4M3 with a scale for each tile; DeepSeek-V3 (arXiv 2412.19437) §3.3.
    case fp8(FP8Settings)
}

/// Choices within the FP8 recipe of DeepSeek-V3 (arXiv 2412.19437); the defaults are what it lists.
package struct FP8Settings: Sendable, Equatable {
    /// Results of Fprop and Dgrad are rounded to bfloat16 (figure 6); those of Wgrad are f32 always.
    package var roundsOutputs = true
    /// The input of the linear layer after attention has scales that are powers of two, and is remembered in E5M6 (§3.4).
    package var remembersAttentionInE5M6 = true
    /// SwiGLU goes back from inputs that were remembered in FP8, and its output is made anew from them for the weight's gradient
    /// of the layer that follows (§3.4).
    package var remembersGatesInFP8 = true
    /// What routed experts get, activations on their way in and gradients on their way back, has scales that are powers of two
    /// (§3.4).
    package var dispatchesPowersOfTwo = true

    /// How a block of 128 products is summed, before its scales are applied and it is added to f32 sums.
    package var accumulation = Accumulation.f32

    package enum Accumulation: String, Sendable, CaseIterable {
        case f32
        /// As Hopper's tensor cores do (§3.3.2 and §3.5.2; arXiv 2505.09343 §3.1.1): many times slower here.
        case fourteenBits
    }

    package init() {}
}

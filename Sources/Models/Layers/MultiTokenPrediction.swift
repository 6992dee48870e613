import Tensors

/// One more decoder layer that predicts the token after the next.
///
/// DeepSeek-V3 (arXiv 2412.19437) §2.2, eq. 21–23: h′ₜ = M [RMSNorm(Emb(token t+1)) ; RMSNorm(hₜ)], where hₜ is the main
/// model's state after its final norm; then the layer, a norm, and the output head give the logits of token t+2.
struct MultiTokenPrediction: Sendable {
    let embedding: Weight
    let embeddingNorm: RMSNorm
    let hiddenNorm: RMSNorm
    let projection: Linear  // [n, 2d] → [n, d]
    let layer: DecoderLayer
    let norm: RMSNorm
    let head: Weight

    /// - Parameters:
    ///   - hidden: hₜ, [n, d].
    ///   - step: its tokens are the tokens t+1.
    /// - Throws: `InputError` if experts have to be read, and cannot be.
    /// - Returns: the state after the layer's norm, [n, d]; `head` makes logits of it.
    func callAsFunction(_ hidden: Tensor, _ step: Step) throws -> Tensor {
        let operations = step.operations
        let embedded = embeddingNorm(operations.rows(step.tokens, of: embedding), operations)
        let projected = projection(operations.join(embedded, hiddenNorm(hidden, operations)), operations)
        step.trace?.record("projected", projected)
        let output = try layer(projected, step)
        step.trace?.record("hidden", output)
        return norm(output, operations)
    }
}

import Tensors

/// Multi-head and grouped-query attention.
///
/// Vaswani et al. (arXiv 1706.03762) §3.2; Ainslie et al. (arXiv 2305.13245). n tokens, h query heads, g key-value
/// heads, d head size. Qwen2 adds biases to q, k and v; Qwen3 normalises q and k per head before rotation.
struct GroupedAttention: Sendable {
    let query: Linear  // [n, hidden] → [n, h·d]
    let key: Linear  // [n, hidden] → [n, g·d]
    let value: Linear  // [n, hidden] → [n, g·d]
    let queryNorm: RMSNorm?  // over d
    let keyNorm: RMSNorm?  // over d
    let output: Linear  // [n, h·d] → [n, hidden]
    let headCount: Int
    let keyValueHeadCount: Int
    let headSize: Int
    let layer: Int

    func callAsFunction(_ x: Tensor, _ step: Step) -> Tensor {
        let (operations, n) = (step.operations, x.shape[0])
        let products = Linear.all([query, key, value], x, operations)
        let q = turned(products[0].reshaped([n, headCount, headSize]), queryNorm, step)
        let k = turned(products[1].reshaped([n, keyValueHeadCount, headSize]), keyNorm, step)
        let v = products[2].reshaped([n, keyValueHeadCount, headSize])
        let attended = step.perSpan { span in
            let seen = step.remember(layer, keys: k, values: v, span)
            return operations.attention(
                q.slice(span.rows), keys: seen.keys, values: seen.values ?? seen.keys,
                scale: 1 / Float(headSize).squareRoot(), firstPosition: span.firstPosition)
        }
        return output(attended.reshaped([n, headCount * headSize]), operations)
    }

    private func turned(_ heads: Tensor, _ norm: RMSNorm?, _ step: Step) -> Tensor {
        step.operations.rotate(norm.map { $0(heads, step.operations) } ?? heads, step.rotation)
    }
}

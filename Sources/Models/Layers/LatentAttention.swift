import Tensors

/// Multi-head latent attention: keys and values are remembered as one small latent vector a token.
///
/// DeepSeek-V2 (arXiv 2405.04434) §2.1. Symbols as there: n tokens, t tokens so far, d hidden, r latent rank, h heads.
/// The cache holds [latent (r) | rotary key (rope)] a token and nothing else.
/// - Absorbed: W^UK is folded into the query, W^UV into the output; attention runs over the latents, as if there were
///   one key-value head of size r. Work grows with n · t · h · (2r + rope).
/// - Expanded: keys and values of all heads are expanded from the latents, a group of heads at a time. Work grows with
///   n · t · h · (nope + rope + v), after t · h · r · (nope + v) for the expansion.
struct LatentAttention: Sendable {
    let query: LatentQuery  // [n, d] → [n, h, nope + rope]                eq. 37–38
    let compress: Linear  // [n, d] → [n, r + rope]                        eq. 41, 43
    let normalize: RMSNorm  // over r
    let keyExpansion: HeadwiseWeight  // W^UK: r → nope, each head         eq. 42
    let keyAbsorption: HeadwiseWeight  // the same matrix, nope → r
    let valueExpansion: HeadwiseWeight  // W^UV: r → v, each head          eq. 45
    let output: Linear  // [n, h·v] → [n, d]                               eq. 47
    let configuration: LatentAttentionConfiguration
    let layer: Int

    func callAsFunction(_ x: Tensor, _ step: Step) -> Tensor {
        let (operations, n, r) = (step.operations, x.shape[0], configuration.latentRank)
        let products = Linear.all([query.compress ?? query.expand, compress], x, operations)
        let (content, rotary) = query(products[0], step, configuration)
        let compressed = products[1]
        let latent = normalize(operations.columns(compressed, 0..<r), operations).reshaped([n, 1, r])
        let key = operations.columns(compressed, r..<r + configuration.rotarySize)
            .reshaped([n, 1, configuration.rotarySize])
        let row = operations.join(latent, operations.rotate(key, step.rotation))  // [n, 1, r + rope]
        let parts = step.runs { isAbsorbed($0.rows.count, $0.form ?? step.latentForm) }.map { run in
            run.isChosen
                ? absorbed(content, rotary, row, run.spans, step) : expanded(content, rotary, row, run.spans, step)
        }
        let attended = parts.count == 1 ? parts[0] : operations.stack(parts)
        return output(attended.reshaped([n, configuration.headCount * configuration.valueSize]), operations)
    }

    private var scale: Float {
        configuration.softmaxFactor / Float(configuration.contentSize + configuration.rotarySize).squareRoot()
    }

    /// Expanding pays once n queries save more than the expansion costs: n · (2r − nope − v) > r · (nope + v).
    func isAbsorbed(_ rows: Int, _ form: LatentForm) -> Bool {
        switch form {
        case .absorbed: return true
        case .expanded: return false
        case .automatic:
            let expandedWidth = configuration.contentSize + configuration.valueSize
            return rows * (2 * configuration.latentRank - expandedWidth) <= configuration.latentRank * expandedWidth
        }
    }

    private func expanded(
        _ content: Tensor, _ rotary: Tensor, _ row: Tensor, _ spans: ArraySlice<Step.Span>, _ step: Step
    ) -> Tensor {
        step.per(spans) { span in
            let seen = step.remember(layer, keys: row, values: nil, span)
            return step.operations.expandedAttention(
                step.operations.join(content.slice(span.rows), rotary.slice(span.rows)), seen.keys,
                LatentExpansion(keys: keyExpansion, values: valueExpansion), scale: scale,
                firstPosition: span.firstPosition)
        }
    }

    /// W^UK and W^UV are read once for the rows of all sequences.
    private func absorbed(
        _ content: Tensor, _ rotary: Tensor, _ row: Tensor, _ spans: ArraySlice<Step.Span>, _ step: Step
    ) -> Tensor {
        let (operations, first) = (step.operations, spans[spans.startIndex].rows.lowerBound)
        let rows = first..<spans[spans.endIndex - 1].rows.upperBound
        let folded = operations.headwiseLinear(content.slice(rows), keyAbsorption)  // [n, h, r]
        let queries = operations.join(folded, rotary.slice(rows))
        let attended = step.per(spans) { span in
            let seen = step.remember(layer, keys: row, values: nil, span).keys
            return operations.attention(
                queries.slice(span.rows.lowerBound - first..<span.rows.upperBound - first), keys: seen,
                values: seen.narrowed(to: configuration.latentRank), scale: scale,
                firstPosition: span.firstPosition)  // [n, h, r]
        }
        return operations.headwiseLinear(attended, valueExpansion)  // [n, h, v]
    }
}

/// The query of latent attention: straight from the hidden state (V2-Lite), or through a compressed one (V2, V3).
struct LatentQuery: Sendable {
    let compress: Linear?  // [n, d] → [n, r']
    let normalize: RMSNorm?  // over r'
    let expand: Linear  // [n, r' or d] → [n, h · (nope + rope)]

    /// Content [n, h, nope] and rotary part [n, h, rope], turned, from what the first of its layers gave.
    func callAsFunction(
        _ first: Tensor, _ step: Step, _ configuration: LatentAttentionConfiguration
    ) -> (content: Tensor, rotary: Tensor) {
        let (operations, nope) = (step.operations, configuration.contentSize)
        var product = first
        if compress != nil {
            product = expand(normalize.map { $0(first, operations) } ?? first, operations)
        }
        let heads = product.reshaped([first.shape[0], configuration.headCount, nope + configuration.rotarySize])
        let rotary = operations.columns(heads, nope..<nope + configuration.rotarySize)
        return (operations.columns(heads, 0..<nope), operations.rotate(rotary, step.rotation))
    }
}

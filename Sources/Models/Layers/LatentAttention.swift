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

    /// The most bytes of expanded keys and values that exist at once.
    private static let expansionBudget = 16 << 20

    func callAsFunction(_ x: Tensor, _ step: Step) -> Tensor {
        let (operations, n, r) = (step.operations, x.shape[0], configuration.latentRank)
        let products = Linear.all([query.compress ?? query.expand, compress], x, operations)
        let (content, rotary) = query(products[0], step, configuration)
        let compressed = products[1]
        let latent = normalize(operations.columns(compressed, 0..<r), operations).reshaped([n, 1, r])
        let key = operations.columns(compressed, r..<r + configuration.rotarySize)
            .reshaped([n, 1, configuration.rotarySize])
        let row = operations.join(latent, operations.rotate(key, step.rotation))  // [n, 1, r + rope]
        let attended = step.perSpan { span in
            let seen = step.remember(layer, keys: row, values: nil, span)
            let (content, rotary) = (content.slice(span.rows), rotary.slice(span.rows))
            if isAbsorbed(span.rows.count, step.latentForm) { return absorbed(content, rotary, seen.keys, span, step) }
            let rows = span.cache == nil ? row.slice(span.rows) : seen.keys.decoded(0..<span.end)
            return expanded(content, rotary, rows, seen.keys, span, step)
        }
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

    private func absorbed(
        _ content: Tensor, _ rotary: Tensor, _ rows: PagedRows, _ span: Step.Span, _ step: Step
    ) -> Tensor {
        let operations = step.operations
        let folded = operations.headwiseLinear(content, keyAbsorption)  // [n, h, r]
        let attended = operations.attention(
            operations.join(folded, rotary), keys: rows, values: rows.narrowed(to: configuration.latentRank),
            scale: scale, firstPosition: span.firstPosition)  // [n, h, r]
        return operations.headwiseLinear(attended, valueExpansion)  // [n, h, v]
    }

    private func expanded(
        _ content: Tensor, _ rotary: Tensor, _ rows: Tensor, _ cached: PagedRows, _ span: Step.Span, _ step: Step
    ) -> Tensor {
        let (operations, h, t) = (step.operations, configuration.headCount, rows.shape[0])
        let (r, perHead) = (configuration.latentRank, configuration.contentSize + configuration.valueSize)
        let latent = operations.columns(rows, 0..<r)  // [t, 1, r]
        let key = operations.columns(rows, r..<r + configuration.rotarySize)  // [t, 1, rope]
        let groupSize = min(max(LatentAttention.expansionBudget / (4 * t * perHead), 1), h)
        let groups = stride(from: 0, to: h, by: groupSize).map { first in
            let heads = first..<min(first + groupSize, h)
            // The rotary key is one for all heads.
            let keys = operations.join(operations.headwiseLinear(latent, keyExpansion.heads(heads)), key)
            let values = operations.headwiseLinear(latent, valueExpansion.heads(heads))
            let query = operations.join(part(content, heads, operations), part(rotary, heads, operations))
            let attended = operations.attention(
                query, keys: operations.expandedRows(keys, from: cached),
                values: operations.expandedRows(values, from: cached), scale: scale,
                firstPosition: span.firstPosition)
            return attended.reshaped([span.rows.count, heads.count * configuration.valueSize])
        }
        let joined = groups.dropFirst().reduce(groups[0]) { operations.join($0, $1) }
        return joined.reshaped([span.rows.count, h, configuration.valueSize])
    }

    /// Heads `heads` of [n, h, width].
    private func part(_ x: Tensor, _ heads: Range<Int>, _ operations: any Operations) -> Tensor {
        let (n, h, width) = (x.shape[0], x.shape[1], x.shape[2])
        guard heads.count < h else { return x }
        let range = heads.lowerBound * width..<heads.upperBound * width
        return operations.columns(x.reshaped([n, h * width]), range).reshaped([n, heads.count, width])
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

extension HeadwiseWeight {
    func heads(_ range: Range<Int>) -> HeadwiseWeight {
        range.count == heads.count ? self : HeadwiseWeight(Array(heads[range]), orientation)
    }
}

extension Step.Span {
    /// Tokens of the sequence once this step is done.
    var end: Int { firstPosition + rows.count }
}

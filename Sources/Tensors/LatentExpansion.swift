/// The matrices that make keys and values of all heads from one latent a token; DeepSeek-V2 (arXiv 2405.04434) eq. 42
/// and 45.
package struct LatentExpansion: Sendable {
    /// Latent → the part of a key that knows no position, each head.
    package let keys: HeadwiseWeight
    /// Latent → value, each head.
    package let values: HeadwiseWeight

    package init(keys: HeadwiseWeight, values: HeadwiseWeight) {
        precondition(keys.inputs == values.inputs && keys.heads.count == values.heads.count)
        self.keys = keys
        self.values = values
    }

    package var latentSize: Int { keys.inputs }
    package var headCount: Int { keys.heads.count }

    func heads(_ range: Range<Int>) -> LatentExpansion {
        LatentExpansion(
            keys: HeadwiseWeight(Array(keys.heads[range]), keys.orientation),
            values: HeadwiseWeight(Array(values.heads[range]), values.orientation))
    }
}

/// The most bytes of expanded keys and values that exist at once, as long as one head's are no more.
package let defaultExpansionBudget = 64 << 20

extension Operations {
    package func expandedAttention(
        _ query: Tensor, _ latents: PagedRows, _ expansion: LatentExpansion, scale: Float, firstPosition: Int
    ) -> Tensor {
        expandedInFloats(query, latents, expansion, scale: scale, firstPosition: firstPosition)
    }

    /// The same by way of other operations: latents are decoded once, unless they lie there in f32, then expanded a group of heads at a time.
    func expandedInFloats(
        _ query: Tensor, _ latents: PagedRows, _ expansion: LatentExpansion, scale: Float, firstPosition: Int
    ) -> Tensor {
        let count = firstPosition + query.shape[0]
        let rows = latents.tensor(of: count) ?? latents.decoded(0..<count)
        let latent = columns(rows, 0..<expansion.latentSize)
        let rotary = columns(rows, expansion.latentSize..<latents.width)
        let size = 4 * count * (query.shape[2] + expansion.values.outputs)
        let groupSize = min(max(defaultExpansionBudget / max(size, 1), 1), expansion.headCount)
        let groups = stride(from: 0, to: expansion.headCount, by: groupSize).map { first in
            let heads = first..<min(first + groupSize, expansion.headCount)
            let some = expansion.heads(heads)
            let attended = attention(
                part(query, heads), keys: PagedRows(join(headwiseLinear(latent, some.keys), rotary)),
                values: PagedRows(headwiseLinear(latent, some.values)), scale: scale, firstPosition: firstPosition)
            return attended.reshaped([query.shape[0], heads.count * expansion.values.outputs])
        }
        let joined = groups.dropFirst().reduce(groups[0]) { join($0, $1) }
        return joined.reshaped([query.shape[0], expansion.headCount, expansion.values.outputs])
    }

    /// Heads `heads` of [n, h, width].
    private func part(_ x: Tensor, _ heads: Range<Int>) -> Tensor {
        let (n, h, width) = (x.shape[0], x.shape[1], x.shape[2])
        guard heads.count < h else { return x }
        let range = heads.lowerBound * width..<heads.upperBound * width
        return columns(x.reshaped([n, h * width]), range).reshaped([n, heads.count, width])
    }
}

/// What an adapter adds to a weight: ΔW = scale · B·A, the product of two narrow matrices.
///
/// Hu et al. (arXiv 2106.09685) §4.1. Symbols as there: W is [d, k], A [r, k], B [d, r], with r much smaller than d and k.
/// A reference, so that a weight that has none grows by one word only.
package final class LowRankTerm: Sendable {
    /// [r, k], f32.
    package let a: Tensor
    /// [d, r], f32.
    package let b: Tensor
    /// α / r or α / √r, times what a person asked for.
    package let scale: Float
    /// Whether the weight is stored as Wᵀ, [k, d].
    package let isTransposed: Bool
    /// Which of an adapter's terms it is: what chance decides about it is its own.
    package let number: Int

    /// - Precondition: f32 matrices that share the rank.
    package init(a: Tensor, b: Tensor, scale: Float, isTransposed: Bool = false, number: Int = 0) {
        precondition(a.elementType == .f32 && b.elementType == .f32, "an adapter is f32")
        precondition(a.shape.rank == 2 && b.shape.rank == 2 && a.shape[0] == b.shape[1], "one rank")
        (self.a, self.b, self.scale, self.isTransposed, self.number) = (a, b, scale, isTransposed, number)
    }

    package var rank: Int { a.shape[0] }

    /// The shape of the weight as stored.
    var shape: Shape { isTransposed ? [a.shape[1], b.shape[0]] : [b.shape[0], a.shape[1]] }

    /// The term of rows `range` of a weight: A is shared, B a view.
    /// - Precondition: the weight is stored as W.
    func rows(_ range: Range<Int>) -> LowRankTerm {
        precondition(!isTransposed, "rows of a turned weight are columns of A")
        return LowRankTerm(a: a, b: b.slice(range), scale: scale, number: number)
    }

    /// Adds row `row` of the term, as the weight is stored, to that row's values.
    func add(toRow row: Int, _ values: UnsafeMutableBufferPointer<Float>) {
        let (r, width) = (rank, values.count)
        precondition(row >= 0 && row < shape[0] && width == shape[1], "a row of this term")
        a.withFloats { a in
            b.withFloats { b in
                for k in 0..<r {
                    if isTransposed {
                        let factor = scale * a[k * a.count / r + row]
                        for column in 0..<width { values[column] += factor * b[column * r + k] }
                    } else {
                        let factor = scale * b[row * r + k]
                        for column in 0..<width { values[column] += factor * a[k * width + column] }
                    }
                }
            }
        }
    }
}

import Tensors

/// Random routing, while training: of two experts whose weights add up to 1, a token goes to the second one with the probability of
/// twice that one's weight; Lepikhin et al. (arXiv 2006.16668) §2.2, algorithm 1.
///
/// The first one's weight stays what it is. A draw depends on the key, the layer, the sequence and the place in it alone: it is the
/// same for any number of threads, in whatever pieces a batch goes through the model, and when a layer is computed again.
package struct RandomSecondExperts: Sendable, Equatable {
    package let key: UInt64

    /// - Parameter key: another one in each step.
    package init(key: UInt64) { self.key = key }

    /// Whether each token and slot (2 n) is left out; `nil` if none is.
    /// - Parameter weights: [n, 2].
    func dropped(_ weights: Tensor, layer: Int, tokens: [Int32], _ spans: [Step.Span]) -> [Bool]? {
        precondition(weights.shape[1] == 2, "a token has two experts")
        var dropped = [Bool](repeating: false, count: weights.shape.count)
        let own = (key &+ (UInt64(truncatingIfNeeded: layer) &+ 1) &* .goldenStep).mixed
        weights.withFloats { weights in
            for span in spans {
                let draws = own.mixed(with: tokens[span.rows])
                for (place, row) in span.rows.enumerated() {
                    // Of equal weights the first stays.
                    let slot = 2 * row + (weights[2 * row] < weights[2 * row + 1] ? 0 : 1)
                    let draw = (draws &+ (UInt64(truncatingIfNeeded: place) &+ 1) &* .goldenStep).mixed.unit
                    dropped[slot] = draw >= 2 * Double(weights[slot])
                }
            }
        }
        return dropped.contains(true) ? dropped : nil
    }
}

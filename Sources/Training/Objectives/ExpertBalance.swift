import Tensors

/// How evenly a mixture's experts are used, and what pushes them to be.
///
/// Symbols as in DeepSeek-V2 (arXiv 2405.04434) eq. 23–25 and DeepSeek-V3 (arXiv 2412.19437) eq. 17–20: T tokens, of which
/// each chooses k of E experts; fᵢ = E / (k·T) · how often expert i was chosen; Pᵢ = its mean affinity.
package struct ExpertBalance {
    /// How often each expert was chosen.
    package let load: [Int]
    /// Σ fᵢ · Pᵢ: 1 when all are used alike.
    package let loss: Double
    /// Of the loss, by the affinities: fᵢ / T, [T, E].
    package let gradient: Tensor

    /// - Parameters:
    ///   - affinities: of each token to each expert, [T, E]: V2's softmax, or V3's sigmoid divided by its sum.
    ///   - chosen: the experts of each token, T · k.
    /// - Precondition: whole tokens, and experts there are.
    package init(affinities: Tensor, chosen: [Int32]) {
        let (tokens, experts) = (affinities.shape[0], affinities.shape[1])
        precondition(tokens > 0 && chosen.count.isMultiple(of: tokens), "as many experts for every token")
        var load = [Int](repeating: 0, count: experts)
        for expert in chosen { load[Int(expert)] += 1 }
        let share = load.map { Double($0 * experts) / Double(max(chosen.count, 1)) }
        let slopes = share.map { Float($0 / Double(tokens)) }
        loss = affinities.withFloats { values in
            values.indices.reduce(0.0) { $0 + share[$1 % experts] * Double(values[$1]) } / Double(tokens)
        }
        gradient = Tensor((0..<tokens).flatMap { _ in slopes }, shape: affinities.shape)
        self.load = load
    }

    /// Largest load over mean load, less 1: how far the busiest expert is over its share; Wang et al. (arXiv 2408.15664).
    package var violation: Double { ExpertBalance.violation(of: load) }

    /// MaxVio of how often each expert was chosen.
    package static func violation(of load: [Int]) -> Double {
        let mean = Double(load.reduce(0, +)) / Double(max(load.count, 1))
        return mean > 0 ? Double(load.max() ?? 0) / mean - 1 : 0
    }

    /// The biases that choose experts after a step: up for those with less than the mean load, down for those with more.
    /// DeepSeek-V3 §2.1.2.
    package func updated(_ bias: [Float], speed: Float) -> [Float] {
        ExpertBalance.updated(bias, load: load, speed: speed)
    }

    package static func updated(_ bias: [Float], load: [Int], speed: Float) -> [Float] {
        precondition(bias.count == load.count, "a bias for each expert")
        let mean = Double(load.reduce(0, +)) / Double(max(load.count, 1))
        return zip(bias, load).map { bias, load in
            Double(load) < mean ? bias + speed : Double(load) > mean ? bias - speed : bias
        }
    }
}

import Tensors

/// Chooses the experts of every token and weighs them.
///
/// DeepSeekMoE (arXiv 2401.06066) eq. 3–5; group-limited choice: DeepSeek-V2 (arXiv 2405.04434) §2.2.2; sigmoid scores and
/// the bias that balances: DeepSeek-V3 (arXiv 2412.19437) eq. 12–16. The bias picks, it never weighs.
struct Router: Sendable {
    let gate: Linear  // [n, d] → [n, experts]
    let selectionBias: [Float]?
    let configuration: MixtureConfiguration

    /// - Returns: how well each expert suits each token, without the bias [n, experts]; the chosen experts of each token in
    ///   ascending order (n · k), and their weights [n, k].
    func callAsFunction(
        _ x: Tensor, _ operations: any Operations
    ) -> (scores: Tensor, experts: [Int32], weights: Tensor) {
        let scores = scores(x, operations)
        let experts = scores.withFloats { select($0, tokens: x.shape[0]) }
        var weights = operations.pick(scores, experts)
        // With one expert DeepSeek's code leaves the weight as it is.
        if configuration.normalizesWeights, configuration.expertsPerToken > 1 {
            weights = operations.divideBySum(weights, epsilon: 1e-20)
        }
        if configuration.scalingFactor != 1 { weights = operations.scale(weights, by: configuration.scalingFactor) }
        return (scores, experts, weights)
    }

    /// The experts that the tokens would choose, each once: first the best of every token, then the second best.
    func ranked(_ x: Tensor, _ operations: any Operations) -> [Int] {
        let count = configuration.expertsPerToken
        let chosen = scores(x, operations).withFloats { scores in
            (0..<x.shape[0]).map { best(of: $0, scores) }
        }
        var seen: Set<Int> = []
        return (0..<count).flatMap { rank in chosen.map { $0[rank] } }.filter { seen.insert($0).inserted }
    }

    private func scores(_ x: Tensor, _ operations: any Operations) -> Tensor {
        let affinities = gate(x, operations)
        return configuration.scoring == .softmax ? operations.softmax(affinities) : operations.sigmoid(affinities)
    }

    // MARK: Choosing

    private func select(_ scores: UnsafeBufferPointer<Float>, tokens: Int) -> [Int32] {
        var chosen: [Int32] = []
        chosen.reserveCapacity(tokens * configuration.expertsPerToken)
        for token in 0..<tokens { chosen += best(of: token, scores).sorted().map { Int32($0) } }
        return chosen
    }

    /// The experts of a token, best first.
    private func best(of token: Int, _ scores: UnsafeBufferPointer<Float>) -> [Int] {
        let count = configuration.expertCount
        var candidates = (0..<count).map { scores[token * count + $0] + (selectionBias?[$0] ?? 0) }
        if configuration.groupsPerToken < configuration.groupCount { limitToBestGroups(&candidates) }
        return indicesOfLargest(configuration.expertsPerToken, in: candidates)
    }

    /// Rules out the experts of all but the best groups.
    private func limitToBestGroups(_ candidates: inout [Float]) {
        let size = configuration.expertCount / configuration.groupCount
        let groupScores = (0..<configuration.groupCount).map { score(ofGroup: candidates[$0 * size..<($0 + 1) * size]) }
        let kept = Set(indicesOfLargest(configuration.groupsPerToken, in: groupScores))
        // −∞ rather than 0: a biased score may be negative, and an expert of a lost group must still lose to it.
        for expert in candidates.indices where !kept.contains(expert / size) { candidates[expert] = -.infinity }
    }

    private func score(ofGroup scores: ArraySlice<Float>) -> Float {
        switch configuration.groupScore {
        case .bestExpert: scores.max() ?? -.infinity
        case .sumOfBestTwo: scores.sorted(by: >).prefix(2).reduce(0, +)
        }
    }
}

/// The places of the `count` largest values; of equal ones, the first. O(values · count).
func indicesOfLargest(_ count: Int, in values: [Float]) -> [Int] {
    var best: [Int] = []
    best.reserveCapacity(count + 1)
    for index in values.indices {
        // NaN compares false and is never better: a broken model still chooses some expert.
        var place = best.count
        while place > 0, values[index] > values[best[place - 1]] { place -= 1 }
        guard place < count else { continue }
        best.insert(index, at: place)
        if best.count > count { best.removeLast() }
    }
    return best
}

import Tensors

/// Chooses the experts of every token and weighs them.
///
/// DeepSeekMoE (arXiv 2401.06066) eq. 3–5; group-limited choice: DeepSeek-V2 (arXiv 2405.04434) §2.2.2; sigmoid scores and
/// the bias that balances: DeepSeek-V3 (arXiv 2412.19437) eq. 12–16. The bias picks, it never weighs.
struct Router: Sendable {
    let gate: Linear?  // [n, d] → [n, experts]; `nil` where the token's id chooses
    /// [experts]; looked at in every step, because balancing changes it.
    let selectionBias: Tensor?
    let configuration: MixtureConfiguration
    var layer = 0

    /// - Parameter tokens: the ids of the rows, for routers that choose by them.
    /// - Returns: how well each expert suits each token, without the bias [n, experts]; the chosen experts of each token in
    ///   ascending order (n · k), and their weights [n, k].
    func callAsFunction(
        _ x: Tensor, tokens: [Int32] = [], _ operations: any Operations
    ) -> (scores: Tensor, experts: [Int32], weights: Tensor) {
        guard let scores = scores(x, operations) else { return hashed(tokens) }
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
        guard let scores = scores(x, operations) else { return [] }
        let bias = selectionBias?.floats
        let chosen = scores.withFloats { scores in (0..<x.shape[0]).map { best(of: $0, scores, bias) } }
        var seen: Set<Int> = []
        return (0..<count).flatMap { rank in chosen.map { $0[rank] } }.filter { seen.insert($0).inserted }
    }

    private func scores(_ x: Tensor, _ operations: any Operations) -> Tensor? {
        guard let affinities = gate?(x, operations) else { return nil }
        return configuration.scoring == .softmax ? operations.softmax(affinities) : operations.sigmoid(affinities)
    }

    // MARK: Choosing

    private func select(_ scores: UnsafeBufferPointer<Float>, tokens: Int) -> [Int32] {
        var chosen: [Int32] = []
        chosen.reserveCapacity(tokens * configuration.expertsPerToken)
        let bias = selectionBias?.floats
        for token in 0..<tokens { chosen += best(of: token, scores, bias).sorted().map { Int32($0) } }
        return chosen
    }

    /// The experts of a token, best first.
    private func best(of token: Int, _ scores: UnsafeBufferPointer<Float>, _ bias: [Float]?) -> [Int] {
        let count = configuration.expertCount
        var candidates = (0..<count).map { scores[token * count + $0] + (bias?[$0] ?? 0) }
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

extension Router {
    /// One expert a token, by its id alone: the high bits of a mixed word, in another order in every layer.
    private func hashed(_ tokens: [Int32]) -> (scores: Tensor, experts: [Int32], weights: Tensor) {
        guard case .hash(let seed) = configuration.choice else { preconditionFailure("a learned choice has a gate") }
        let count = configuration.expertCount
        let salt = Router.mixed(UInt64(truncatingIfNeeded: seed) &+ Router.mixed(UInt64(truncatingIfNeeded: layer)))
        let experts = tokens.map { token -> Int32 in
            let word = Router.mixed(UInt64(truncatingIfNeeded: token) ^ salt)
            return Int32(word.multipliedFullWidth(by: UInt64(count)).high)
        }
        var scores = [Float](repeating: 0, count: tokens.count * count)
        for (token, expert) in experts.enumerated() { scores[token * count + Int(expert)] = 1 }
        let weights = [Float](repeating: configuration.scalingFactor, count: tokens.count)
        return (
            Tensor(scores, shape: [tokens.count, count]), experts, Tensor(weights, shape: [tokens.count, 1])
        )
    }

    private static func mixed(_ word: UInt64) -> UInt64 { (word &+ .goldenStep).mixed }
}

/// The places of the `count` largest values; of equal ones, the first. O(values · count).
package func indicesOfLargest(_ count: Int, in values: [Float]) -> [Int] {
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

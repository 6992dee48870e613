/// Flattens (above 1) or sharpens (below 1) the distribution.
struct Temperature {
    let temperature: Float

    func apply(to candidates: inout Candidates) {
        if temperature != 1 { candidates.divideLogits(by: temperature) }
    }
}

/// Keeps the k likeliest tokens, and all that tie with the k-th.
struct TopK {
    let k: Int

    func apply(to candidates: inout Candidates) {
        guard k > 0, k < candidates.count else { return }
        let keys = candidates.logits.map(RadixSelection.key)
        let threshold = RadixSelection(keys: keys, target: Double(k)) { _ in 1 }.threshold
        candidates.keep { keys[$0] >= threshold }
    }
}

/// Keeps the smallest set of likeliest tokens whose probabilities reach p: "nucleus" (arXiv 1904.09751).
///
/// A token stays if those likelier than it sum to less than p. Where only some of several equally likely ones are
/// needed, those with the lowest ids stay.
struct TopP {
    let p: Float

    func apply(to candidates: inout Candidates) {
        guard p < 1, candidates.count > 1 else { return }
        let weights = candidates.weights
        let target = Double(p) * weights.reduce(0, +)
        let keys = candidates.logits.map(RadixSelection.key)
        let selection = RadixSelection(keys: keys, target: target) { weights[$0] }
        var sum = selection.above
        candidates.keep { index in
            guard keys[index] == selection.threshold else { return keys[index] > selection.threshold }
            defer { sum += weights[index] }
            return sum < target
        }
    }
}

/// Keeps tokens at least p times as probable as the likeliest (arXiv 2407.01082).
struct MinP {
    let p: Float

    func apply(to candidates: inout Candidates) {
        guard p > 0 else { return }
        let weights = candidates.weights
        candidates.keep { weights[$0] >= Double(p) }
    }
}

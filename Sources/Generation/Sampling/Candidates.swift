import Files

/// The tokens among which one is still to be chosen, with their logits, in the order of their ids.
///
/// Every step keeps that order, so nothing is ever sorted by likelihood and a draw visits tokens in a fixed order.
struct Candidates: Sendable {
    private(set) var ids: [Int32]
    private(set) var logits: [Float]

    var count: Int { ids.count }

    /// Every token of the vocabulary.
    init(_ logits: [Float]) {
        self.ids = Array(0..<Int32(clamping: logits.count))
        self.logits = logits
    }

    /// The position of the largest logit; of equal ones the lowest. `nil` if there is no candidate above -∞.
    var likeliest: Int? { likeliestIndex(logits) }

    /// Divides the logits, counted from the largest so that none can overflow to +∞.
    mutating func divideLogits(by divisor: Float) {
        guard let likeliest else { return }
        let largest = logits[likeliest]
        for index in logits.indices { logits[index] = (logits[index] - largest) / divisor }
    }

    /// Drops every candidate for which `isKept` is false; it is asked in the order of ids. Linear.
    mutating func keep(where isKept: (Int) -> Bool) {
        var kept = 0
        for index in ids.indices where isKept(index) {
            ids[kept] = ids[index]
            logits[kept] = logits[index]
            kept += 1
        }
        ids.removeSubrange(kept...)
        logits.removeSubrange(kept...)
    }

    /// exp(logit - largest logit) of every candidate: probabilities before they are divided by their sum.
    var weights: [Double] {
        guard let likeliest else { return Array(repeating: 0, count: count) }
        let largest = Double(logits[likeliest])
        return logits.map { exponential(Double($0) - largest) }
    }

    /// The probability of every candidate; they sum to 1.
    var probabilities: [Double] {
        let weights = weights
        let total = weights.reduce(0, +)
        return weights.map { $0 / total }
    }
}

/// The position of the largest logit; of equal ones the lowest. `nil` if none is above -∞.
func likeliestIndex(_ logits: [Float]) -> Int? {
    var best: Int?
    var largest = -Float.infinity
    for index in logits.indices where logits[index] > largest {
        largest = logits[index]
        best = index
    }
    return best
}

/// `logits` if a token can be chosen from them.
/// - Throws: `InputError` if there are none, one is NaN or +∞, or all are -∞.
func checkedLogits(_ logits: [Float]) throws -> [Float] {
    var largest = -Float.infinity
    for (token, logit) in logits.enumerated() {
        // False for NaN too.
        guard logit < .infinity else { throw unusable("found \(logit)", field: "logit of token \(token)") }
        if logit > largest { largest = logit }
    }
    guard largest > -.infinity else {
        throw unusable(logits.isEmpty ? "found none" : "found -inf for every token", field: "logits")
    }
    return logits
}

private func unusable(_ found: String, field: String) -> InputError {
    InputError(
        .invalidValue, source: "the model's output", field: field, found: found, expected: "a finite number",
        advice: "check the checkpoint's files, whose weights are likely damaged, and the logit biases")
}

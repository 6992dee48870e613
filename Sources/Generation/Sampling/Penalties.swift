/// Weakens tokens already seen in the prompt or the answer: CTRL (arXiv 1909.05858) §4.1, with a sign rule as in
/// transformers, so that a penalty above 1 lowers negative logits too.
struct RepetitionPenalty {
    let penalty: Float

    func apply(to logits: inout [Float], history: TokenHistory) {
        guard penalty != 1 else { return }
        for token in history.seen where logits.indices.contains(Int(token)) {
            let logit = logits[Int(token)]
            logits[Int(token)] = logit < 0 ? logit * penalty : logit / penalty
        }
    }
}

/// Lowers tokens that the answer holds, as OpenAI's API defines it: logit - count · frequency - (count > 0) · presence.
struct OccurrencePenalty {
    let presence: Float
    let frequency: Float

    func apply(to logits: inout [Float], history: TokenHistory) {
        guard presence != 0 || frequency != 0 else { return }
        for (token, count) in history.generated where logits.indices.contains(Int(token)) {
            logits[Int(token)] -= Float(count) * frequency + presence
        }
    }
}

/// Adds a number of the caller's to the logits of single tokens; ids outside of the vocabulary have no effect.
struct LogitBias {
    let bias: [Int32: Float]

    func apply(to logits: inout [Float]) {
        for (token, bias) in bias where logits.indices.contains(Int(token)) { logits[Int(token)] += bias }
    }
}

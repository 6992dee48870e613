/// A guess at a token to come, with the distribution that it was drawn from.
package struct Draft: Sendable {
    /// The guess.
    package let token: Int32
    let candidates: Candidates
}

extension Sampler {
    /// Lets `body` choose tokens that are not part of the answer, as if they were.
    ///
    /// The answer's own history and its place in the constraint stay as they are; the random numbers that were used are not used again.
    mutating func guessing<Result>(_ body: (inout Sampler) throws -> Result) rethrows -> Result {
        var copy = self
        defer { random = copy.random }
        return try body(&copy)
    }

    /// Chooses a token as `next(_:)` does, and keeps what it was chosen from.
    mutating func guess(_ logits: [Float]) throws -> Draft {
        let candidates = try candidates(logits)
        let token = candidates.ids[settings.isGreedy ? 0 : draw(by: candidates.weights)]
        try remember(token)
        return Draft(token: token, candidates: candidates)
    }

    /// Chooses the next token given a guess at it; the guess makes it no more and no less likely than `next(_:)` would.
    ///
    /// Leviathan et al. (arXiv 2211.17192) §2.3: x, drawn from q, is taken with probability min(1, p(x) / q(x)); if it
    /// is not, a token is drawn from max(0, p − q). Both p and q are what penalties, temperature and cuts leave over.
    /// - Parameters:
    ///   - logits: the model's own.
    ///   - draft: what was guessed; `nil` for nothing.
    /// - Throws: as `next(_:)`.
    mutating func next(_ logits: [Float], checking draft: Draft?) throws -> (token: Int32, isDraft: Bool) {
        guard let draft else { return (try next(logits), false) }
        let candidates = try candidates(logits)
        let token = isTaken(draft, candidates) ? draft.token : other(than: draft, candidates)
        try remember(token)
        return (token, token == draft.token)
    }

    private mutating func isTaken(_ draft: Draft, _ candidates: Candidates) -> Bool {
        guard !settings.isGreedy else { return candidates.ids == [draft.token] }
        guard let p = candidates.probability(of: draft.token), let q = draft.candidates.probability(of: draft.token)
        else { return false }
        return random.nextUnit() * q < p
    }

    private mutating func other(than draft: Draft, _ candidates: Candidates) -> Int32 {
        guard !settings.isGreedy else { return candidates.ids[0] }
        let rest = zip(candidates.probabilities, draft.candidates.probabilities(of: candidates.ids)).map {
            max($0 - $1, 0)
        }
        // p and q that differ by rounding alone leave nothing over.
        let weights = rest.contains { $0 > 0 } ? rest : candidates.weights
        return candidates.ids[draw(by: weights)]
    }
}

extension Candidates {
    /// The probability of `token`; `nil` if it is none of the candidates.
    fileprivate func probability(of token: Int32) -> Double? {
        ids.firstIndex(of: token).map { probabilities[$0] }
    }

    /// The probability of each of `tokens`, which are in the order of ids; 0 for those that are no candidates.
    fileprivate func probabilities(of tokens: [Int32]) -> [Double] {
        let own = probabilities
        var place = 0
        return tokens.map { token in
            while place < ids.count, ids[place] < token { place += 1 }
            return place < ids.count && ids[place] == token ? own[place] : 0
        }
    }
}

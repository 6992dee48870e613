import Tensors

/// A token to be chosen, or more where guesses prove right.
final class EngineChoice {
    let sequence: EngineSequence
    /// The rows of logits: after the last token, and after each guess.
    private let rows: Range<Int>
    private let guesses: [Int32]
    /// Tokens that were chosen.
    private(set) var count = 0

    init(sequence: EngineSequence, rows: Range<Int>, guesses: [Int32]) {
        (self.sequence, self.rows, self.guesses) = (sequence, rows, guesses)
    }

    /// Chooses as if nothing had been guessed, as long as the guesses are what is chosen.
    func choose(from logits: Tensor) {
        guard let answer = sequence.answer, sequence.pendingReason == nil else { return }
        if answer.isOver {
            sequence.pendingReason = .success(.length)
            return
        }
        do {
            for (place, row) in rows.enumerated() {
                let choice = try answer.choose(from: logits.slice(row..<row + 1).floats)
                sequence.append(choice.token)
                count += 1
                if let reason = choice.reason {
                    sequence.pendingReason = .success(reason)
                    return
                }
                guard place < guesses.count, guesses[place] == choice.token else { return }
            }
        } catch {
            sequence.pendingReason = .failure(error)
        }
    }
}

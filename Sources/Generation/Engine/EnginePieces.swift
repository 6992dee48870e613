import Models

/// What a step takes of a sequence.
struct EnginePiece {
    let sequence: EngineSequence
    /// Tokens of the sequence, the first being the first that its cache lacks.
    let count: Int
    /// Guesses at the tokens after them.
    let guesses: [Int32]
    /// Whether the sequence is complete with it, so that its next token is chosen.
    let isLast: Bool
    /// Whether it is a piece of what the sequence had before, rather than a token that was just chosen.
    let isReading: Bool

    init(_ sequence: EngineSequence, count: Int, guesses: [Int32] = []) {
        (self.sequence, self.count, self.guesses) = (sequence, count, guesses)
        isLast = count == sequence.missing
        isReading = !sequence.isWriting
    }

    var rows: Int { count + guesses.count }
}

extension EngineLoop {
    /// The least tokens of a prompt that are worth a piece of their own.
    private static let leastPiece = 16
    /// Scoring needs a row of logits for each token of a prompt, which take more memory than anything else.
    private static let mostScoredRows = 64

    /// A token of each sequence that is written, then pieces of those that are read.
    func choosePieces() -> [EnginePiece] {
        let (writing, reading) = (active.filter(\.isWriting), active.filter { !$0.isWriting })
        let isAlone = active.count == 1
        let pieces = writing.map { sequence in
            EnginePiece(sequence, count: 1, guesses: isAlone ? guesses(for: sequence) : [])
        }
        if !isAlone { for sequence in active { sequence.guesses = nil } }
        turn += 1
        return pieces + readingPieces(reading, rows: rowsOfPrompts(readers: reading.count, writers: writing.count))
    }

    /// As many rows of prompts as take about `chunkSeconds`, or as long again as the step takes without them, and as many times
    /// longer as there are more who wait for their first token than for their next: weights are unpacked once a step, so that
    /// few rows at a time are read at a fraction of the speed.
    private func rowsOfPrompts(readers: Int, writers: Int) -> Int {
        guard writers > 0 else { return model.settings.chunkLength }
        guard let perRow = cost.secondsPerRow else { return min(4 * EngineLoop.leastPiece, limits.chunkLength) }
        let patience = max(1, Double(readers) / Double(writers))
        let seconds = max(limits.chunkSeconds, cost.secondsPerStep) * patience
        return min(max(Int(min(seconds / perRow, 1e6)), EngineLoop.leastPiece), limits.chunkLength)
    }

    /// Shares `rows` out among sequences. Two that would compute the same page do not both do so: one waits for it.
    private func readingPieces(_ reading: [EngineSequence], rows: Int) -> [EnginePiece] {
        var pages: Set<PlacedPage> = []
        let different = reading.filter { sequence in
            guard let content = sequence.nextPage(rows: pageRows) else { return true }
            return pages.insert(PlacedPage(place: sequence.place, content: content)).inserted
        }
        var (left, pieces) = (rows, [EnginePiece]())
        for sequence in inReadingOrder(different) where left > 0 {
            let most = sequence.needsAllLogits ? EngineLoop.mostScoredRows : .max
            let count = min(sequence.longestPiece, left, most)
            pieces.append(EnginePiece(sequence, count: count))
            left -= count
        }
        return pieces
    }

    /// Whoever has least left to read comes first: so the mean time to a first token is shortest, and a short prompt does not
    /// wait for a long one. At every other turn the one that came first does, so that a long one does not wait for ever.
    private func inReadingOrder(_ reading: [EngineSequence]) -> [EngineSequence] {
        let byLength = reading.indices.sorted { (reading[$0].missing, $0) < (reading[$1].missing, $1) }
        let order = turn % 2 == 0 ? byLength : [0] + byLength.filter { $0 != 0 }
        return reading.isEmpty ? [] : order.map { reading[$0] }
    }

    private struct PlacedPage: Hashable {
        let place: Int
        let content: PageContent
    }

    /// Guesses at what follows a sequence that is written alone.
    private func guesses(for sequence: EngineSequence) -> [Int32] {
        guard let answer = sequence.answer, let last = sequence.tokens.last else { return [] }
        let count = min(limits.speculation, answer.room - 1)
        let guesses = sequence.guesses?.draft(after: last, count: count, answer.sampler) ?? []
        inbox.count { $0.guessedTokens += guesses.count }
        return guesses
    }
}

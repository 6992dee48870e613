import Files
import Models
import Tensors

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

// MARK: - Choosing what to compute

extension EngineLoop {
    /// The least tokens of a prompt that are worth a piece of their own.
    private static let leastPiece = 16
    /// Scoring needs a row of logits for each token of a prompt, which take more memory than anything else.
    private static let mostScoredRows = 64

    /// A token of each sequence that is written, then pieces of those that are read, in turn.
    func choosePieces() -> [EnginePiece] {
        let (writing, reading) = (active.filter(\.isWriting), active.filter { !$0.isWriting })
        let isAlone = active.count == 1
        let pieces = writing.map { sequence in
            EnginePiece(sequence, count: 1, guesses: isAlone ? guesses(for: sequence) : [])
        }
        if !isAlone { for sequence in active { sequence.guesses = nil } }
        turn += 1
        return pieces + readingPieces(reading, rows: writing.isEmpty ? model.settings.chunkLength : rowsBesideWriting)
    }

    /// As many rows of prompts as take about `chunkSeconds`.
    private var rowsBesideWriting: Int {
        guard secondsPerRow > 0 else { return min(4 * EngineLoop.leastPiece, limits.chunkLength) }
        let rows = Int(min(limits.chunkSeconds / secondsPerRow, 1e6))
        return min(max(rows, EngineLoop.leastPiece), limits.chunkLength)
    }

    /// Shares `rows` out among sequences. Two that would compute the same page do not both do so: one waits for it.
    private func readingPieces(_ reading: [EngineSequence], rows: Int) -> [EnginePiece] {
        var pages: Set<PlacedPage> = []
        let different = reading.filter { sequence in
            guard let content = sequence.nextPage(rows: pageRows) else { return true }
            return pages.insert(PlacedPage(place: sequence.place, content: content)).inserted
        }
        guard !different.isEmpty else { return [] }
        let share = max(rows / different.count, EngineLoop.leastPiece)
        var (left, pieces) = (rows, [EnginePiece]())
        for offset in different.indices where left > 0 {
            let sequence = different[(offset + turn) % different.count]
            let most = sequence.needsAllLogits ? EngineLoop.mostScoredRows : .max
            let count = min(sequence.longestPiece, different.count == 1 ? left : min(share, left), most)
            pieces.append(EnginePiece(sequence, count: count))
            left -= count
        }
        return pieces
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

// MARK: - Memory

extension EngineLoop {
    /// Makes room for what the pieces will write: pages that nobody uses are forgotten first, then the youngest sequences
    /// have to wait.
    /// - Returns: the pieces that there is room for.
    func makeRoom(for pieces: [EnginePiece]) -> [EnginePiece] {
        var pieces = pieces
        while let missing = missingPages(pieces), missing > 0 {
            let forgotten = tree.forget(max(missing, tree.count / 16))
            inbox.count { $0.forgottenPages += forgotten }
            if forgotten > 0 { continue }
            guard active.count > 1, let youngest = active.popLast() else {
                endWithoutRoom(pieces)
                return []
            }
            youngest.forgetPages()
            displaced.insert(youngest, at: 0)
            pieces.removeAll { $0.sequence === youngest }
            inbox.count { $0.displaced += 1 }
        }
        return pieces
    }

    private func missingPages(_ pieces: [EnginePiece]) -> Int? {
        pool.pagesLeft.map { left in
            pieces.reduce(0) { $0 + $1.sequence.cache.pagesNeeded(for: $1.rows) } - left
        }
    }

    /// One sequence alone needs more than there is.
    private func endWithoutRoom(_ pieces: [EnginePiece]) {
        for piece in pieces {
            if piece.sequence.isWriting {
                piece.sequence.pendingReason = .success(.length)
            } else {
                piece.sequence.pendingReason = .failure(
                    InputError(
                        .excessive, source: "key-value cache", found: "found no page left for the prompt",
                        expected: "room for \(piece.sequence.tokens.count) tokens",
                        advice: "allow more cache memory, or ask for fewer answers at once"))
            }
        }
    }

    func reportMemory() {
        let bytes = pool.layout.bytesPerPage
        let (used, kept, limit) = (pool.pagesInUse, tree.count, pool.pagesInUse + (pool.pagesLeft ?? 0))
        let (working, stored) = (active.count + displaced.count, store?.byteCount ?? 0)
        inbox.count {
            ($0.cacheBytes, $0.keptBytes, $0.cacheByteLimit) = (used * bytes, kept * bytes, limit * bytes)
            ($0.active, $0.storedBytes) = (working, stored)
        }
    }
}

// MARK: - Computing

extension EngineLoop {
    /// Takes the pieces through the model, and chooses what follows those that are complete with them.
    func compute(_ pieces: [EnginePiece]) {
        let start = ContinuousClock.now
        do {
            let states = try states(of: pieces)
            try use(states, pieces)
        } catch {
            // Whatever it was, it was nobody's fault alone: weights that could not be read.
            for piece in pieces where piece.sequence.pendingReason == nil {
                piece.sequence.pendingReason = .failure(error)
            }
        }
        measure(pieces, seconds: (ContinuousClock.now - start) / .seconds(1))
        for piece in pieces { publish(piece.sequence) }
    }

    private func states(of pieces: [EnginePiece]) throws -> Tensor {
        let continuations = pieces.map { piece in
            let (sequence, cache) = (piece.sequence, piece.sequence.cache)
            let tokens = sequence.tokens[cache.count..<cache.count + piece.count] + piece.guesses
            return Decoder.Continuation(
                tokens: Array(tokens), cache: cache, form: sequence.forms.form(at: cache.count))
        }
        let step = try model.decoder.step(
            continuations, operations: model.operations, form: model.settings.latentForm)
        return try model.decoder(step)
    }

    /// What becomes of the states of a step's rows.
    private func use(_ states: Tensor, _ pieces: [EnginePiece]) throws {
        var first = 0
        var (chosen, rows) = ([EngineChoice](), [Int32]())
        for piece in pieces {
            let own = first..<first + piece.rows
            first = own.upperBound
            try piece.sequence.take(states.slice(own), of: piece, model)
            guard piece.isLast, piece.sequence.answer != nil else { continue }
            let last = own.upperBound - piece.guesses.count - 1
            chosen += try choices(of: piece, rows: rows.count..<rows.count + piece.guesses.count + 1)
            rows += (last..<own.upperBound).map { Int32($0) }
        }
        guard !chosen.isEmpty else { return }
        let isAll = rows.count == states.shape[0]
        let logits = model.decoder.logits(
            isAll ? states : model.operations.gatherRows(states, rows), model.operations)
        // Choosing costs a pass over the vocabulary and more: each on a thread of its own.
        ThreadPool.shared.parallelChunks(count: chosen.count) { chosen[$0].choose(from: logits) }
        let now = ContinuousClock.now
        for choice in chosen { finish(choice, now) }
    }

    /// The choices that follow a piece: one, or one for each answer to a prompt that has just been read.
    private func choices(of piece: EnginePiece, rows: Range<Int>) throws -> [EngineChoice] {
        let sequence = piece.sequence
        guard let answer = sequence.answer else { return [] }
        var sequences = [sequence]
        if !sequence.isForked {
            sequence.isForked = true
            for sample in 1..<max(answer.group.width, 1) {
                let other = try WrittenAnswer(answer.group, answer.request, model, sample: sample)
                other.note { $0.continue(answer.summary) }
                sequences.append(sequence.fork(other))
            }
            active.insert(contentsOf: sequences.dropFirst(), at: (active.firstIndex { $0 === sequence } ?? 0) + 1)
        }
        return sequences.map { EngineChoice(sequence: $0, rows: rows, guesses: piece.guesses) }
    }

    private func finish(_ choice: EngineChoice, _ now: ContinuousClock.Instant) {
        let (sequence, count) = (choice.sequence, choice.count)
        inbox.count {
            $0.generatedTokens += count
            $0.rightGuesses += max(count - 1, 0)
            guard count > 0 else { return }
            if let last = sequence.lastToken {
                $0.tokenSeconds.add((now - last) / .seconds(Double(count)), times: count)
            } else {
                $0.firstTokenSeconds.add((now - sequence.job.arrival) / .seconds(1))
            }
        }
        guard count > 0 else { return }
        if sequence.firstToken == nil { sequence.firstToken = now }
        sequence.lastToken = now
        sequence.settleGuesses()
    }

    /// Shares what has become complete, in memory and on disk.
    private func publish(_ sequence: EngineSequence) {
        sequence.publish(in: &tree, rows: pageRows) { index, page in
            guard let store else { return }
            let end = (index + 1) * pageRows
            let tokens = sequence.tokens[..<end]
            store.save(
                page, StoredPrefix(tokens: Array(tokens), forms: sequence.forms.pages(of: tokens, rows: pageRows)))
        }
    }

    private func measure(_ pieces: [EnginePiece], seconds: Double) {
        let read = pieces.reduce(0) { $0 + ($1.isReading ? $1.count : 0) }
        let written = pieces.count { !$0.isReading }
        // What sequences that are written cost beside is counted too: the estimate is on the safe side.
        if read >= 16 {
            let now = seconds / Double(read)
            secondsPerRow = secondsPerRow > 0 ? secondsPerRow * 0.75 + now * 0.25 : now
        }
        inbox.count {
            $0.steps += 1
            if written > 0 { $0.sequencesPerStep.add(Double(written)) }
        }
    }
}

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

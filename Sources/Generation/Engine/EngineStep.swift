import Models
import Tensors

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
        cost.add(rows: read, seconds: seconds)
        inbox.count {
            $0.steps += 1
            if written > 0 { $0.sequencesPerStep.add(Double(written)) }
        }
    }
}

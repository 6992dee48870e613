import Files
import Generation
import Models
import Tensors
import Tokenizers

/// Logits of scored rows that came out of the model together.
struct ScoredRows {
    /// The chunk that they belong to.
    let chunk: Int
    /// The first of them, counted from 0 over the scored rows of all chunks.
    let first: Int
    /// The token that each row should have predicted.
    let targets: [Int32]
    /// [rows, vocabulary].
    let logits: Tensor

    /// What `body` makes of each row's place, logits and token, in their order; rows are taken by all threads.
    func map<Value, Failure: Error>(
        _ body: (_ place: Int, _ logits: UnsafeBufferPointer<Float>, _ target: Int) throws(Failure) -> Value
    ) throws(Failure) -> [Value] {
        let width = logits.shape.width
        let results = logits.withFloats { all -> Result<[Value], Failure> in
            Result { () throws(Failure) in
                try ThreadPool.shared.map(count: targets.count) { row throws(Failure) in
                    let values = UnsafeBufferPointer(rebasing: all[row * width..<(row + 1) * width])
                    return try body(first + row, values, Int(targets[row]))
                }
            }
        }
        return try results.get()
    }
}

/// Runs a model over chunks, several at a time, and hands out the logits of the rows that are scored.
///
/// Chunks go through the model together, so that each weight is read once for many tokens. A vocabulary's logits are large:
/// they are made in pieces of rows, and nothing of a piece is kept.
struct ChunkRunner {
    /// The tokens that go through the model at once, about: four chunks of the usual length.
    static let rowsPerStep = 2048
    /// The most bytes of logits at a time, where a single row has no more.
    static let logitBytes = 128 << 20

    let model: LanguageModel
    let chunks: TokenChunks
    var rowsPerStep = ChunkRunner.rowsPerStep
    var logitBytes = ChunkRunner.logitBytes

    /// - Throws: `InputError` if the chunks are longer than the model's sequences.
    init(_ model: LanguageModel, _ chunks: TokenChunks) throws {
        guard chunks.length <= model.contextLength else {
            throw InputError(
                .excessive, source: model.path, field: "context", found: "found chunks of \(chunks.length) tokens",
                expected: "at most \(model.contextLength), the longest sequence of the model",
                advice: "use shorter chunks with --context")
        }
        self.model = model
        self.chunks = chunks
    }

    /// Calls `body` with the scored rows of all chunks, in their order.
    /// - Throws: what `body` throws, and `InputError` if a token is not in the vocabulary or experts cannot be read.
    func run(_ body: (ScoredRows) throws -> Void) throws {
        let together = max(1, rowsPerStep / chunks.length)
        for start in stride(from: 0, to: chunks.count, by: together) {
            try run(start..<min(start + together, chunks.count), body)
        }
    }

    /// Runs some chunks beside each other. Only a chunk that is alone can be longer than a step, and is read in parts.
    private func run(_ group: Range<Int>, _ body: (ScoredRows) throws -> Void) throws {
        let inputs = group.map(chunks.input)
        let caches = inputs.map { _ in KeyValueCache(pool: model.pool) }
        for start in stride(from: 0, to: chunks.length, by: rowsPerStep) {
            let part = start..<min(start + rowsPerStep, chunks.length)
            let continuations = zip(inputs, caches).map { Decoder.Continuation(tokens: Array($0[part]), cache: $1) }
            let step = try model.decoder.step(
                continuations, operations: model.operations, form: model.settings.latentForm)
            let states = try model.decoder(step)
            for (chunk, span) in zip(group, step.spans) {
                try handOut(states.slice(span.rows), of: chunk, part, body)
            }
        }
    }

    /// Makes logits of the scored rows among `states`, the rows `part` of a chunk.
    private func handOut(
        _ states: Tensor, of chunk: Int, _ part: Range<Int>, _ body: (ScoredRows) throws -> Void
    ) throws {
        let scored = chunks.scoredRows.clamped(to: part)
        let size = max(1, logitBytes / (model.configuration.vocabularySize * 4))
        for start in stride(from: scored.lowerBound, to: scored.upperBound, by: size) {
            let rows = start..<min(start + size, scored.upperBound)
            let piece = states.slice(rows.lowerBound - part.lowerBound..<rows.upperBound - part.lowerBound)
            let first = chunk * chunks.scoredRows.count + rows.lowerBound - chunks.scoredRows.lowerBound
            try body(
                ScoredRows(
                    chunk: chunk, first: first, targets: chunks.targets(chunk, rows),
                    logits: model.decoder.logits(piece, model.operations)))
        }
    }
}

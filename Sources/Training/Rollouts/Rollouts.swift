import Files
import Generation
import Models
import Tensors

/// A prompt to be answered several times.
package struct RolloutRequest: Sendable {
    package let prompt: [Int32]
    /// One for each answer.
    package let seeds: [UInt64]

    package init(prompt: [Int32], seeds: [UInt64]) { (self.prompt, self.seeds) = (prompt, seeds) }
}

/// An answer that a model drew.
package struct RolloutSample: Sendable, Equatable, Codable {
    /// The token that ended it included.
    package var tokens: [Int32] = []
    /// log softmax(logits / T) of each token as it was drawn, over the whole vocabulary, whatever top-k and top-p left of it.
    package var logProbabilities: [Float] = []
    /// The mean entropy of the distributions that were drawn from, in nats.
    package var entropy = 0.0
    /// Whether the model ended it; otherwise it was cut off.
    package var isFinished = false
}

/// Draws answers from a model as it stands, many at once: the decoder, caches and sampler that also serve people, over the very
/// weights that are being trained.
///
/// A prompt is read once and its cache shared by its answers; from there all sequences go through the model side by side, one
/// token each a step, and an answer that ends gives its place to the next. A sequence's numbers do not depend on those beside
/// it (`Operations` promises it for every row), so that the same weights, prompt and seed give the same bits whatever the
/// number of sequences or threads.
package struct Rollouts {
    private let model: LearningModel
    private let settings: RolloutSettings
    /// Tokens that end an answer.
    private let ends: Set<Int32>
    private let pool: KeyValuePool

    package init(_ model: LearningModel, _ settings: RolloutSettings, ends: Set<Int32>) {
        (self.model, self.settings, self.ends) = (model, settings, ends)
        pool = KeyValuePool(layout: model.decoder.cacheLayout(elementType: .f32))
    }

    /// The answers to each request, in the order of its seeds.
    /// - Throws: `InputError` for a prompt that is empty, leaves no room in the context, or has tokens outside of the vocabulary,
    ///   and for a model whose output is not finite.
    package func callAsFunction(_ requests: [RolloutRequest]) throws -> [[RolloutSample]] {
        var results = requests.map { $0.seeds.map { _ in RolloutSample() } }
        var waiting = requests.indices.flatMap { request in requests[request].seeds.indices.map { (request, $0) } }[...]
        var running: [RolloutSequence] = []
        var start: PromptStart?
        while !waiting.isEmpty || !running.isEmpty {
            while running.count < settings.sequencesAtOnce, let (request, sample) = waiting.popFirst() {
                if start?.request != request { start = try read(requests[request].prompt, request) }
                guard let start else { break }
                running.append(try begin(start, requests[request].seeds[sample], sample))
            }
            for sequence in running where sequence.isDone {
                results[sequence.request][sequence.sample] = sequence.result
            }
            running.removeAll(where: \.isDone)
            try advance(&running)
        }
        return results
    }

    /// What a prompt's answers have in common.
    private struct PromptStart {
        let request: Int
        let cache: KeyValueCache
        /// Of the first token, [1, vocabulary].
        let logits: Tensor
        /// The most tokens that fit behind the prompt.
        let room: Int
    }

    private static let rowsAtOnce = 512

    private func read(_ prompt: [Int32], _ request: Int) throws -> PromptStart {
        let room = model.decoder.configuration.contextLength - prompt.count
        guard room > 0, !prompt.isEmpty else {
            throw InputError(
                .excessive, source: "the prompt of a question", found: "found \(prompt.count) tokens",
                expected: "at least one, and fewer than the context's \(model.decoder.configuration.contextLength)",
                advice: "shorten the question or its template")
        }
        let cache = KeyValueCache(pool: pool)
        var state: Tensor?
        for start in stride(from: 0, to: prompt.count, by: Rollouts.rowsAtOnce) {
            let chunk = Array(prompt[start..<min(start + Rollouts.rowsAtOnce, prompt.count)])
            let states = try model.decoder(
                model.decoder.step([.init(tokens: chunk, cache: cache)], operations: model.operations))
            state = states.slice(chunk.count - 1..<chunk.count)
        }
        guard let state else { preconditionFailure("a prompt has tokens") }
        return PromptStart(
            request: request, cache: cache, logits: model.decoder.logits(state, model.operations), room: room)
    }

    private func begin(_ start: PromptStart, _ seed: UInt64, _ sample: Int) throws -> RolloutSequence {
        var sequence = RolloutSequence(
            request: start.request, sample: sample, cache: start.cache.fork(),
            sampler: try Sampler(settings.sampling(seed: seed)), room: min(settings.maximumTokens, start.room))
        try sequence.choose(start.logits, 0, temperature: settings.temperature, ends: ends)
        return sequence
    }

    /// One more token for every sequence.
    private func advance(_ running: inout [RolloutSequence]) throws {
        guard !running.isEmpty else { return }
        let step = try model.decoder.step(
            running.map { .init(tokens: [$0.result.tokens[$0.result.tokens.count - 1]], cache: $0.cache) },
            operations: model.operations)
        let logits = model.decoder.logits(try model.decoder(step), model.operations)
        for place in running.indices {
            try running[place].choose(logits, place, temperature: settings.temperature, ends: ends)
        }
    }
}

import Files
import Generation
import Models
import Tensors

/// Asks a model the questions of a task set.
package struct TaskRun: Sendable {
    private let model: LanguageModel
    /// The most tokens of a reply.
    private let replyLimit: Int
    private let speculation: SpeculationSettings?
    private let sampling: SamplingSettings?

    /// - Parameters:
    ///   - sampling: how replies are drawn; greedily unless given.
    ///   - speculation: how tokens are guessed ahead; `nil` for no guesses.
    /// - Throws: `InputError` if the checkpoint has no vocabulary.
    package init(
        _ model: LanguageModel, replyLimit: Int = 512, sampling: SamplingSettings? = nil,
        speculation: SpeculationSettings? = nil
    ) throws {
        _ = try model.requiredTokenizer()
        self.sampling = sampling
        self.model = model
        self.replyLimit = replyLimit
        self.speculation = speculation
    }

    /// Which questions were answered rightly.
    /// - Parameter progress: called with the questions done; what it throws ends the work.
    /// - Throws: `InputError` for a question longer than the context.
    package func results(of tasks: TaskSet, progress: (Int) throws -> Void = { _ in }) async throws -> [Bool] {
        try await replies(to: tasks, progress: progress).map(\.isRight)
    }

    /// What became of the questions, in their order. Replies are written side by side, each as it would be alone, or, where tokens are
    /// guessed ahead, one after another.
    /// - Parameter progress: called with the questions done; what it throws ends the work.
    /// - Throws: `InputError` for a question longer than the context, and for speculation without prediction layers.
    package func replies(to tasks: TaskSet, progress: (Int) throws -> Void = { _ in }) async throws -> [TaskReply] {
        guard speculation == nil else {
            var replies: [TaskReply] = []
            for item in tasks.items {
                replies.append(try await reply(to: item) { try await said(to: $0) })
                try progress(replies.count)
            }
            return replies
        }
        let engine = try Engine(model)
        do {
            let replies = try await replies(to: tasks.items, by: engine, progress)
            await engine.shutdown(finishing: true)
            return replies
        } catch {
            await engine.shutdown(finishing: false)
            throw error
        }
    }

    /// Choices first, then answers, as many at a time as the engine computes together.
    private func replies(
        to items: [TaskSet.Item], by engine: Engine, _ progress: (Int) throws -> Void
    ) async throws -> [TaskReply] {
        let start = ContinuousClock.now
        var replies = items.map { _ in TaskReply(isRight: false) }
        var done = 0
        for place in items.indices where items[place].isChoice {
            replies[place] = try await reply(to: items[place]) { try await said(to: $0) }
            done += 1
            try progress(done)
        }
        try await withThrowingTaskGroup(of: (Int, TaskReply).self) { group in
            var waiting = items.indices.filter { !items[$0].isChoice }[...]
            func addNext() {
                guard let place = waiting.popFirst() else { return }
                group.addTask {
                    (place, try await reply(to: items[place]) { try await said(to: $0, by: engine) })
                }
            }
            for _ in 0..<engine.limits.slots { addNext() }
            while let (place, reply) = try await group.next() {
                replies[place] = reply
                done += 1
                try progress(done)
                addNext()
            }
        }
        // Side by side no reply has time of its own.
        let seconds = (ContinuousClock.now - start) / .seconds(1) / Double(max(replies.count, 1))
        for place in replies.indices where !items[place].isChoice { replies[place].seconds = seconds }
        return replies
    }

    private func reply(
        to item: TaskSet.Item, asking: (String) async throws -> GenerationSummary
    ) async throws -> TaskReply {
        switch item.expectation {
        case .answer(let expected):
            let said = try await asking(item.prompt)
            var reply = TaskReply(isRight: AnswerJudge(expecting: expected).accepts(said.answer))
            reply.isWellFormed = said.finishReason == .stop && said.answer.contains { !$0.isWhitespace }
            (reply.tokens, reply.seconds) = (said.tokens.count, said.generationSeconds)
            reply.drafted = said.speculation?.drafted ?? 0
            reply.accepted = said.speculation?.accepted ?? 0
            (reply.thought, reply.answer) = (said.thinking, said.answer)
            return reply
        case .choice(let choices, let correct):
            return TaskReply(isRight: try likeliest(of: choices, after: item.prompt) == correct)
        }
    }

    private func said(to prompt: String) async throws -> GenerationSummary {
        for try await event in try Session(model, speculation: speculation).generate(request(prompt)) {
            if case .finished(let summary) = event { return summary }
        }
        return GenerationSummary()
    }

    private func said(to prompt: String, by engine: Engine) async throws -> GenerationSummary {
        for try await event in try engine.submit(request(prompt)) {
            if case .finished(let summary) = event.event { return summary }
        }
        return GenerationSummary()
    }

    private func request(_ prompt: String) throws -> GenerationRequest {
        var request = try model.answer(to: prompt)
        if let sampling { request.sampling = sampling } else { request.sampling.temperature = 0 }
        request.maximumTokens = replyLimit
        return request
    }

    /// The choice whose letters are likeliest on average, so that short ones have no advantage.
    private func likeliest(of choices: [String], after prompt: String) throws -> Int? {
        let tokenizer = try model.requiredTokenizer()
        let tokens = tokenizer.addingSequenceMarks(to: tokenizer.encode(prompt))
        let history = KeyValueCache(pool: model.pool)
        let states = try run(tokens, history)
        let start = states.slice(tokens.count - 1..<tokens.count)
        let scores = try choices.map { choice in
            let text = prompt.last?.isWhitespace ?? true ? choice : " " + choice
            let ids = tokenizer.encode(text)
            let log = try logProbability(of: ids, after: start, history.fork())
            return log / Double(text.count)
        }
        return scores.indices.max { scores[$0] < scores[$1] }
    }

    private func logProbability(of ids: [Int32], after start: Tensor, _ cache: KeyValueCache) throws -> Double {
        let known = ids.count > 1 ? [start, try run(Array(ids.dropLast()), cache)] : [start]
        let states = model.operations.stack(known)
        let logits = model.decoder.logits(states, model.operations)
        return try ids.enumerated().reduce(0) { sum, id in
            let row = try LogProbabilities(logits.slice(id.offset..<id.offset + 1).floats)
            return sum + (row[id.element] ?? -.infinity)
        }
    }

    private func run(_ tokens: [Int32], _ cache: KeyValueCache) throws -> Tensor {
        try model.decoder(
            try model.decoder.step(
                [.init(tokens: tokens, cache: cache)], operations: model.operations, form: model.settings.latentForm))
    }
}

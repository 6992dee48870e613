import Files
import Generation

/// Answers that are being made: to one question or several prompts, each perhaps several times.
struct Answers: Sendable {
    /// Whose answers they are.
    let model: OpenModel
    /// How many.
    let count: Int
    /// Tokens of the first prompt.
    let promptTokens: Int
    /// What happens to each of them; ending the iteration early ends them all.
    let events: AsyncThrowingStream<(Int, AnswerEvent), any Error>

    /// All of them, complete.
    func whole() async throws -> [WholeAnswer] {
        var answers = [WholeAnswer](repeating: WholeAnswer(), count: count)
        for try await (sample, event) in events { answers[sample].add(event) }
        return answers
    }
}

extension Call {
    /// The answers to a question, once the engine has taken it on.
    /// - Throws: whatever is wrong with the question, or `APIError` if too many wait already.
    func answers(to question: ChatQuestion) throws -> Answers {
        let model = try service.model(named: question.options.model)
        return try start([try model.prepare(question)], model)
    }

    /// What goes on behind each of `prompts`, once the engine has taken them on.
    func continuations(
        of prompts: [[Int32]], _ question: CompletionQuestion, _ model: OpenModel
    ) throws -> Answers {
        try start(try prompts.map { try model.prepare($0, question) }, model)
    }

    /// Vectors for `prompts`.
    /// - Parameter pooling: "mean" or "last"; the former where it is `nil`.
    func embed(_ prompts: [[Int32]], pooling: String?, _ model: OpenModel) async throws -> [[Float]] {
        record.note {
            $0.model = model.id
            $0.promptTokens = prompts.reduce(0) { $0 + $1.count }
        }
        let pooling = pooling.flatMap { Pooling(rawValue: $0) } ?? .mean
        let size = model.engine.limits.slots
        var vectors: [[Float]] = []
        for start in stride(from: 0, to: prompts.count, by: size) {
            let texts = Array(prompts[start..<min(start + size, prompts.count)])
            vectors += try await model.engine.embeddings(of: texts, pooling: pooling)
        }
        return vectors
    }

    /// Asks the engine all of `questions`: as many at once as it has slots, the others when one of them has been answered.
    private func start(_ questions: [PreparedQuestion], _ model: OpenModel) throws -> Answers {
        let width = questions.first?.request.samples ?? 1
        let first = try questions.prefix(model.engine.limits.slots).map { try model.engine.submit($0.request) }
        logPrompts(questions, model)
        let (events, continuation) = AsyncThrowingStream<(Int, AnswerEvent), any Error>.makeStream()
        let reader = AnswerReader(questions: questions, width: width, engine: model.engine) { [record] sample, event in
            record.note(event, model)
            continuation.yield((sample, event))
        }
        let seconds = service.settings.limits.answerSeconds
        let task = Task { continuation.finish(throwing: await reader.run(first, within: seconds)) }
        let key = client?.onLeaving { task.cancel() }
        continuation.onTermination = { [client] _ in
            client?.forget(key)
            task.cancel()
        }
        return Answers(
            model: model, count: questions.count * width, promptTokens: questions.first?.prompt.count ?? 0,
            events: events)
    }
}

extension CallRecord {
    fileprivate func note(_ event: AnswerEvent, _ model: OpenModel) {
        guard case .finished(let end) = event else { return }
        note {
            $0.model = model.id
            $0.promptTokens = max($0.promptTokens, end.promptTokens)
            $0.answerTokens += end.answerTokens
        }
    }
}

extension Call {
    /// Writes prompts to the log, where that was asked for.
    private func logPrompts(_ questions: [PreparedQuestion], _ model: OpenModel) {
        guard service.settings.logsPrompts, let tokenizer = model.model.tokenizer else { return }
        for question in questions {
            service.logger.info("prompt for \(model.id): \(tokenizer.decode(question.prompt).debugDescription)")
        }
    }
}

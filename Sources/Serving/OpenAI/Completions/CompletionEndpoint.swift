import Files
import Generation

extension Endpoint {
    /// `/v1/completions`.
    static let completions = Endpoint.post(
        "/v1/completions", .openAI, "Continue a text, fill a gap in one, or score one", CompletionShapes.request,
        .jsonOrStream(CompletionShapes.answer, .serverSentEvents)
    ) { call in
        let question = try CompletionQuestion(completion: call.body)
        let model = try call.service.model(named: question.options.model)
        let prompts = try model.prompts(of: question)
        let answers = try call.continuations(of: prompts, question, model)
        let encoding = CompletionEncoding(
            head: AnswerHead("cmpl-", model: model.id), tokenizer: try model.model.requiredTokenizer(),
            alternatives: question.options.alternatives)
        guard call.body.given("stream")?.boolean == true else {
            return .json(encoding.whole(try await answers.whole(), question, prompts))
        }
        let tellsUsage = call.body.given("stream_options")?["include_usage"]?.boolean == true
        return .stream(.serverSentEvents) { sink in
            try await encoding.send(answers, question, prompts, to: &sink, tellsUsage: tellsUsage)
        }
    }
}

extension CompletionEncoding {
    /// All answers, each behind its prompt where that is repeated.
    fileprivate func whole(
        _ answers: [WholeAnswer], _ question: CompletionQuestion, _ prompts: [[Int32]]
    ) -> JSONValue {
        let choices = answers.enumerated().map { index, answer in
            choice(
                index, answer,
                echoing: question.echoes ? echo(answer.prompt, prompts[index / question.options.samples]) : [])
        }
        return self.answer(choices, usage: usage(answers.map(\.end), prompts))
    }

    /// The prompt's tokens, scored where that was asked for.
    private func echo(_ scored: [TokenReport], _ prompt: [Int32]) -> [TokenReport] {
        scored.isEmpty ? prompt.map { TokenReport(id: $0) } : scored
    }

    private func usage(_ ends: [AnswerEnd], _ prompts: [[Int32]]) -> JSONValue {
        .usage(
            prompt: prompts.reduce(0) { $0 + $1.count }, answer: ends.reduce(0) { $0 + $1.answerTokens },
            cached: ends.reduce(0) { $0 + $1.cachedTokens }, thinking: 0)
    }

    /// Sends the answers as they are made, each behind its prompt where that is repeated.
    fileprivate func send(
        _ answers: Answers, _ question: CompletionQuestion, _ prompts: [[Int32]],
        to sink: inout EventSink, tellsUsage: Bool
    ) async throws {
        var waiting = [[TokenReport]](repeating: [], count: answers.count)
        var lengths = [Int](repeating: 0, count: answers.count)
        func part(_ sample: Int, _ text: String, _ reason: AnswerEnd.Reason?) -> JSONValue {
            let table = table(waiting[sample], start: lengths[sample])
            lengths[sample] = table?.length ?? 0
            waiting[sample] = []
            return answer([choice(sample, text, reason, table?.value ?? .null)], usage: nil)
        }
        func echoed(_ sample: Int, _ scored: [TokenReport]) -> JSONValue {
            waiting[sample] = echo(scored, prompts[sample / question.options.samples])
            return part(sample, tokenizer.decode(waiting[sample].map(\.id), skippingSpecialTokens: true), nil)
        }
        if question.echoes, alternatives == nil {
            for sample in 0..<answers.count { try await sink.send(echoed(sample, [])) }
        }
        var ends: [AnswerEnd] = []
        for try await (sample, event) in answers.events {
            switch event {
            case .prompt(let scored): try await sink.send(echoed(sample, scored))
            case .token(let report): waiting[sample].append(report)
            case .text(let piece): try await sink.send(part(sample, piece, nil))
            case .finished(let end):
                ends.append(end)
                try await sink.send(part(sample, "", end.reason))
            case .thinking, .call, .arguments: continue
            }
        }
        if tellsUsage { try await sink.send(answer([], usage: usage(ends, prompts))) }
        try await sink.sendDone()
    }
}

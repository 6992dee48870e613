import Generation

/// Requests that an engine answers at the same time: `isobath bench --streams`.
package struct StreamPlan: Sendable, Equatable {
    /// Requests that are in progress at the same time.
    package var streams = [1]
    /// Requests of each measurement, for each stream.
    package var requestsPerStream = 2
    /// Tokens of a prompt, random ones, and no two prompts alike.
    package var promptLength = 128
    /// Tokens of an answer.
    package var answerLength = 64

    package init() {}

    /// - Throws: `InputError` if a number makes no sense, or goes beyond the model's context.
    package func check(for model: LanguageModel) throws {
        let room = model.contextLength
        try checkOption("--streams", streams, in: 1...1024)
        try checkOption("--repeat", [requestsPerStream], in: 1...1_000_000)
        try checkOption("--prefill", [promptLength], in: 1...room)
        try checkOption("--decode", [answerLength], in: 1...room)
        try checkOption("--prefill and --decode together", [promptLength + answerLength], in: 1...room)
    }
}

/// How an engine did with so many streams.
package struct StreamResult: Sendable, Codable, Equatable {
    package var streams: Int
    package var requests: Int
    package var promptLength: Int
    package var answerLength: Int
    /// From the first request's arrival to the last one's end.
    package var seconds: Double
    /// Tokens of all answers in a second, reading of prompts included.
    package var answerTokensPerS: Double
    /// Tokens of all prompts and answers in a second.
    package var tokensPerS: Double
    /// Seconds from a request's arrival to its first token.
    package var firstTokenSeconds: Spread
    /// Of 95 in 100 requests at most.
    package var firstTokenSeconds95: Double
    /// Seconds from each token of an answer to the next, on average, of each request.
    package var tokenSeconds: Spread
}

/// Measures one model as an engine runs it: as many readers as there are streams, each of which asks again as soon as it has
/// its answer.
package struct StreamBenchmark {
    private let engine: Engine
    private let plan: StreamPlan

    /// - Throws: `InputError` if the plan does not fit the model.
    package init(_ model: LanguageModel, _ plan: StreamPlan) throws {
        try plan.check(for: model)
        var limits = EngineLimits()
        limits.slots = plan.streams.max() ?? 1
        self.engine = try Engine(model, limits: limits)
        self.plan = plan
    }

    /// Measures each number of streams, after one request to warm up.
    /// - Parameter report: called after each request.
    package func run(report: @escaping @Sendable () -> Void = {}) async throws -> [StreamResult] {
        var seed: UInt64 = 1
        _ = try await times(of: &seed)
        var results: [StreamResult] = []
        for streams in plan.streams {
            results.append(try await measure(streams, &seed, report: report))
            if Task.isCancelled { break }
        }
        return results
    }

    private struct RequestTimes: Sendable {
        var first = 0.0
        var token = 0.0
    }

    private func measure(
        _ streams: Int, _ seed: inout UInt64, report: @escaping @Sendable () -> Void
    ) async throws -> StreamResult {
        let clock = ContinuousClock()
        let start = clock.now
        let firstSeed = seed
        seed += UInt64(streams * plan.requestsPerStream)
        let all = try await withThrowingTaskGroup(of: [RequestTimes].self) { group in
            for stream in 0..<streams {
                group.addTask {
                    var (times, seed) = ([RequestTimes](), firstSeed + UInt64(stream * plan.requestsPerStream))
                    for _ in 0..<plan.requestsPerStream {
                        times.append(try await self.times(of: &seed))
                        report()
                    }
                    return times
                }
            }
            return try await group.reduce(into: []) { $0 += $1 }
        }
        return result(streams, all, seconds: (clock.now - start) / .seconds(1))
    }

    /// One request with random tokens, which belong to `seed`.
    private func times(of seed: inout UInt64) async throws -> RequestTimes {
        var tokens = RandomTokens(seed: seed, vocabularySize: engine.model.configuration.vocabularySize)
        seed += 1
        var request = GenerationRequest(prompt: tokens.next(plan.promptLength), sampling: .greedy)
        (request.maximumTokens, request.ignoresEnd) = (plan.answerLength, true)
        let clock = ContinuousClock()
        let start = clock.now
        var (first, last, count) = (start, start, 0)
        for try await event in try engine.submit(request) {
            guard case .token = event.event else { continue }
            last = clock.now
            if count == 0 { first = last }
            count += 1
        }
        return RequestTimes(
            first: (first - start) / .seconds(1), token: (last - first) / .seconds(Double(max(count - 1, 1))))
    }

    private func result(_ streams: Int, _ times: [RequestTimes], seconds: Double) -> StreamResult {
        let (first, count) = (times.map(\.first).sorted(), Double(times.count))
        return StreamResult(
            streams: streams, requests: times.count, promptLength: plan.promptLength, answerLength: plan.answerLength,
            seconds: seconds, answerTokensPerS: count * Double(plan.answerLength) / seconds,
            tokensPerS: count * Double(plan.answerLength + plan.promptLength) / seconds,
            firstTokenSeconds: Spread(first), firstTokenSeconds95: first[min(Int(count * 0.95), first.count - 1)],
            tokenSeconds: Spread(times.map(\.token)))
    }
}

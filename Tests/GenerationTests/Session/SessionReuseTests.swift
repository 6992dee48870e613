import Files
import Generation
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(5))) struct SessionReuseTests {
    private let prompt: [Int32] = [83, 48, 139, 126, 231, 13, 73]

    @Test(arguments: ["v3", "llama-gqa", "v2-lite"]) func onlyWhatIsNewIsRead(_ name: String) async throws {
        let model = try TestModels.fixture(name)
        let session = Session(model)
        let first = try await session.answer(.greedy(prompt, count: 5))
        #expect(first.rememberedTokens == 0)
        let longer = prompt + first.tokens + [9, 10, 11]
        let second = try await session.answer(.greedy(longer, count: 8))
        // All but the last token of the answer, which nothing followed yet.
        #expect(second.rememberedTokens == prompt.count + first.tokens.count - 1)
        #expect(second.tokens == (try await Session(model).answer(.greedy(longer, count: 8))).tokens)
        let other = Array(longer.prefix(4)) + [1, 2, 3]
        let third = try await session.answer(.greedy(other, count: 8))
        #expect(third.rememberedTokens == 4)
        #expect(third.tokens == (try await Session(model).answer(.greedy(other, count: 8))).tokens)
        let again = try await session.answer(.greedy(other, count: 8))
        #expect(again.rememberedTokens == other.count - 1 && again.tokens == third.tokens)
    }

    @Test func anErrorLeavesTheSessionUsable() async throws {
        let model = try TestModels.fixture("v3")
        let session = Session(model)
        let first = try await session.answer(.greedy(prompt, count: 5))
        await #expect(throws: InputError.self) { try await session.answer(.greedy(prompt + [500], count: 5)) }
        #expect(try await session.answer(.greedy(prompt, count: 5)).tokens == first.tokens)
    }

    // MARK: Ending early. Nothing else ends these answers: the context has room for 163,840 tokens.

    @Test func endingTheIterationStopsTheModel() async throws {
        let model = try TestModels.fixture("v3")
        let session = Session(model)
        for try await event in session.generate(.greedy(prompt, count: nil)) {
            if case .token = event { break }
        }
        let after = try await session.answer(.greedy(prompt, count: 8))
        #expect(after.tokens == (try await Session(model).answer(.greedy(prompt, count: 8))).tokens)
        #expect(after.rememberedTokens > 0)
    }

    @Test func stoppingBringsTheSummary() async throws {
        let model = try TestModels.fixture("v3")
        let session = Session(model)
        var summary: GenerationSummary?
        for try await event in session.generate(.greedy(prompt, count: nil)) {
            if case .token = event { session.stop() }
            if case .finished(let last) = event { summary = last }
        }
        let stopped = try #require(summary)
        #expect(stopped.finishReason == .cancelled && !stopped.tokens.isEmpty)
        let again = try await session.answer(.greedy(prompt, count: 8))
        #expect(stopped.tokens.starts(with: again.tokens.prefix(stopped.tokens.count)) && again.finishReason == .length)
    }

    @Test func cancellingTheTaskStopsTheModel() async throws {
        let model = try TestModels.fixture("v3")
        let session = Session(model)
        let task = Task {
            for try await _ in session.generate(.greedy(prompt, count: nil)) {}
        }
        task.cancel()
        _ = await task.result
        #expect(try await session.answer(.greedy(prompt, count: 2)).tokens.count == 2)
    }

    // MARK: Many at once

    @Test func concurrentSessionsAnswerAsAlone() async throws {
        let model = try TestModels.firstLight()
        let examples = try RecordedAnswer.all()
        try await withThrowingTaskGroup(of: (Int, [Int32]).self) { group in
            for (index, example) in examples.enumerated() {
                group.addTask {
                    let request = GenerationRequest(prompt: example.prompt, sampling: .greedy)
                    return (index, try await Session(model).answer(request).tokens)
                }
            }
            for try await (index, tokens) in group { #expect(tokens == examples[index].tokens) }
        }
        // Sessions give their pages back when the last task lets go of them.
        while model.pool.pagesInUse > 0 { try await Task.sleep(for: .milliseconds(1)) }
    }

    @Test func requestsToOneSessionRunOneAfterAnother() async throws {
        let model = try TestModels.firstLight()
        let examples = try RecordedAnswer.all()
        let session = Session(model)
        try await withThrowingTaskGroup(of: (Int, [Int32]).self) { group in
            for (index, example) in examples.enumerated() {
                group.addTask {
                    let request = GenerationRequest(prompt: example.prompt, sampling: .greedy)
                    return (index, try await session.answer(request).tokens)
                }
            }
            for try await (index, tokens) in group { #expect(tokens == examples[index].tokens) }
        }
    }
}

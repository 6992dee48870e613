import Files
import TestSupport
import Testing

@testable import Generation

/// Waiting, giving up, shutting down, and what is refused.
@Suite(.serialized, .timeLimit(.minutes(10)))
struct EngineQueueTests {
    private let prompt: [Int32] = [83, 48, 139, 126, 231, 13, 73]

    private static func engine(slots: Int, queue: Int) throws -> Engine {
        var limits = EngineLimits()
        (limits.slots, limits.queueLength) = (slots, queue)
        return try Engine(try TestModels.fixture("v3"), limits: limits)
    }

    @Test func whoFindsNoRoomIsToldWhenToComeBack() async throws {
        let engine = try Self.engine(slots: 1, queue: 2)
        var streams = try (0..<3).map { _ in try engine.submit(.greedy(prompt, count: nil)) }
        var refused: EngineBusy?
        // The first may not have begun yet.
        for _ in 0..<2 where refused == nil {
            do { streams.append(try engine.submit(.greedy(prompt, count: nil))) } catch let busy as EngineBusy {
                refused = busy
            }
        }
        let busy = try #require(refused)
        #expect(busy.waiting >= 2 && busy.retryAfter >= 1 && "\(busy)".contains("try again in"))
        #expect(engine.statistics.refused == 1)
        let count = streams.count
        streams = []
        await engine.drain()
        #expect(engine.statistics.cancelled == count)
    }

    @Test func endingTheIterationFreesTheSlot() async throws {
        let engine = try Self.engine(slots: 1, queue: 8)
        for try await event in try engine.submit(.greedy(prompt, count: nil)) {
            if case .token = event.event { break }
        }
        #expect(try await engine.tokens(.greedy(prompt, count: 3)).count == 3)
        #expect(engine.statistics.cancelled == 1 && engine.statistics.completed == 1)
    }

    @Test func cancellingTheTaskEndsTheRequest() async throws {
        let engine = try Self.engine(slots: 1, queue: 8)
        let task = Task {
            for try await event in try engine.submit(.greedy(prompt, count: nil)) {
                if case .token = event.event { withUnsafeCurrentTask { $0?.cancel() } }
            }
        }
        _ = await task.result
        await engine.drain()
        #expect(engine.statistics.active == 0 && engine.statistics.cancelled == 1)
    }

    /// In a queue, those that come first are served first.
    @Test func orderIsFair() async throws {
        let engine = try Self.engine(slots: 2, queue: 30)
        let start = ContinuousClock.now
        let streams = try (0..<10).map { index in
            (
                (ContinuousClock.now - start) / .seconds(1),
                try engine.submit(.greedy(prompt + [Int32(index)], count: 4))
            )
        }
        var starts: [Double] = []
        for (arrival, stream) in streams {
            for try await event in stream {
                if case .finished(let summary) = event.event { starts.append(arrival + summary.queueSeconds) }
            }
        }
        // Two begin at the same time, one after another that has ended.
        #expect(zip(starts, starts.dropFirst(2)).allSatisfy { $0 < $1 })
    }

    // MARK: The end

    /// Beside somebody who is answered prompts are read in pieces: a short one takes less time than those that came before it,
    /// and they are read too.
    @Test func shortPromptsDoNotWaitForLongOnes() async throws {
        var limits = EngineLimits()
        limits.chunkLength = 2
        let engine = try Engine(try TestModels.fixture("v3"), limits: limits)
        var writer = try engine.submit(.greedy(prompt, count: nil)).makeAsyncIterator()
        let long = (0..<96).map { Int32(20 + $0 * 5 % 200) }
        let prompts = [long, Array(long.reversed()), Array(long.dropFirst(3)), prompt]
        var seconds: [Double] = []
        for stream in try prompts.map({ try engine.submit(.greedy($0, count: 2)) }) {
            for try await event in stream {
                if case .finished(let summary) = event.event { seconds.append(summary.promptSeconds) }
            }
        }
        _ = try await writer.next()
        #expect(seconds.count == 4 && seconds.dropLast().allSatisfy { $0 > seconds[3] })
    }

    @Test func shutdownLetsAnswersFinish() async throws {
        let engine = try Self.engine(slots: 2, queue: 8)
        let streams = try (0..<4).map { _ in try engine.submit(.greedy(prompt, count: 20)) }
        await engine.shutdown(finishing: true)
        for stream in streams {
            var count = 0
            for try await event in stream { if case .token = event.event { count += 1 } }
            #expect(count == 20)
        }
        #expect(throws: EngineClosed.self) { try engine.submit(.greedy(prompt, count: 1)) }
    }

    @Test func shutdownEndsAnswersAtOnce() async throws {
        let engine = try Self.engine(slots: 1, queue: 8)
        var request = GenerationRequest.greedy(prompt, count: nil)
        var first = try engine.submit(request).makeAsyncIterator()
        while let event = try await first.next() { if case .token = event.event { break } }
        request.samples = 1
        let waiting = try engine.submit(request)
        await engine.shutdown(finishing: false)
        var summary: GenerationSummary?
        while let event = try await first.next() { if case .finished(let last) = event.event { summary = last } }
        #expect(summary?.finishReason == .cancelled && summary?.tokens.isEmpty == false)
        await #expect(throws: EngineClosed.self) { for try await _ in waiting {} }
    }

    // MARK: What is refused

    @Test func requestsThatMakeNoSenseAreRefused() async throws {
        let engine = try Self.engine(slots: 2, queue: 8)
        let changes: [(inout GenerationRequest) -> Void] = [
            { $0.prompt = [] }, { $0.prompt = [-1] }, { $0.prompt = [1 << 30] }, { $0.maximumTokens = -1 },
            { $0.samples = 0 }, { $0.samples = 3 }, { ($0.samples, $0.candidates) = (2, 1) }, { $0.alternatives = -1 },
            { $0.alternatives = 1001 }, { $0.stops = [""] }, { $0.sampling.topP = 0 },
            { $0.sampling.logitBias = [-1: 1] },
        ]
        for (index, change) in changes.enumerated() {
            var request = GenerationRequest.greedy(prompt, count: 2)
            change(&request)
            #expect(throws: InputError.self, "change \(index)") { try engine.submit(request) }
        }
        #expect(engine.statistics == EngineStatistics())
    }

    @Test func promptsBeyondTheMemoryAreRefused() async throws {
        let model = try TestModels.fixture("v3")
        var limits = EngineLimits()
        limits.cacheMemory = 2 * model.pool.layout.bytesPerPage
        let engine = try Engine(model, limits: limits)
        #expect(throws: InputError.self) { try engine.submit(.greedy(Array(repeating: 1, count: 129), count: 1)) }
        // Answers end where memory does.
        let answer = try await engine.answers(to: .greedy(prompt, count: 1000))
        #expect(answer.summaries[0]?.finishReason == .length)
        #expect((120...129).contains(answer.tokens[0]?.count ?? 0))
    }

    @Test func limitsAreChecked() throws {
        let model = try TestModels.fixture("v3")
        let changes: [(inout EngineLimits) -> Void] = [
            { $0.slots = 0 }, { $0.queueLength = -1 }, { $0.cacheMemory = 0 }, { $0.chunkLength = 0 },
            { $0.chunkSeconds = .nan }, { $0.chunkSeconds = 0 }, { $0.speculation = 9 }, { $0.directoryBytes = -1 },
        ]
        for change in changes {
            var limits = EngineLimits()
            change(&limits)
            #expect(throws: InputError.self) { try Engine(model, limits: limits) }
        }
    }

    // MARK: Statistics

    @Test func statisticsCount() async throws {
        let engine = try Self.engine(slots: 2, queue: 8)
        for _ in 0..<3 { _ = try await engine.tokens(.greedy(prompt, count: 5)) }
        await engine.drain()
        let statistics = engine.statistics
        #expect(statistics.accepted == 3 && statistics.completed == 3 && statistics.generatedTokens == 15)
        #expect(statistics.promptTokens == 21 && statistics.firstTokenSeconds.count == 3)
        #expect(statistics.tokenSeconds.count == 12 && statistics.requestSeconds.count == 3)
        #expect(statistics.steps == 15 && statistics.sequencesPerStep.count == 12)
    }

    @Test func histogramsCountByRange() {
        var histogram = Histogram(bounds: [1, 2, 4])
        #expect(histogram.quantile(0.5) == nil && histogram.mean == 0)
        for value in [0.5, 1, 1.5, 4, 9] { histogram.add(value) }
        #expect(histogram.counts == [2, 1, 1, 1] && histogram.count == 5 && histogram.sum == 16)
        #expect(histogram.quantile(0.4) == 1 && histogram.quantile(0.8) == 4 && histogram.quantile(1) == nil)
    }
}

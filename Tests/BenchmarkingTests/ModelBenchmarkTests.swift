import Files
import Foundation
import Generation
import Synchronization
import TestSupport
import Testing

@testable import Benchmarking

/// What is measured, never how fast it was.
struct ModelBenchmarkTests {
    private static func plan(_ change: (inout BenchmarkPlan) -> Void = { _ in }) -> BenchmarkPlan {
        var plan = BenchmarkPlan()
        (plan.prefillLengths, plan.decodeLength, plan.repeats) = ([5], 3, 2)
        change(&plan)
        return plan
    }

    private static func model(_ name: String = "text/v3", chunk: Int = 4) throws -> LanguageModel {
        var settings = EngineSettings()
        settings.chunkLength = chunk
        return try LanguageModel(path: Fixture.path(name), settings: settings)
    }

    @Test func everyCombinationHasOneResult() throws {
        let plan = Self.plan {
            ($0.prefillLengths, $0.depths, $0.threads) = ([5, 9], [7, 0], [1, 2])
            ($0.sequences, $0.cacheTypes) = ([1, 3], [.f32, .q8_0])
        }
        let results = try ModelBenchmark(Self.model(), plan).run()
        #expect(results.count == 2 * 2 * 2 * (2 + 2))
        let keys = results.map {
            "\($0.kind) \($0.tokens) \($0.depth) \($0.threads) \($0.sequences) \($0.cacheType)"
        }
        #expect(Set(keys).count == results.count)
        #expect(results.map(\.depth).prefix(8).allSatisfy { $0 == 0 })
        for result in results {
            let spread = result.tokensPerS
            #expect(spread.min > 0 && spread.min <= spread.median && spread.median <= spread.max)
            #expect(result.gbPerS > 0 && result.topPerS > 0)
        }
    }

    /// GB/s, operations and tokens a second belong together: their ratios are what one step costs.
    @Test func ratesBelongTogether() throws {
        let model = try Self.model()
        let weights = ActiveWeights(model)
        let plan = Self.plan { $0.sequences = [2] }
        for result in try ModelBenchmark(model, plan).run() {
            let perToken = result.topPerS * 1e12 / result.tokensPerS.median
            let bytes = result.gbPerS * 1e9 / result.tokensPerS.median
            let expected =
                result.kind == .prefill
                ? weights.operations(rows: 5, logitRows: 1) / 5 : weights.operations(rows: 2, logitRows: 2) / 2
            #expect(abs(perToken - expected) < 1e-6 * expected)
            #expect(bytes > 0 && (result.cacheGbPerS == nil) == (result.kind == .prefill))
        }
    }

    @Test func bytesOfADenseModelAreItsWeights() throws {
        let model = try Self.model("text/llama-gqa")
        let weights = ActiveWeights(model)
        let all = Double(weights.layers.bytes + weights.head.bytes)
        let results = try ModelBenchmark(model, Self.plan { $0.sequences = [1, 4] }).run()
        // A prompt of 5 in chunks of 4 meets the layers twice and the head once.
        let bytes = [all + Double(weights.layers.bytes), 3 * all, 3 * all]
        let tokens = [5.0, 3, 12]
        for (result, (bytes, tokens)) in zip(results, zip(bytes, tokens)) {
            let measured = result.gbPerS * 1e9 / result.tokensPerS.median * tokens
            #expect(abs(measured - bytes) < 1e-6 * bytes)
            #expect(result.expertsPerLayer == nil)
        }
    }

    @Test func expertsAreCounted() throws {
        let model = try Self.model()
        let perToken = Double(try #require(model.configuration.mixture).expertsPerToken)
        let results = try ModelBenchmark(model, Self.plan { $0.sequences = [1, 4] }).run()
        let counts = try results.map { try #require($0.expertsPerLayer) }
        // One token chooses k, four between them more than k (of 12, at random) and at most 4k.
        #expect(counts[1] == perToken)
        #expect(counts[2] > perToken && counts[2] <= 12)
        #expect(counts[0] >= perToken && counts[0] <= 12)
    }

    /// The cache's bytes for one sequence: at depth D, step i sees D + i rows of each main layer.
    @Test func cacheBytesGrowWithDepth() throws {
        let model = try Self.model()
        let row = Double(model.decoder.cacheLayout(elementType: .f16).bytesPerToken) * 3 / 4
        let plan = Self.plan { ($0.prefillLengths, $0.depths, $0.cacheTypes) = ([], [0, 10], [.f16]) }
        for result in try ModelBenchmark(model, plan).run() {
            let bytes = try #require(result.cacheGbPerS) * 1e9 / result.tokensPerS.median * 3
            let rows = Double(3 * result.depth + 1 + 2 + 3)
            #expect(abs(bytes - rows * row) < 1e-6 * bytes)
        }
    }

    @Test func progressEndsWithAllWorkDone() throws {
        let plan = Self.plan { ($0.depths, $0.sequences, $0.threads) = ([0, 6], [1, 2], [1, 2]) }
        var last: BenchmarkProgress?
        _ = try ModelBenchmark(Self.model(), plan, report: { last = $0 }).run()
        let progress = try #require(last)
        #expect(progress.done == plan.work && progress.fraction == 1 && progress.secondsLeft == 0)
    }

    @Test func cancellingKeepsWhatIsDone() throws {
        var steps = 0
        let plan = Self.plan { $0.sequences = [1, 2] }
        // Both kinds of decoding have warmed up, but only one has taken its turn.
        let benchmark = try ModelBenchmark(
            Self.model(), plan, report: { steps = $0.done.steps }, isCancelled: { steps == 3 * plan.decodeLength })
        let results = try benchmark.run()
        #expect(results.map(\.kind) == [.prefill, .decode] && results.map(\.sequences) == [1, 1])
    }

    @Test func machineIsLookedAtBeforeEachAndAfterEveryRound() throws {
        var threads: [Int] = []
        let plan = Self.plan { $0.threads = [2, 1] }
        #expect(try ModelBenchmark(Self.model(), plan).run { threads.append($0) }.count == 4)
        #expect(threads == [2, 2, 1, 1] + Array(repeating: [2, 1], count: plan.repeats).joined())
    }

    @Test func nothingToMeasureIsNoResult() throws {
        let plan = Self.plan { ($0.prefillLengths, $0.decodeLength) = ([], 0) }
        #expect(try ModelBenchmark(Self.model(), plan).run().isEmpty)
    }

    @Test func exactAndReferenceEnginesRunToo() throws {
        for engine in EngineSettings.Engine.allCases {
            var settings = EngineSettings()
            (settings.engine, settings.arithmetic) = (engine, .exact)
            let model = try LanguageModel(path: Fixture.path("text/llama-gqa"), settings: settings)
            #expect(try ModelBenchmark(model, Self.plan()).run().count == 2)
        }
    }
}

struct SpreadTests {
    @Test func oddAndEvenNumbersHaveAMedian() {
        #expect(Spread([3, 1, 2]) == Spread([2, 3, 1]))
        #expect(Spread([3, 1, 2]).median == 2 && Spread([4, 1, 2, 3]).median == 2.5)
        #expect(Spread([4, 1, 2, 3]).min == 1 && Spread([4, 1, 2, 3]).max == 4 && Spread([7]).median == 7)
    }
}

struct MemoryUseTests {
    @Test func fieldsOfProcStatus() {
        let status = "Name:\tVmRSS: 1\nVmPeak:\t  12 kB\nVmHWM:\t    2048 kB\nVmRSS:\t1024 kB\n"
        #expect(MemoryUse.field("VmRSS", of: status) == 1 << 20)
        #expect(MemoryUse.field("VmHWM", of: status) == 2 << 20)
        #expect(MemoryUse.field("VmSwap", of: status) == nil && MemoryUse.field("VmRSS", of: "VmRSS:") == nil)
    }

    #if os(Linux) || canImport(Darwin)
    @Test func thisProcessUsesMemory() throws {
        let memory = try #require(MemoryUse.now())
        #expect(memory.residentBytes > 1 << 20 && memory.peakResidentBytes >= memory.residentBytes)
    }
    /// A pause does not count if the system can be made to forget, and at least does not lower anything otherwise.
    ///
    /// It is watched in a process of its own: other tests take and give back memory of this one meanwhile.
    @Test func pausesDoNotCount() async {
        await #expect(processExitsWith: .success) {
            var watch = MemoryWatch()
            let first = watch.look()
            watch.pause {
                let bytes = [UInt8](repeating: 1, count: 256 << 20)
                #expect(bytes.last == 1)
            }
            let last = watch.look()
            let (before, after) = (try #require(first), try #require(last))
            #expect(after.peakResidentBytes >= before.peakResidentBytes)
            #expect(after.peakResidentBytes < before.peakResidentBytes + 200 << 20)
        }
    }
    #endif
}

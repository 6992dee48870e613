import Files
import Foundation
import Generation
import TestSupport
import Testing

@testable import Benchmarking

struct BenchmarkPlanTests {
    let model: LanguageModel

    init() throws { model = try LanguageModel(path: Fixture.path("text/llama-gqa")) }

    @Test func workCountsEveryRun() {
        var plan = BenchmarkPlan()
        (plan.prefillLengths, plan.decodeLength, plan.depths) = ([10, 20], 4, [0, 30, 7])
        (plan.threads, plan.sequences, plan.cacheTypes, plan.repeats) = ([1, 2], [1, 3], [.f32, .f16], 5)
        // 2 cache types × (30 to fill + 6 runs × 3 depths × 2 thread counts × …).
        #expect(plan.work == BenchmarkWork(readTokens: 2 * (30 + 36 * 30), steps: 2 * 36 * 4 * 2))
    }

    @Test func nonsenseIsRefused() throws {
        let spoilers: [(String, (inout BenchmarkPlan) -> Void)] = [
            ("--prefill", { $0.prefillLengths = [-1] }), ("--prefill", { $0.prefillLengths = [Int.max] }),
            ("--decode", { $0.decodeLength = -1 }), ("--depth", { $0.depths = [0, -1] }),
            ("--depth", { $0.depths = [Int.max] }), ("--threads", { $0.threads = [2, 0] }),
            ("--threads", { $0.threads = [1025] }), ("--sequences", { $0.sequences = [0] }),
            ("--sequences", { $0.sequences = [1 << 20] }), ("--repeat", { $0.repeats = 0 }),
        ]
        for (option, spoil) in spoilers {
            var plan = BenchmarkPlan()
            (plan.prefillLengths, plan.decodeLength) = ([4], 4)
            try plan.check(for: model)
            spoil(&plan)
            let error = try #require(throws: InputError.self) { try plan.check(for: model) }
            #expect(error.field == option && error.kind == .invalidValue, "\(error)")
        }
    }

    @Test func depthAndMeasuredTokensFitTheContextTogether() throws {
        var plan = BenchmarkPlan()
        (plan.prefillLengths, plan.decodeLength) = ([4], 8)
        plan.depths = [model.contextLength - 8]
        try plan.check(for: model)
        plan.depths = [model.contextLength - 7]
        #expect(throws: InputError.self) { try plan.check(for: model) }
    }

    @Test func moreThanMemoryIsRefused() throws {
        let bytes = model.decoder.cacheLayout(elementType: .f32).bytesPerToken
        let tokens = Int(ProcessInfo.processInfo.physicalMemory) / bytes
        var plan = BenchmarkPlan()
        (plan.prefillLengths, plan.decodeLength, plan.sequences) = ([], 4, [1024])
        plan.depths = [model.contextLength - 4]
        guard 1024 * model.contextLength > tokens else { return }
        let error = try #require(throws: InputError.self) { try plan.check(for: model) }
        #expect(error.kind == .excessive)
    }
}

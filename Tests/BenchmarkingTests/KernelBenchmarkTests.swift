import Files
import Tensors
import Testing

@testable import Benchmarking

/// What is measured, never how fast it was.
struct KernelBenchmarkTests {
    private static func plan(_ change: (inout KernelPlan) -> Void = { _ in }) -> KernelPlan {
        var plan = KernelPlan()
        (plan.shapes, plan.rows, plan.repeats) = ([.init(outputs: 8, inputs: 256)], [1, 3], 1)
        (plan.depths, plan.cacheTypes, plan.types) = ([], [], [.q4_k])
        change(&plan)
        return plan
    }

    /// Scales are tamed, so that every format decodes to ordinary numbers that are not all the same.
    @Test func noiseOfEveryFormatIsFinite() throws {
        for type in KernelPlan.allTypes {
            let weight = try #require(RandomWeights.make(type, rows: 5, columns: 256), "\(type)")
            let values = (0..<5).flatMap { weight.row($0) }
            #expect(values.allSatisfy { $0.isFinite }, "\(type)")
            #expect(Set(values).count > 3 && values.contains { $0 != 0 }, "\(type)")
            #expect(values.allSatisfy { $0 == 0 || $0.isNormal }, "\(type)")
        }
    }

    @Test func noiseNeedsWholeBlocks() {
        #expect(RandomWeights.make(.q4_k, rows: 2, columns: 288) == nil)
        #expect(RandomWeights.make(.q4_0, rows: 2, columns: 288) != nil)
        #expect(RandomWeights.make(.i8, rows: 2, columns: 256) == nil)
    }

    @Test func everyFormatIsMeasuredInItsWays() throws {
        let benchmark = try KernelBenchmark(Self.plan { $0.types = [.f32, .q4_k, .q8_0, .iq2_xs] })
        let results = benchmark.run()
        let names = results.map { "\($0.type) \($0.arithmetic) \($0.rows)" }
        #expect(Set(names).count == names.count && results.count == benchmark.count)
        for type in ["f32", "q4_k", "q8_0", "iq2_xs"] { #expect(names.contains("\(type) exact 3")) }
        #expect(names.contains("q4_k 8-bit 1") && !names.contains("f32 8-bit 1"))
    }

    @Test func ratesBelongToTheTime() throws {
        let result = try #require(try KernelBenchmark(Self.plan { $0.rows = [3] }).run().first)
        let seconds = result.microseconds.median * 1e-6
        // 8 rows of one block of 144 bytes; 2 · 8 · 256 · 3 operations.
        #expect(abs(result.gbPerS * 1e9 * seconds - 8 * 144) < 1e-6 * 1152)
        #expect(abs(result.gopPerS * 1e9 * seconds - 2 * 8 * 256 * 3) < 1e-6 * 12288)
    }

    @Test func attentionIsMeasuredInItsShapes() throws {
        let plan = Self.plan { ($0.types, $0.depths, $0.cacheTypes, $0.rows) = ([], [70, 2], [.f32, .q8_0], [1, 3]) }
        let benchmark = try KernelBenchmark(plan)
        let results = benchmark.run()
        // No three queries at the end of two tokens.
        // Four kinds; all of them in 8 bits too over Q8_0.
        #expect(results.count == 4 * (1 + 2) * (2 + 1) && results.count == benchmark.count)
        #expect(Set(results.map { "\($0.shape) \($0.type) \($0.arithmetic) \($0.rows)" }).count == results.count)
        #expect(results.allSatisfy { $0.kind == .attention && $0.gbPerS > 0 && $0.gopPerS > 0 })
        // The latent kind reads its values from the keys' rows: 576 floats a token.
        let latent = try #require(results.first { $0.shape == "latent 16 × 576/512 over 70" && $0.type == "f32" })
        let bytes = latent.gbPerS * 1e9 * latent.microseconds.median * 1e-6
        #expect(abs(bytes - 70 * 576 * 4) < 1)
    }

    @Test func cancellingEndsIt() throws {
        var count = 0
        let results = try KernelBenchmark(Self.plan()).run(isCancelled: { count == 2 }) { _ in count += 1 }
        #expect(results.count == 2)
    }

    @Test func nonsenseIsRefused() throws {
        let spoilers: [(String, (inout KernelPlan) -> Void)] = [
            ("--rows", { $0.rows = [0] }), ("--rows", { $0.rows = [Int.max] }),
            ("--shapes", { $0.shapes = [.init(outputs: 0, inputs: 256)] }),
            ("--shapes", { $0.shapes = [.init(outputs: 1, inputs: Int.max)] }),
            ("--depth", { $0.depths = [Int.max] }), ("--threads", { $0.threads = [0] }),
            ("--repeat", { $0.repeats = 0 }),
        ]
        for (option, spoil) in spoilers {
            let error = try #require(throws: InputError.self) { _ = try KernelBenchmark(Self.plan(spoil)) }
            #expect(error.field == option, "\(error)")
        }
    }
}

import Checkpoints
import Files
import TestSupport
import Testing

@testable import Benchmarking

/// What is measured, never how fast it was.
struct TrainingBenchmarkTests {
    private static func run(_ plan: TrainingPlan, measuresPeak: Bool) throws -> TrainingResult {
        var memory = MemoryWatch()
        let source = try openCheckpoint(at: Fixture.path("text/v3"))
        return try TrainingBenchmark(source, plan, measuresPeak: measuresPeak).run(memory: &memory)
    }

    private static var plan: TrainingPlan {
        var plan = TrainingPlan()
        (plan.sequences, plan.length, plan.steps) = (2, 5, 3)
        return plan
    }

    @Test(arguments: [false, true])
    func everyStepHasItsShareOfThePeak(_ measuresPeak: Bool) throws {
        let result = try Self.run(Self.plan, measuresPeak: measuresPeak)
        #expect((result.sequences, result.length) == (2, 5))
        #expect(result.tokensPerS.min > 0 && result.tokensPerS.median <= result.tokensPerS.max)
        #expect((result.shareOfF32Peak != nil) == measuresPeak && (result.f32TflopPerS != nil) == measuresPeak)
        if let share = result.shareOfF32Peak { #expect(share.min > 0 && share.median <= share.max) }
        #expect(result.firstLoss.isFinite && result.lastLoss.isFinite)
    }

    @Test func layersComputedAgainLearnTheSame() throws {
        var again = Self.plan
        again.checkpointing = true
        let results = try [Self.plan, again].map { try Self.run($0, measuresPeak: false) }
        #expect(results[0].lastLoss == results[1].lastLoss)
    }

    @Test func aShareIsOfThePeaksAroundItsStep() throws {
        let shares = try #require(TrainingBenchmark.shares(of: [1, 2, 3], between: [4, 4, 6, 6]))
        #expect(shares == Spread([0.25, 0.4, 0.5]))
        #expect(TrainingBenchmark.shares(of: [1], between: []) == nil)
    }

    @Test(arguments: [0, 1_000_001])
    func numbersThatMakeNoSenseAreRefused(_ number: Int) {
        for change: WritableKeyPath<TrainingPlan, Int> in [\.sequences, \.length, \.steps] {
            var plan = Self.plan
            plan[keyPath: change] = number
            #expect(throws: InputError.self) { try plan.check() }
        }
    }
}

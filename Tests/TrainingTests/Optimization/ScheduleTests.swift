import Files
import Foundation
import Testing

@testable import Training

@Suite struct ScheduleTests {
    private func settings(_ yaml: String) throws -> ScheduleSettings {
        let section = try RecipeSection(yaml: yaml, source: "r")
        let settings = try ScheduleSettings(section)
        try section.finish()
        return settings
    }

    private func batch(_ yaml: String) throws -> BatchSchedule {
        let section = try RecipeSection(yaml: yaml, source: "r")
        let batch = try BatchSchedule(section)
        try section.finish()
        return batch
    }

    /// 14.8 trillion tokens as 14,800 steps.
    @Test func ratesOfV3() {
        let rate = LearningRate(top: 2.2e-4, warmUpSteps: 2, totalSteps: 14_800, rule: .deepSeekV3)
        #expect(rate.rate(at: 0) == 1.1e-4 && rate.rate(at: 1) == 2.2e-4 && rate.rate(at: 9_999) == 2.2e-4)
        #expect(abs(rate.rate(at: 12_150) - 1.21e-4) < 1e-9)
        #expect(abs(rate.rate(at: 14_300) - 2.2e-5) < 1e-12 && abs(rate.rate(at: 14_632) - 2.2e-5) < 1e-12)
        #expect(abs(rate.rate(at: 14_633) - 7.3e-6) < 1e-12 && abs(rate.rate(at: 20_000) - 7.3e-6) < 1e-12)
    }

    @Test func stagesAreThoseOfTheFields() throws {
        let rate = try settings("top: 2\nrule: multiStep\nstarts: [0.6, 0.9]").learningRate(
            totalSteps: 100, source: "r")
        #expect([0, 59, 60, 89, 90, 99].map { rate.rate(at: $0) } == [2, 2, 0.632, 0.632, 0.2, 0.2])
        let published = LearningRate(top: 1, warmUpSteps: 5, totalSteps: 77, rule: .multiStep)
        let read = try settings("top: 1\nrule: multiStep\nwarmUpSteps: 5").learningRate(totalSteps: 77, source: "r")
        #expect((0..<80).allSatisfy { published.rate(at: $0) == read.rate(at: $0) })
    }

    /// Where batches grow, parts of the run are parts of its tokens.
    @Test func tokensMayBeCounted() {
        let rate = LearningRate(top: 1, warmUpSteps: 1, totalSteps: 10, rule: .multiStep)
        #expect(rate.rate(at: 5, done: 0.79) == 1 && rate.rate(at: 5, done: 0.85) == 0.316)
        #expect((0..<10).allSatisfy { rate.rate(at: $0) == rate.rate(at: $0, done: Double($0) / 10) })
    }

    static let bad = [
        "rule: multiStep\nstarts: [0.9, 0.8]", "rule: multiStep\nstarts: [0.5]", "rule: multiStep\nfactors: [2, 1]",
        "rule: sine",
        "top: -1", "floor: 0.5",
    ]

    @Test(arguments: bad) func badSettingsAreRefused(_ yaml: String) {
        #expect(throws: InputError.self) { try settings(yaml.hasPrefix("top") ? yaml : "top: 1\n" + yaml) }
    }

    static let badBatches = [
        "sequences: 0", "final: 3", "sequences: 1\nrampTokens: 5\nrampSteps: 5", "sequences: 4\nmultiple: 5",
    ]

    @Test(arguments: badBatches) func badBatchesAreRefused(_ yaml: String) {
        #expect(throws: InputError.self) { try batch(yaml) }
    }

    @Test func warmingUpFitsTheRun() throws {
        let settings = try settings("top: 1\nwarmUpSteps: 11")
        #expect(throws: InputError.self) { try settings.learningRate(totalSteps: 10, source: "r") }
    }

    @Test func batchesGrow() throws {
        let batch = try batch("{sequences: 4, final: 16, rampTokens: 1200, multiple: 4}")
        #expect(
            [0, 399, 400, 799, 800, 1199, 1200, 9999].map { batch.sequences(afterSteps: 0, tokens: $0) }
                == [4, 4, 8, 8, 12, 12, 16, 16])
        let steps = BatchSchedule(from: 8, to: 2, over: .steps(6))
        #expect((0..<8).map { steps.sequences(afterSteps: $0, tokens: 0) } == [8, 7, 6, 5, 4, 3, 2, 2])
        let copy = try JSONDecoder().decode(BatchSchedule.self, from: JSONEncoder().encode(batch))
        #expect(copy == batch)
    }

    static let lengths = [1, 16, 100]

    @Test(arguments: lengths) func stepsForTokensAreCounted(_ length: Int) {
        let batches = [
            BatchSchedule(sequences: 3), BatchSchedule(from: 2, to: 9, over: .tokens(50 * length)),
            BatchSchedule(from: 9, to: 2, over: .steps(7), multiple: 2),
        ]
        for batch in batches {
            for total in [0, 1, 3 * length, 77 * length + 1, 1000 * length] {
                var (steps, tokens) = (0, 0)
                while tokens < total {
                    tokens += batch.sequences(afterSteps: steps, tokens: tokens) * length
                    steps += 1
                }
                #expect(batch.steps(forTokens: total, sequenceLength: length) == steps)
            }
        }
    }
}

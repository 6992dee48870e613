import Files
import Generation
import TestSupport
import Testing

@testable import Benchmarking

/// What is counted of answers with guesses and without, never which were there sooner.
@Suite(.timeLimit(.minutes(10))) struct SpeculationBenchmarkTests {
    private func plan(_ change: (inout SpeculationPlan) -> Void = { _ in }) -> SpeculationPlan {
        var plan = SpeculationPlan()
        (plan.questions, plan.answerLength, plan.rounds) = (["What is 2 + 2?", "Reverse abc."], 12, 2)
        change(&plan)
        return plan
    }

    private func model() throws -> LanguageModel { try LanguageModel(path: Fixture.path("gguf/v3-mtp.gguf")) }

    @Test(arguments: [nil, 1, 3] as [Int?]) func bothWaysAreMeasured(_ draftLength: Int?) async throws {
        let benchmark = try SpeculationBenchmark(model(), plan { $0.draftLength = draftLength })
        #expect(benchmark.answerCount == (2 + 1) * 2 * 2)
        var reports: [Int] = []
        let result = try #require(
            try await benchmark.run { done in
                reports.append(done)
                return true
            })
        #expect(reports == Array(1...benchmark.answerCount))
        #expect(result.questions == 2 && result.rounds == 2 && result.draftLength == draftLength ?? 1)
        #expect((2...24).contains(result.tokens) && (0...2).contains(result.soonerRounds))
        for spread in [result.plainTokensPerS, result.guessedTokensPerS, result.speedup] {
            #expect(spread.min > 0 && spread.min <= spread.median && spread.median <= spread.max)
        }
        #expect((0...1).contains(try #require(result.acceptanceRate)))
    }

    /// Rounds that are complete count; without one there is no result.
    @Test(arguments: [(1, nil), (5, nil), (8, nil), (9, 1), (12, 1), (13, 2)] as [(Int, Int?)])
    func itEndsWhereItIsTold(_ answers: Int, _ rounds: Int?) async throws {
        let result = try await SpeculationBenchmark(model(), plan()).run { $0 < answers }
        #expect(result?.rounds == rounds)
    }

    @Test func whatCannotBeMeasuredIsRefused() throws {
        let model = try model()
        for change in [
            { $0.answerLength = 0 }, { $0.rounds = 0 }, { $0.rounds = -3 }, { $0.draftLength = 0 },
            { $0.draftLength = 9 },
        ] as [(inout SpeculationPlan) -> Void] {
            #expect(throws: InputError.self) { try SpeculationBenchmark(model, plan(change)) }
        }
        // One without prediction layers, one without a vocabulary.
        for name in ["gguf/v3.gguf", "text/v3"] {
            let other = try LanguageModel(path: Fixture.path(name))
            #expect(throws: InputError.self, "\(name)") { try SpeculationBenchmark(other, plan()) }
        }
    }
}

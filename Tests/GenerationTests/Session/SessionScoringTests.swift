import Checkpoints
import Files
import Foundation
import Generation
import Tensors
import TestSupport
import Testing

@Suite struct SessionScoringTests {
    /// logit − log Σ exp, in double, of recorded logits.
    private func logSoftmax(_ row: ArraySlice<Float>) -> [Double] {
        let largest = Double(row.max() ?? 0)
        let sum = largest + log(row.reduce(0.0) { $0 + exp(Double($1) - largest) })
        return row.map { Double($0) - sum }
    }

    @Test(arguments: TestModels.names) func scoresEqualTheRecordedLogits(_ name: String) throws {
        var settings = EngineSettings()
        settings.chunkLength = 5
        let model = try TestModels.fixture(name, settings)
        let recorded = try RecordedTensors(path: Fixture.path("text/\(name)/golden"))
        for prompt in try RecordedPrompt.all(of: name) {
            let scores = try model.score(prompt.tokens, top: 3)
            let logits = try recorded.tensor(prompt.name + ".logits").floats
            let width = model.configuration.vocabularySize
            #expect(scores.map(\.token) == prompt.tokens)
            #expect(scores.first?.logProbability == nil && scores.first?.alternatives.isEmpty == true)
            for (place, score) in scores.enumerated().dropFirst() {
                let expected = logSoftmax(logits[(place - 1) * width..<place * width])
                let found = try #require(score.logProbability)
                #expect(abs(found - expected[Int(score.token)]) < 1e-4, "\(prompt.name) at \(place)")
                let best = expected.indices.sorted { (-expected[$0], $0) < (-expected[$1], $1) }.prefix(3)
                #expect(score.alternatives.map { Int($0.token) } == Array(best), "\(prompt.name) at \(place)")
                for (entry, token) in zip(score.alternatives, best) {
                    #expect(abs(entry.logProbability - expected[token]) < 1e-4)
                }
            }
            let logs = scores.compactMap(\.logProbability)
            let expected = exp(-logs.reduce(0, +) / Double(logs.count))
            #expect(abs(try #require(perplexity(scores)) - expected) < 1e-9 * expected)
        }
    }

    @Test func aSingleTokenHasNoPerplexity() throws {
        let scores = try TestModels.fixture("llama-mha").score([3], top: 2)
        #expect(scores.count == 1 && scores[0].logProbability == nil && perplexity(scores) == nil)
    }

    @Test(arguments: [[], [-1], [256], [1, 2, Int32.max]]) func unusableTokensAreErrors(_ tokens: [Int32]) throws {
        let model = try TestModels.fixture("v3")
        #expect(throws: InputError.self) { try model.score(tokens) }
    }

    @Test func textLongerThanTheContextIsAnError() throws {
        var settings = EngineSettings()
        settings.contextLength = 4
        let model = try TestModels.fixture("v3", settings)
        #expect(try model.score([1, 2, 3, 4]).count == 4)
        let error = try #require(throws: InputError.self) { try model.score([1, 2, 3, 4, 5]) }
        #expect(error.kind == .excessive)
    }
}

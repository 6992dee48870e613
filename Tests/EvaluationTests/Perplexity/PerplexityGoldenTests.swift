import Files
import Generation
import TestSupport
import Testing

@testable import Evaluation

struct PerplexityGoldenTests {
    /// f32 results of different implementations differ by up to 6e-5 here (Tests/Fixtures/make/README.md), of logits up to 9;
    /// the mean over 240 tokens by far less.
    private static let tolerance = 1e-5

    private func expect(_ estimate: Estimate, _ golden: JSONValue?) throws {
        #expect(isClose(estimate.value, try #require(golden?["value"]?.double), PerplexityGoldenTests.tolerance))
        #expect(isClose(estimate.error, try #require(golden?["error"]?.double), PerplexityGoldenTests.tolerance))
    }

    @Test(arguments: ["llama-mha", "qwen2", "v3"]) func perplexitiesAreLlamaCpps(_ name: String) throws {
        let model = try PerplexityFixtures.model(name)
        let score = try PerplexityRun(model, try PerplexityFixtures.chunks(model)).score()
        try expect(score.perplexity, try PerplexityFixtures.golden()["perplexity"]?[name])
        #expect(score.chunks == 15 && score.tokens == 15 * 16)
    }

    @Test func eachChunkBeginsWithTheMark() throws {
        let model = try PerplexityFixtures.beginningModel()
        let chunks = try PerplexityFixtures.chunks(model)
        let mark = try #require(try model.requiredTokenizer().beginOfSequence)
        #expect(chunks.tokens.first == mark && chunks.tokens[33] != mark)
        #expect((0..<chunks.count).allSatisfy { chunks.input($0).first == mark })
        let score = try PerplexityRun(model, chunks).score()
        try expect(score.perplexity, try PerplexityFixtures.golden()["perplexity"]?["begin"])
    }

    @Test func savedLogitsAreLlamaCpps() throws {
        let model = try PerplexityFixtures.model("llama-mha")
        let path = try Fixture.temporaryFolder() + "/own.logits"
        let chunks = try PerplexityFixtures.chunks(model)
        let score = try PerplexityRun(model, chunks).score(savingLogitsTo: path)
        #expect(score == (try PerplexityRun(model, chunks).score()))
        let (own, recorded) = (try LogitFile(path: path), try LogitFile(path: PerplexityFixtures.base))
        #expect(own.chunks(beginOfSequence: nil) == recorded.chunks(beginOfSequence: nil))
        #expect(own.rowCount == recorded.rowCount && own.vocabularySize == 256)
        for index in 0..<own.rowCount {
            let (a, b) = (try own.row(index), try recorded.row(index))
            // 6e-5 of a logit, as everywhere, are some codes of 16 / 65535.
            #expect((0..<256).allSatisfy { abs(a.logProbability($0) - b.logProbability($0)) < 6e-4 })
        }
    }

    @Test func statisticsAreLlamaCpps() throws {
        let statistics = try PerplexityRun.divergence(
            of: try PerplexityFixtures.model("v3"), from: try LogitFile(path: PerplexityFixtures.base))
        let golden = try #require(try PerplexityFixtures.golden()["statistics"]?["v3"])
        for figure in Figure.all {
            let recorded = try #require(golden[figure.name]?.array).map { try #require($0.double) }
            let own = figure.values(statistics).map { $0 * figure.factor }
            #expect(own.count == recorded.count, "\(figure.name)")
            // Printed with so many digits, and then as the perplexities.
            for (a, b) in zip(own, recorded) {
                #expect(
                    abs(a - b) <= figure.unit + PerplexityGoldenTests.tolerance * abs(b), "\(figure.name): \(a), \(b)")
            }
        }
    }

    @Test func modelDiffersFromItselfByRoundingOnly() throws {
        let statistics = try PerplexityRun.divergence(
            of: try PerplexityFixtures.model("llama-mha"), from: try LogitFile(path: PerplexityFixtures.base))
        // Codes are 16 / 65535 apart, of which half may be lost.
        #expect(abs(statistics.divergence.value) < 1e-5 && statistics.divergences.maximum < 2e-4)
        #expect(abs(statistics.logRatio.value) < 1e-5 && isClose(statistics.correlation ?? 0, 1, 1e-6))
        #expect(statistics.agreement == Estimate(value: 1, error: 0))
    }
}

/// A line that llama-perplexity prints.
private struct Figure {
    let name: String
    /// Half of the last digit.
    let unit: Double
    var factor = 1.0
    let values: (DivergenceStatistics) -> [Double]

    static var all: [Figure] { means + places }

    private static func fine(_ name: String, _ estimate: @escaping (DivergenceStatistics) -> Estimate) -> Figure {
        Figure(name: name, unit: 5e-7) { [estimate($0).value, estimate($0).error] }
    }

    private static func percent(_ name: String, _ estimate: @escaping (DivergenceStatistics) -> Estimate) -> Figure {
        Figure(name: name, unit: 5e-4, factor: 100) { [estimate($0).value, estimate($0).error] }
    }

    private static var means: [Figure] {
        [
            fine("Mean PPL(Q)", \.perplexity), fine("Mean PPL(base)", \.basePerplexity),
            fine("Mean ln(PPL(Q)/PPL(base))", \.logRatio), fine("Mean PPL(Q)/PPL(base)", \.ratio),
            fine("Mean PPL(Q)-PPL(base)", \.difference), fine("Mean KLD", \.divergence),
            percent("Mean Δp", \.probabilityChange), percent("RMS Δp", \.probabilityChangeRootMeanSquare),
            percent("Same top p", \.agreement),
            Figure(name: "Cor(ln(PPL(Q)), ln(PPL(base)))", unit: 5e-3, factor: 100) { [$0.correlation ?? .nan] },
        ]
    }

    private static var places: [Figure] {
        let names: [(String, Double)] = [
            ("Maximum", 100), ("99.9%", 99.9), ("99.0%", 99), ("95.0%", 95), ("90.0%", 90), ("Median", 50),
            ("10.0%", 10), ("5.0%", 5), ("1.0%", 1), ("0.1%", 0.1), ("Minimum", 0),
        ]
        return names.flatMap { name, percent in
            [
                Figure(name: name + " KLD", unit: 5e-7) { [$0.divergences[percent]] },
                Figure(name: name + " Δp", unit: 5e-4, factor: 100) { [$0.probabilityChanges[percent]] },
            ]
        }
    }
}

import Checkpoints
import TestSupport
import Testing

@testable import Generation

/// The probabilities that transformers' logits processors recorded.
@Suite struct SamplingFixtureTests {
    private let recorded: RecordedTensors

    init() throws { recorded = try RecordedTensors(path: Fixture.path("sampling/sampling")) }

    private static let stages = ["repetition_penalty", "temperature", "top_k", "top_p", "min_p"]

    private func settings(_ stages: some Collection<String>) throws -> SamplingSettings {
        let values = try #require(recorded.description["settings"]?.object)
        func value(_ stage: String) throws -> Float { Float(try #require(values[stage]?.double)) }
        var settings = SamplingSettings()
        if stages.contains("repetition_penalty") { settings.repetitionPenalty = try value("repetition_penalty") }
        if stages.contains("temperature") { settings.temperature = try value("temperature") }
        if stages.contains("top_k") { settings.topK = Int(try value("top_k")) }
        if stages.contains("top_p") { settings.topP = try value("top_p") }
        if stages.contains("min_p") { settings.minP = try value("min_p") }
        return settings
    }

    private func check(_ settings: SamplingSettings, _ name: String, logits: String = "logits") throws {
        let expected = try recorded.tensor(name + ".probabilities").floats
        let history = try logits == "logits" ? recorded.integers("history") : []
        let sampler = try Sampler(settings, prompt: history)
        var actual = [Double](repeating: 0, count: expected.count)
        for (token, probability) in try sampler.distribution(try recorded.tensor(logits).floats) {
            actual[Int(token)] = probability
        }
        let kept = try #require(recorded.description["kept"]?[name + ".probabilities"]?.integer)
        #expect(actual.count { $0 > 0 } == kept)
        let error = zip(actual, expected).map { abs($0 - Double($1)) }.max() ?? .infinity
        #expect(error <= 1e-6, "\(name) differs by \(error)")
    }

    @Test(arguments: stages) func eachStageAlone(_ stage: String) throws {
        try check(settings([stage]), "alone.\(stage)")
    }

    @Test(arguments: stages.indices) func chainUpToStage(_ last: Int) throws {
        try check(settings(SamplingFixtureTests.stages[...last]), "chain.\(SamplingFixtureTests.stages[last])")
    }

    @Test(arguments: [("top_p_0.5", 0.5), ("top_p_0.05", 0.05), ("top_p_1", 1)] as [(String, Float)])
    func topP(_ name: String, _ p: Float) throws {
        var settings = SamplingSettings()
        settings.topP = p
        try check(settings, name)
    }

    @Test func tiesWithTheLastOfTopKStay() throws {
        var settings = SamplingSettings()
        settings.topK = 2
        try check(settings, "tied.top_k_2", logits: "tied.logits")
    }

    @Test func everyRecordingIsCompared() {
        let compared =
            SamplingFixtureTests.stages.flatMap { ["alone.\($0)", "chain.\($0)"] }
            + ["top_p_0.5", "top_p_0.05", "top_p_1", "tied.top_k_2"]
        let recordings = recorded.names.filter { $0.hasSuffix(".probabilities") }
        #expect(Set(recordings) == Set(compared.map { $0 + ".probabilities" }))
    }
}

import Files
import Foundation
import Tensors
import TestSupport
import Testing

@testable import Training

@Suite struct PreferenceTests {
    private func file(_ text: String) throws -> String {
        let path = try Fixture.temporaryFolder() + "/pairs.jsonl"
        try Data(text.utf8).write(to: URL(filePath: path))
        return path
    }

    private func pairs(_ small: SmallModel) throws -> [PreferencePair] {
        let lines = (0..<6).map { #"{"prompt": "q\#($0)", "chosen": "yes\#($0)", "rejected": "no"}"# }
        return try PreferencePair.read(
            path: file(lines.joined(separator: "\n")), template: PromptTemplate(text: "{question}"),
            tokenizer: small.tokenizer, mostTokens: 100)
    }

    private func train(_ objective: inout PreferenceObjective, _ small: SmallModel, _ steps: Range<Int>) throws
        -> [StepReport]
    {
        try steps.map { step in
            let gradients = Gradients()
            let report = try objective.addGradients(of: small.model, step: step, to: gradients)
            small.descend(gradients, rate: 0.3)
            return report
        }
    }

    private var settings: PreferenceSettings {
        var settings = PreferenceSettings()
        (settings.pairsPerStep, settings.tokensAtOnce, settings.seed) = (4, 30, 5)
        return settings
    }

    @Test func pairsAreRead() throws {
        let small = try SmallModel()
        let pair = try pairs(small)[2]
        #expect(small.tokenizer.decode(pair.chosen.tokens) == "q2yes2\u{1}" && pair.chosen.answerStart == 2)
        #expect(pair.rejected.answer.last == 1)
        let training = pair.rejected.training
        #expect(training.tokens == pair.rejected.tokens.dropLast() && training.targets == [nil, 110, 111, 1])
    }

    static let broken = [
        "", "3", #"{"prompt": "a", "chosen": "b"}"#, #"{"prompt": "", "chosen": "b", "rejected": "c"}"#,
        #"{"prompt": "a", "chosen": "\#(String(repeating: "x", count: 200))", "rejected": "c"}"#,
    ]

    @Test(arguments: broken) func brokenFilesAreErrors(_ text: String) throws {
        let small = try SmallModel()
        #expect(throws: InputError.self) {
            try PreferencePair.read(
                path: file(text), template: PromptTemplate(text: "{question}"), tokenizer: small.tokenizer,
                mostTokens: 100)
        }
    }

    @Test func modelsLearnWhatIsPreferred() throws {
        let small = try SmallModel("v3")
        var objective = PreferenceObjective(settings, try pairs(small))
        let reports = try train(&objective, small, 0..<12)
        // Before the first step the policy is the reference.
        let margin = try #require(reports[0]["margin"])
        #expect(abs(reports[0].loss - log(2)) < 1e-6 && abs(margin) < 1e-6)
        #expect(reports[11].loss < 0.6 && reports[11]["accuracy"] == 1, "\(reports[11])")
    }

    /// The loss of a step moves as its gradient says.
    @Test func lossesMoveAlongTheirGradient() throws {
        let small = try SmallModel()
        var objective = PreferenceObjective(settings, try pairs(small))
        _ = try train(&objective, small, 0..<2)
        let (gradients, start) = (Gradients(), objective)
        _ = try objective.addGradients(of: small.model, step: 2, to: gradients)
        let all = small.checkpoint.tensors.compactMap { gradients.known($0.tensor) }
        let norm = GradientNorm.norm(of: all)
        let rate = Float(1e-2 / norm)
        func loss() throws -> Double {
            var objective = start
            return try objective.addGradients(of: small.model, step: 2, to: Gradients()).loss
        }
        small.descend(gradients, rate: rate)
        let low = try loss()
        small.descend(gradients, rate: -2 * rate)
        let growth = (try loss() - low) / (2 * Double(rate))
        #expect(abs(growth / (norm * norm) - 1) < 0.01)
    }

    @Test func goingOnGivesTheSameBits() throws {
        let whole = try SmallModel("v3", threads: 1)
        var uninterrupted = PreferenceObjective(settings, try pairs(whole))
        let expected = try train(&uninterrupted, whole, 0..<4)
        let first = try SmallModel("v3")
        var begun = PreferenceObjective(settings, try pairs(first))
        var reports = try train(&begun, first, 0..<2)
        let second = try SmallModel("v3")
        var resumed = PreferenceObjective(settings, try pairs(second))
        for (entry, saved) in zip(resumed.memory, begun.memory) { entry.tensor.fill(saved.tensor.floats) }
        for (entry, values) in zip(second.checkpoint.tensors, first.values) { entry.tensor.fill(values) }
        try resumed.move(toEncoded: begun.encodedPosition())
        reports += try train(&resumed, second, 2..<4)
        #expect(reports == expected && second.values == whole.values)
    }
}

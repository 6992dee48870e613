import Files
import Foundation
import Tensors
import Testing

@testable import Training

@Suite struct ReinforcementTests {
    /// An eighth of all bytes, among them the small letters.
    private static let small: Range<UInt8> = 96..<128

    /// How much of the reply is small letters.
    private struct Letter: Reward {
        func score(_ reply: Reply) -> Double {
            Double(reply.bytes.count { small.contains($0) }) / Double(max(reply.tokenCount, 1))
        }
    }

    private struct Same: Reward {
        func score(_ reply: Reply) -> Double { 1 }
    }

    /// 1 for each token that is a small letter: every token is a step.
    private struct Letters: ProcessReward {
        func scores(_ reply: Reply) -> [StepScore] {
            reply.bytes.indices.map { StepScore(lastToken: $0, score: small.contains(reply.bytes[$0]) ? 1 : 0) }
        }
    }

    private struct Lines: QuestionSource {
        subscript(index: Int) -> Question { Question(prompt: String(UnicodeScalar(UInt8(65 + index % 4))), answer: "") }
    }

    private func objective(
        _ settings: ReinforcementSettings, _ small: SmallModel, _ reward: any Reward = Letter(), atOnce: Int = 64
    ) throws -> ReinforcementObjective {
        var rollout = RolloutSettings()
        (rollout.maximumTokens, rollout.sequencesAtOnce) = (6, atOnce)
        let exploration = try Exploration(
            questions: Lines(), template: PromptTemplate(text: "{question}"),
            rewards: WeightedRewards([.init(name: "letter", reward: reward)]),
            process: settings.supervision == .process ? Letters() : nil, rollout: rollout,
            tokenizer: small.tokenizer, checkpoint: small.checkpoint)
        return try ReinforcementObjective(settings, exploration, training: small.checkpoint)
    }

    private func settings(
        _ algorithm: ReinforcementSettings.Algorithm, questions: Int = 4, samples: Int = 8
    ) -> ReinforcementSettings {
        var settings = ReinforcementSettings(algorithm, maximumTokens: 6)
        (settings.questionsPerBatch, settings.samplesPerQuestion) = (questions, samples)
        (settings.mostRounds, settings.tokensAtOnce) = (2, 100)
        return settings
    }

    /// Steps of descent along directions of fixed length.
    private func train(
        _ objective: inout ReinforcementObjective, _ small: SmallModel, _ steps: Range<Int>, length: Double = 0.25
    ) throws -> [StepReport] {
        try steps.map { step in
            let gradients = Gradients()
            let report = try objective.addGradients(of: small.model, step: step, to: gradients)
            let all = (small.checkpoint.tensors + objective.parameters).compactMap { gradients.known($0.tensor) }
            let norm = GradientNorm.norm(of: all)
            if norm > 0 { small.descend(gradients, rate: Float(length / norm), objective.parameters) }
            return report
        }
    }

    @Test(arguments: ReinforcementSettings.Algorithm.allCases) func everyAlgorithmLearnsToWriteLetters(
        _ algorithm: ReinforcementSettings.Algorithm
    ) throws {
        let small = try SmallModel()
        var settings = settings(algorithm)
        // Six letters are 6·log 8 = 12.5 nats away from the reference: at 0.05, π_ref·exp(reward/0.05) has 0.8 of them only.
        settings.penaltyWeight = min(settings.penaltyWeight, 1e-3)
        var objective = try objective(settings, small)
        let rewards = try train(&objective, small, 0..<25).compactMap { $0["reward"] }
        let (first, last) = (rewards.prefix(3).reduce(0, +) / 3, rewards.suffix(3).reduce(0, +) / 3)
        #expect(first < 0.35 && last > 0.7, "\(algorithm): \(rewards)")
    }

    @Test func stepsOfAnswersTeach() throws {
        let small = try SmallModel()
        var settings = settings(.grpo)
        settings.supervision = .process
        var objective = try objective(settings, small)
        let rewards = try train(&objective, small, 0..<25).compactMap { $0["reward"] }
        #expect(rewards.suffix(3).reduce(0, +) / 3 > 0.7, "\(rewards)")
    }

    static let resumed: [ReinforcementSettings.Algorithm] = [.grpo, .ppo, .dapo]

    /// With several steps a batch and a reference that moves: stopping anywhere changes no bit.
    @Test(arguments: resumed) func goingOnGivesTheSameBits(_ algorithm: ReinforcementSettings.Algorithm) throws {
        var settings = settings(algorithm)
        (settings.miniBatches, settings.epochsPerBatch, settings.referenceEvery) = (2, 2, 1)
        let whole = try SmallModel("v3", threads: 1)
        var uninterrupted = try objective(settings, whole)
        let expected = try train(&uninterrupted, whole, 0..<8)
        for stop in [1, 3, 4, 6] {
            let first = try SmallModel("v3")
            var begun = try objective(settings, first, atOnce: 3)
            var reports = try train(&begun, first, 0..<stop)
            let saved = try (begun.encodedPosition(), (begun.parameters + begun.memory).map(\.tensor.floats))
            // A new process: made of the run's beginning, then filled with what was saved.
            let second = try SmallModel("v3")
            var resumed = try objective(settings, second)
            for (entry, values) in zip(resumed.parameters + resumed.memory, saved.1) { entry.tensor.fill(values) }
            for (entry, values) in zip(second.checkpoint.tensors, first.values) { entry.tensor.fill(values) }
            try resumed.move(toEncoded: saved.0)
            reports += try train(&resumed, second, stop..<8)
            #expect(reports == expected, "\(algorithm) at \(stop)")
            #expect(second.values == whole.values)
        }
    }

    @Test func theFirstUpdateIsOnPolicy() throws {
        let small = try SmallModel("v3")
        var objective = try objective(settings(.grpo), small)
        let report = try objective.addGradients(of: small.model, step: 0, to: Gradients())
        // Ratios of 1, advantages that cancel, and a reference that is the policy.
        let (change, divergence) = (try #require(report["change"]), try #require(report["divergence"]))
        let length = try #require(report["length"])
        #expect(abs(report.loss) < 1e-4 && change < 1e-5 && report["clipped"] == 0 && abs(divergence) < 1e-5)
        #expect(length <= 6 && report["questions"] == 4)
    }

    @Test func equalRewardsTeachNothing() throws {
        for algorithm in [ReinforcementSettings.Algorithm.drGRPO, .dapo, .rloo, .reinforcePlusPlus] {
            let small = try SmallModel()
            var settings = settings(algorithm)
            settings.penalty = .none
            var objective = try objective(settings, small, Same())
            let gradients = Gradients()
            let report = try objective.addGradients(of: small.model, step: 0, to: gradients)
            let all = small.checkpoint.tensors.compactMap { gradients.known($0.tensor) }
            if algorithm != .reinforcePlusPlus { #expect(GradientNorm.norm(of: all) == 0 && report.tokens == 0) }
            // DAPO asks a second time and gives up then.
            let isDAPO = algorithm == .dapo
            #expect(report["questions"] == (isDAPO ? 8 : 4) && report["kept"] == (isDAPO ? 0 : 4))
            #expect(objective.position.questions == (isDAPO ? 8 : 4) && report["evenGroups"] == 1)
        }
    }

    @Test func answersThatWereCutOffCanBeLeftOut() throws {
        let small = try SmallModel()
        var settings = settings(.dapo)
        (settings.leavesOutTruncated, settings.miniBatches, settings.evenGroups) = (true, 2, .keep)
        var objective = try objective(settings, small)
        _ = try objective.addGradients(of: small.model, step: 0, to: Gradients())
        let batch = try #require(objective.position.batch)
        #expect(batch.experiences.contains { !$0.counts } && batch.updates == 1)
        #expect(batch.experiences.allSatisfy { $0.counts == ($0.sequence.tokens.last == 1) })
    }

    @Test func positionsOfOtherRunsAreErrors() throws {
        let small = try SmallModel()
        var objective = try objective(settings(.grpo), small)
        #expect(throws: InputError.self) { try objective.move(toEncoded: Data("{}".utf8)) }
        let batch = ExperienceBatch(samplesPerQuestion: 3, experiences: [], measures: [])
        #expect(throws: InputError.self) { try objective.move(to: .init(batch: batch)) }
    }

    @Test func recipesChooseAlgorithms() throws {
        func read(_ yaml: String) throws -> ReinforcementSettings {
            let section = try RecipeSection(yaml: yaml, source: "test")
            let settings = try ReinforcementSettings(section, maximumTokens: 100)
            try section.finish()
            return settings
        }
        for algorithm in ReinforcementSettings.Algorithm.allCases {
            #expect(try read("algorithm: \(algorithm)") == ReinforcementSettings(algorithm, maximumTokens: 100))
        }
        let changed = try read("{algorithm: grpo, clipAbove: 0.28, aggregation: tokens, penalty: none, seed: 3}")
        #expect(changed.loss.clipAbove == 0.28 && changed.loss.aggregation == .tokens && !changed.hasReference)
        let critic = try read("{algorithm: ppo, critic: {discount: 0.9, valueDecay: 1, clip: 0, normalizes: false}}")
        #expect(critic.valueLoss.clip == nil && critic.hasCritic)
        for wrong in [
            "algorithm: magic", "{samplesPerQuestion: 1}", "{algorithm: ppo, supervision: process}", "clip: 1",
            "{questionsPerBatch: 2, miniBatches: 3}", "{penalty: reward, supervision: process}",
        ] {
            #expect(throws: InputError.self, "\(wrong)") { try read(wrong) }
        }
    }
}

extension Tensor {
    func fill(_ values: [Float]) { withMutableFloats { _ = $0.update(from: values) } }
}

@Suite struct ObjectiveRecipeTests {
    @Test func recipesMakeObjectives() throws {
        let small = try SmallModel()
        let yaml = """
            algorithm: drGRPO
            questionsPerBatch: 2
            samplesPerQuestion: 3
            template: "{question} "
            rollout: {maximumTokens: 4, stops: ["\\n"]}
            questions: {arithmetic: {digits: 1, operations: add, part: training}}
            rewards:
              - {kind: numeric, place: lastNumber}
              - {kind: length, maximum: 4, weight: 0.1}
            """
        let section = try RecipeSection(yaml: yaml, source: "test")
        var objective = try ReinforcementRecipe(section).objective(
            training: small.checkpoint, tokenizer: small.tokenizer)
        try section.finish()
        let report = try objective.addGradients(of: small.model, step: 0, to: Gradients())
        let (numeric, length) = (try #require(report["reward.numeric"]), try #require(report["reward.length"]))
        let reward = try #require(report["reward"])
        #expect(abs(reward - numeric - 0.1 * length) < 1e-12)
        #expect(objective.position.questions == 2 && objective.position.batch == nil)
        #expect(objective.settings.loss.aggregation == .fixedLength(4))
    }

    /// Looking changes nothing, and sees the same until something is learned.
    @Test func otherQuestionsAreOnlyLookedAt() throws {
        let small = try SmallModel()
        let yaml = """
            {questionsPerBatch: 2, samplesPerQuestion: 3, rewards: [{kind: length, maximum: 4, rule: linear}],
            rollout: {maximumTokens: 4}, questions: {arithmetic: {part: training}},
            validation: {arithmetic: {part: heldOut}}}
            """
        let section = try RecipeSection(yaml: yaml, source: "test")
        let recipe = try ReinforcementRecipe(section)
        try section.finish()
        var objective = try recipe.objective(training: small.checkpoint, tokenizer: small.tokenizer, looks: 20)
        let (first, position) = (try objective.evaluate(small.model), objective.position)
        #expect(first.map(\.name) == ["validationReward"] && (-1...0).contains(first[0].value))
        #expect(try objective.evaluate(small.model).map(\.value) == first.map(\.value))
        #expect(objective.position == position)
        let gradients = Gradients()
        _ = try objective.addGradients(of: small.model, step: 0, to: gradients)
        #expect(try objective.evaluate(small.model).map(\.value) == first.map(\.value))
        // Nothing is asked for where the recipe has no such questions, or wants to see none.
        #expect(
            try recipe.objective(training: small.checkpoint, tokenizer: small.tokenizer).evaluate(small.model).isEmpty)
    }

    static let wrong = [
        "rewards: [{kind: exact}]\nrollout: {stops: ['ab']}",
        "questions: {file: /nonexistent}\nrewards: [{kind: exact}]",
        "rewards: []",
    ]

    @Test(arguments: wrong) func unusableRecipesAreErrors(_ yaml: String) throws {
        let small = try SmallModel()
        let section = try RecipeSection(yaml: yaml, source: "test")
        #expect(throws: InputError.self) {
            try ReinforcementRecipe(section).objective(training: small.checkpoint, tokenizer: small.tokenizer)
        }
        #expect(throws: InputError.self) { try PreferenceRecipe(section).objective(small.tokenizer) }
    }
}

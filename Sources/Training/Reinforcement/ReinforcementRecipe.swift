import Tokenizers

/// Learning from rewards, as the section `objective` of a recipe has it: the algorithm and its settings, and the sections `rollout`,
/// `questions` (`arithmetic`, or `file`), `rewards`, `process` with process supervision, and `validation`, questions that are only looked
/// at; docs/reinforcement.md.
package struct ReinforcementRecipe {
    package let settings: ReinforcementSettings
    private let rollout: RolloutSettings
    private let questions: any QuestionSource
    private let validation: (any QuestionSource)?
    private let template: PromptTemplate
    private let rewards: WeightedRewards
    private let process: LineSteps?

    /// - Parameter seed: of questions and answers, unless the section has one of its own.
    /// - Throws: `InputError` for settings or files that cannot be used.
    package init(_ section: RecipeSection, seed: UInt64 = 0) throws {
        rollout = try RolloutSettings(section.section("rollout"))
        settings = try ReinforcementSettings(section, maximumTokens: rollout.maximumTokens, seed: seed)
        questions = try Self.questions(section.section("questions"), seed: settings.seed)
        validation =
            section.has("validation") ? try Self.questions(section.section("validation"), seed: settings.seed) : nil
        template = try PromptTemplate(section)
        rewards = try WeightedRewards(section.list("rewards"), of: section)
        process = settings.supervision == .process ? try LineSteps(section.section("process")) : nil
    }

    private static func questions(_ section: RecipeSection, seed: UInt64) throws -> any QuestionSource {
        guard section.has("file") else { return try ArithmeticQuestions(section.section("arithmetic")) }
        return try QuestionFile(path: section.text("file"), seed: seed)
    }

    /// - Parameter looks: questions of an evaluation, if the recipe has some for it.
    /// - Throws: `InputError` if the checkpoint is no model, or its tokens do not suit the settings.
    package func objective(
        training checkpoint: TrainableCheckpoint, tokenizer: Tokenizer, looks: Int = 0
    ) throws -> ReinforcementObjective {
        func exploration(_ questions: any QuestionSource) throws -> Exploration {
            try Exploration(
                questions: questions, template: template, rewards: rewards, process: process, rollout: rollout,
                tokenizer: tokenizer, checkpoint: checkpoint)
        }
        var objective = try ReinforcementObjective(settings, exploration(questions), training: checkpoint)
        objective.validation = try validation.map { (try exploration($0), looks) }
        return objective
    }
}

/// Learning from preferences, as the section `objective` of a recipe has it: `pairs`, a JSONL file, `template`, `mostTokens` of a
/// prompt with an answer, and the settings.
package struct PreferenceRecipe {
    package let settings: PreferenceSettings
    private let pairs: String
    private let template: PromptTemplate
    private let mostTokens: Int

    /// - Parameter seed: of the order, unless the section has one of its own.
    /// - Throws: `InputError` for settings that are out of range.
    package init(_ section: RecipeSection, seed: UInt64 = 0) throws {
        settings = try PreferenceSettings(section, seed: seed)
        pairs = try section.text("pairs")
        template = try PromptTemplate(section)
        mostTokens = try section.integer("mostTokens", in: 2...(1 << 24), default: 4096)
    }

    /// - Throws: `InputError` for a file that has no pairs.
    package func objective(_ tokenizer: Tokenizer) throws -> PreferenceObjective {
        PreferenceObjective(
            settings,
            try PreferencePair.read(path: pairs, template: template, tokenizer: tokenizer, mostTokens: mostTokens))
    }
}

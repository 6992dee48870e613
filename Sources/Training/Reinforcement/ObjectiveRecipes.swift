import Tokenizers

extension ReinforcementObjective {
    /// What a recipe's section says: the algorithm and its settings, and the sections `rollout`, `questions` (`arithmetic`, or `file`),
    /// `rewards`, and `process` with process supervision; docs/reinforcement.md.
    /// - Throws: `InputError` for settings or files that cannot be used.
    package init(_ section: RecipeSection, training checkpoint: TrainableCheckpoint, tokenizer: Tokenizer) throws {
        let rollout = try RolloutSettings(section.section("rollout"))
        let settings = try ReinforcementSettings(section, maximumTokens: rollout.maximumTokens)
        let exploration = try Exploration(
            questions: ReinforcementObjective.questions(section.section("questions"), seed: settings.seed),
            template: PromptTemplate(section), rewards: WeightedRewards(section.list("rewards"), of: section),
            process: settings.supervision == .process ? LineSteps(section.section("process")) : nil,
            rollout: rollout, tokenizer: tokenizer, checkpoint: checkpoint)
        try self.init(settings, exploration, training: checkpoint)
    }

    private static func questions(_ section: RecipeSection, seed: UInt64) throws -> any QuestionSource {
        guard section.has("file") else { return try ArithmeticQuestions(section.section("arithmetic")) }
        return try QuestionFile(path: section.text("file"), seed: seed)
    }
}

extension PreferenceObjective {
    /// What a recipe's section says: `pairs`, a JSONL file, `template`, `mostTokens` of a prompt with an answer, and the settings.
    /// - Throws: `InputError` for settings or files that cannot be used.
    package init(_ section: RecipeSection, tokenizer: Tokenizer) throws {
        let settings = try PreferenceSettings(section)
        let pairs = try PreferencePair.read(
            path: section.text("pairs"), template: PromptTemplate(section), tokenizer: tokenizer,
            mostTokens: section.integer("mostTokens", in: 2...(1 << 24), default: 4096))
        self.init(settings, pairs)
    }
}

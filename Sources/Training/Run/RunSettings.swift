import Files

/// All settings of a run, as its recipe has them.
package struct RunSettings {
    package var name: String
    /// Of first values and the order of data.
    package var seed: UInt64
    package var model: ModelSettings
    /// The low-rank pairs that are trained in the model's place; `nil` to train the model.
    package var adapter: AdapterSettings?
    package var objective: ObjectiveSettings
    package var steps: Int
    package var optimizer: OptimizerSettings
    package var rate: LearningRate
    package var balance: BalanceSettings
    package var precision: PrecisionSettings
    /// Whether layers are computed a second time when they are derived, so that their inner values need no memory.
    package var recomputesLayers: Bool
    package var spikes: SpikeGuard.Settings
    package var checkpoints: CheckpointSettings
    package var evaluation: EvaluationSettings

    /// Everything that was read, defaults included: as paths with values, and as a recipe.
    package let listed: [(path: String, value: String)]
    package let yaml: String

    /// - Parameter name: what the run is called unless the recipe says.
    /// - Throws: `InputError` for a field that is missing, unknown or out of range.
    package init(_ recipe: RecipeSection, name: String) throws {
        self.name = try recipe.text("name", default: name)
        seed = UInt64(try recipe.integer("seed", in: 0...Int.max, default: 0))
        model = try ModelSettings(recipe.section("model"))
        adapter = recipe.has("adapter") ? try AdapterSettings(recipe.section("adapter")) : nil
        objective = try ObjectiveSettings(recipe, seed: seed)
        steps = try recipe.integer("steps", in: 1...1_000_000_000)
        optimizer = try OptimizerSettings(recipe.section("optimizer"))
        rate = try ScheduleSettings(recipe.section("rate")).learningRate(totalSteps: steps, source: recipe.source)
        balance = try BalanceSettings(recipe.section("balance"))
        precision = try PrecisionSettings(recipe.section("precision"))
        recomputesLayers = try recipe.section("memory").boolean("recomputesLayers", default: false)
        spikes = try SpikeGuard.Settings(recipe.section("guard"))
        evaluation = try EvaluationSettings(recipe.section("evaluation"))
        checkpoints = try CheckpointSettings(recipe.section("checkpoints"))
        try recipe.finish()
        listed = recipe.settings
        yaml = try recipe.resolvedYAML
        try check(recipe)
        if model.tokenizer == nil { model.tokenizer = objective.tokenizer }
    }

    private func check(_ recipe: RecipeSection) throws {
        guard adapter != nil else { return }
        guard case .checkpoint = model.start else {
            throw recipe.invalid("adapter", "found it beside a model of random values", "`model.from` beside it")
        }
        guard case .nextToken = objective else {
            throw recipe.invalid("adapter", "found it beside another objective", "`objective.kind: nextToken`")
        }
        guard precision.kind == .f32 else {
            throw recipe.invalid("precision.kind", "found \(precision.kind.rawValue) beside an adapter", "f32")
        }
    }
}

/// How often a run is saved, and how much of that stays.
package struct CheckpointSettings: Sendable, Equatable {
    /// Steps between checkpoints; the last step has one in any case.
    package var interval = 100
    /// How many of the newest stay.
    package var kept = 2

    package init() {}

    package init(_ section: RecipeSection) throws {
        interval = try section.integer("every", in: 1...1_000_000_000, default: interval)
        kept = try section.integer("keep", in: 1...1_000_000, default: kept)
    }
}

/// How often, and how far, a run looks at data that it does not learn from.
package struct EvaluationSettings: Sendable, Equatable {
    /// Steps between evaluations; 0 for none but the last.
    package var interval = 100
    /// Sequences or questions of an evaluation, the same ones each time.
    package var sequences = 32

    package init() {}

    package init(_ section: RecipeSection) throws {
        interval = try section.integer("every", in: 0...1_000_000_000, default: interval)
        sequences = try section.integer("sequences", in: 1...1_000_000, default: sequences)
    }
}

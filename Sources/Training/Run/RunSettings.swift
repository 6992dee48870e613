import Files

/// All settings of a run, as its recipe has them.
package struct RunSettings {
    package var name: String
    /// Of first values and the order of data.
    package var seed: UInt64
    package var model: ModelSettings
    package var data: TextSettings
    package var batch: BatchSizes
    package var steps: Int
    package var predictionWeight: Double
    package var optimizer: AdamW.Settings
    package var decay: WeightDecay
    /// The longest gradient; 0 for any.
    package var clipping: Double
    package var rate: LearningRate
    package var checkpoints: CheckpointSettings
    /// Steps between evaluations; 0 for none but the last.
    package var evaluationInterval: Int

    /// Everything that was read, defaults included: as paths with values, and as a recipe.
    package let listed: [(path: String, value: String)]
    package let yaml: String

    /// - Parameter name: what the run is called unless the recipe says.
    /// - Throws: `InputError` for a field that is missing, unknown or out of range.
    package init(_ recipe: RecipeSection, name: String) throws {
        self.name = try recipe.text("name", default: name)
        seed = UInt64(try recipe.integer("seed", in: 0...Int.max, default: 0))
        model = try ModelSettings(recipe.section("model"))
        data = try TextSettings(recipe.section("data"))
        batch = try BatchSizes(recipe.section("batch"))
        steps = try recipe.integer("steps", in: 1...1_000_000_000)
        predictionWeight = try recipe.section("objective").number("predictionWeight", in: 0...100, default: 0.3)
        (optimizer, decay, clipping) = try Self.optimizer(recipe.section("optimizer"))
        rate = try LearningRate(recipe.section("rate"), steps: steps)
        evaluationInterval = try recipe.section("evaluation").integer("every", in: 0...1_000_000_000, default: 100)
        checkpoints = try CheckpointSettings(recipe.section("checkpoints"))
        try recipe.finish()
        listed = recipe.settings
        yaml = try recipe.resolvedYAML
    }

    private static func optimizer(_ section: RecipeSection) throws -> (AdamW.Settings, WeightDecay, Double) {
        var settings = AdamW.Settings()
        settings.beta1 = try section.number("beta1", in: 0...0.999999, default: settings.beta1)
        settings.beta2 = try section.number("beta2", in: 0...0.999999, default: settings.beta2)
        settings.epsilon = try section.number("epsilon", in: 1e-30...1, default: settings.epsilon)
        settings.weightDecay = try section.number("weightDecay", in: 0...10, default: settings.weightDecay)
        let decay: WeightDecay = try section.choice("decays", default: .matrices)
        return (settings, decay, try section.number("clipping", in: 0...1e9, default: 1))
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

extension LearningRate {
    private enum Name: String, CaseIterable { case constant, multiStep, cosine, stableDecay }

    /// - Throws: `InputError` for a rule that there is not, or a number out of range.
    package init(_ section: RecipeSection, steps: Int) throws {
        let top = try section.number("top", in: 0...1000)
        let warmUp = try section.integer("warmUpSteps", in: 0...steps, default: 0)
        let name: Name = try section.choice("rule", default: .constant)
        let rule: Rule
        switch name {
        case .constant: rule = .constant
        case .multiStep: rule = .multiStep
        case .cosine: rule = .cosine(floor: try section.number("floor", in: 0...1, default: 0.1))
        case .stableDecay:
            rule = .stableDecay(
                over: try section.number("decayPart", in: 0...1, default: 0.1),
                floor: try section.number("floor", in: 0...1, default: 0))
        }
        self.init(top: top, warmUpSteps: warmUp, totalSteps: steps, rule: rule)
    }
}

/// A text to learn from, and one to look at only.
package struct TextSettings: Sendable, Equatable {
    package var text: String
    package var validation: String?
    /// Tokens of a sequence.
    package var length: Int
    /// Of the validation text.
    package var validationSequences: Int

    package init(_ section: RecipeSection) throws {
        text = try section.text("text")
        let path = try section.text("validation", default: "")
        validation = path.isEmpty ? nil : path
        length = try section.integer("length", in: 1...1_000_000, default: 128)
        validationSequences = try section.integer("validationSequences", in: 1...1_000_000, default: 32)
    }
}

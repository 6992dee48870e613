/// How a mixture's experts are kept in equal use: the section `balance` of a recipe.
///
/// Fields, with their defaults: the losses' weights `expert`, `device`, `communication`, `sequence` and `firstChoice` (0 each);
/// `devices` and `devicesPerToken` (the model's groups, and of them those of a token); `over` (sequence); `biasSpeed` (0.001; for
/// models with a selection bias) and `biasUntil` (1, a part of the run); `capacity` (0 for none) and `protected` (0.1); `randomSecond` (false).
package struct BalanceSettings: Sendable, Equatable {
    /// What the averages of the losses of DeepSeekMoE and V2 are taken over.
    package enum Extent: String, Sendable, CaseIterable {
        /// Each sequence of a step, as DeepSeek's code does: then the mean over sequences.
        case sequence
        /// All rows of a step: experts may serve different sequences.
        case step
    }

    /// The factor of each loss; those with none are not computed.
    package var weights: [BalanceLoss: Double] = [:]
    package var over = Extent.sequence
    /// D; `nil` for the model's groups of experts.
    package var devices: Int?
    /// M; `nil` for the groups that the model's tokens choose from.
    package var devicesPerToken: Int?
    /// γ: how far biases move in a step; DeepSeek-V3 (arXiv 2412.19437) §4.2 has 0.001.
    package var biasSpeed = 0.001
    /// The part of the run after which biases stay; V3 has 14.3 of 14.8 trillion tokens.
    package var biasUntil = 1.0
    /// The capacity factor of devices, V2 has 1.0; 0 to drop no token.
    package var capacity = 0.0
    /// The part of the sequences whose tokens are never dropped.
    package var protected = 0.1
    /// Whether a token's second expert is left out at random, as GShard does (arXiv 2006.16668 §2.2).
    package var randomSecond = false

    /// No losses, and V3's biases where a model has them.
    package init() {}

    /// - Throws: `InputError` for a value that is out of range.
    package init(_ section: RecipeSection) throws {
        for loss in BalanceLoss.allCases {
            let weight = try section.number(loss.rawValue, in: 0...1000, default: 0)
            if weight > 0 { weights[loss] = weight }
        }
        over = try section.choice("over", default: over)
        if section.has("devices") { devices = try section.integer("devices", in: 1...65_536) }
        if section.has("devicesPerToken") { devicesPerToken = try section.integer("devicesPerToken", in: 1...65_536) }
        biasSpeed = try section.number("biasSpeed", in: 0...10, default: biasSpeed)
        biasUntil = try section.number("biasUntil", in: 0...1, default: biasUntil)
        capacity = try section.number("capacity", in: 0...1000, default: capacity)
        protected = try section.number("protected", in: 0...1, default: protected)
        randomSecond = try section.boolean("randomSecond", default: randomSecond)
    }
}

/// The names by which recipes choose rewards.
package enum RewardKind: String, Sendable, CaseIterable {
    case exact, numeric, format, length, programOutput, exitCode

    fileprivate func make(_ section: RecipeSection) throws -> any Reward {
        switch self {
        case .exact: try ExactAnswer(section)
        case .numeric: try NumericAnswer(section)
        case .format: try FormatReward(section)
        case .length: try LengthReward(section)
        case .programOutput: try ProgramReward(section, judgement: .output)
        case .exitCode: try ProgramReward(section, judgement: .exitCode)
        }
    }
}

extension WeightedRewards {
    /// A list of sections with `kind`, `weight`, and what the kind asks for.
    /// - Throws: `InputError` for an unknown kind or setting, or an empty list.
    package init(_ sections: [RecipeSection], of parent: RecipeSection) throws {
        let parts = try sections.map { section in
            let kind: RewardKind = try section.choice("kind")
            return Part(
                name: try section.text("name", default: kind.rawValue),
                weight: try section.number("weight", in: -1e6...1e6, default: 1), reward: try kind.make(section))
        }
        guard !parts.isEmpty else {
            throw parent.invalid("rewards", "found none", "a list of at least one, each with a kind")
        }
        self.init(parts)
    }
}

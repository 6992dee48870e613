import Files

/// How the learning rate changes over a run: the section `rate` of a recipe.
///
/// Fields, with their defaults: `top`, `rule` (constant), `warmUpSteps` (0), `floor` (0.1; cosine and stableDecay), `decayPart`
/// (0.2; stableDecay), `starts` ([0.8, 0.9]) and `factors` ([0.316, 0.1]; multiStep).
package struct ScheduleSettings: Sendable, Equatable {
    package enum Kind: String, Sendable, CaseIterable {
        case constant, cosine, multiStep, stableDecay, deepSeekV3
    }

    /// The largest learning rate.
    package var top: Double
    package var warmUpSteps = 0
    package var rule = LearningRate.Rule.constant

    package init(top: Double) { self.top = top }

    /// - Throws: `InputError` for a value that is out of range.
    package init(_ section: RecipeSection) throws {
        top = try section.number("top", in: 0...1000)
        warmUpSteps = try section.integer("warmUpSteps", in: 0...1_000_000_000, default: 0)
        rule = try Self.rule(section)
    }

    private static func rule(_ section: RecipeSection) throws -> LearningRate.Rule {
        func floor() throws -> Double { try section.number("floor", in: 0...1, default: 0.1) }
        switch try section.choice("rule", default: Kind.constant) {
        case .constant: return .constant
        case .cosine: return .cosine(floor: try floor())
        case .stableDecay:
            return .stableDecay(over: try section.number("decayPart", in: 0...1, default: 0.2), floor: try floor())
        case .deepSeekV3: return .deepSeekV3
        case .multiStep:
            let starts = try section.numbers("starts", default: [0.8, 0.9])
            let factors = try section.numbers("factors", default: [0.316, 0.1])
            guard starts == starts.sorted(), starts.allSatisfy({ (0...1).contains($0) }) else {
                throw section.invalid("starts", "found \(starts)", "parts of the run from 0 to 1, in ascending order")
            }
            guard factors.count == starts.count, factors.allSatisfy({ (0...1).contains($0) }) else {
                throw section.invalid("factors", "found \(factors)", "a factor from 0 to 1 for each of starts")
            }
            return .stages(zip(starts, factors).map { .init(start: $0, factor: $1) })
        }
    }

    /// The rate of every step of a run.
    /// - Throws: `InputError` if warming up takes longer than the run.
    package func learningRate(totalSteps: Int, source: String) throws -> LearningRate {
        guard warmUpSteps <= totalSteps else {
            throw InputError(
                .invalidValue, source: source, field: "rate.warmUpSteps", found: "found \(warmUpSteps)",
                expected: "no more than the run's \(totalSteps) steps",
                advice: "correct the recipe; docs/training.md lists its fields")
        }
        return LearningRate(top: top, warmUpSteps: warmUpSteps, totalSteps: totalSteps, rule: rule)
    }
}

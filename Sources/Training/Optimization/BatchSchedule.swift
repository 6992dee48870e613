/// How many sequences each step learns from: the section `batch` of a recipe.
///
/// Fields, with their defaults: `sequences`; `final` (the same), to which the number grows in a straight line over the first
/// `rampTokens` tokens or `rampSteps` steps (V3: 3072 to 15360 over 469 billion tokens, arXiv 2412.19437 §4.2), in multiples of
/// `multiple` (1).
package struct BatchSchedule: Sendable, Equatable, Codable {
    /// Over what a batch grows.
    package enum Ramp: Sendable, Equatable, Codable {
        case tokens(Int)
        case steps(Int)
    }

    package let first: Int
    package let last: Int
    package let ramp: Ramp
    package let multiple: Int

    /// Always as many.
    package init(sequences: Int) { self.init(from: sequences, to: sequences, over: .steps(0)) }

    /// - Precondition: numbers above 0.
    package init(from first: Int, to last: Int, over ramp: Ramp, multiple: Int = 1) {
        precondition(first > 0 && last > 0 && multiple > 0)
        (self.first, self.last, self.ramp, self.multiple) = (first, last, ramp, multiple)
    }

    /// - Throws: `InputError` for a value that is out of range, or two ramps.
    package init(_ section: RecipeSection) throws {
        let sequences = 1...1_000_000
        let first = try section.integer("sequences", in: sequences)
        let last = try section.integer("final", in: sequences, default: first)
        let multiple = try section.integer("multiple", in: 1...first, default: 1)
        let tokens = try section.integer("rampTokens", in: 0...1_000_000_000_000_000, default: 0)
        let steps = try section.integer("rampSteps", in: 0...1_000_000_000, default: 0)
        guard tokens == 0 || steps == 0 else {
            throw section.invalid("rampSteps", "found it beside rampTokens", "one of the two")
        }
        self.init(from: first, to: last, over: tokens > 0 ? .tokens(tokens) : .steps(steps), multiple: multiple)
    }

    /// The sequences of the step after `steps` steps and `tokens` tokens.
    package func sequences(afterSteps steps: Int, tokens: Int) -> Int {
        let part: Double
        switch ramp {
        case .tokens(let all): part = all > 0 ? Double(tokens) / Double(all) : 1
        case .steps(let all): part = all > 0 ? Double(steps) / Double(all) : 1
        }
        guard part < 1 else { return last }
        let exact = Double(first) + part * Double(last - first)
        return max(Int(exact) / multiple * multiple, 1)
    }

    /// The steps that it takes until `total` tokens have been seen, in sequences of `length`; O(steps of the ramp).
    package func steps(forTokens total: Int, sequenceLength length: Int) -> Int {
        var (steps, tokens) = (0, 0)
        while tokens < total {
            let count = sequences(afterSteps: steps, tokens: tokens)
            if count == last, isDone(steps, tokens) { return steps + (total - tokens - 1) / (count * length) + 1 }
            (steps, tokens) = (steps + 1, tokens + count * length)
        }
        return steps
    }

    private func isDone(_ steps: Int, _ tokens: Int) -> Bool {
        switch ramp {
        case .tokens(let all): tokens >= all
        case .steps(let all): steps >= all
        }
    }
}

import Generation

/// The truth of a formula for given truths of its parts.
struct PropositionTask: ExerciseTask {
    let name = "propositions"

    private static let letters = [["p", "q", "r"], ["A", "B", "C"], ["x", "y", "z"], ["a", "b", "c"]]

    func exercise(_ random: inout RandomSource) -> Exercise {
        let count = random.number(1...3)
        let formula = Formula.drawn(joints: random.number(1...3), variables: count, &random)
        let values = (0..<count).map { _ in random.chance(0.5) }
        let names = random.pick(Self.letters)
        let text = formula.text(names)
        let result = formula.value(values)
        let asksTruth = random.chance(0.7)
        let answer = asksTruth ? (result ? "yes" : "no") : result ? "true" : "false"
        let given = Self.given(names, values, &random)
        let forms =
            asksTruth
            ? [
                "\(given) Is \(text) true?", "\(given) Is it true that \(text)?", "\(given) Does “\(text)” hold?",
                "Suppose: \(given) Is “\(text)” true?",
            ]
            : [
                "\(given) What is the value of \(text)?", "\(given) Is “\(text)” true or false?",
                "\(given) Evaluate: \(text)",
                "Let the following hold: \(given) What is \(text), true or false?",
            ]
        let shape = formula.text(["p", "q", "r"]) + " " + values.map { $0 ? "T" : "F" }.joined()
        return Exercise(
            prompt: random.pick(forms),
            thought: (Formula.steps(formula, values) + [answer]).joined(separator: "\n"), answer: answer, content: shape
        )
    }

    private static func given(_ names: [String], _ values: [Bool], _ random: inout RandomSource) -> String {
        let joined = zip(names, values).map { "\($0) is \($1 ? "true" : "false")" }
        switch random.below(3) {
        case 0: return joined.joined(separator: ", ") + "."
        case 1: return joined.map { $0 + "." }.joined(separator: " ")
        default: return zip(names, values).map { "\($0) = \($1 ? "true" : "false")" }.joined(separator: ", ") + "."
        }
    }
}

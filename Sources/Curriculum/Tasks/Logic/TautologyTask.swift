import Generation

/// Whether a formula holds always, sometimes or never: all rows of its table.
struct TautologyTask: ExerciseTask {
    let name = "truth-tables"

    func exercise(_ random: inout RandomSource) -> Exercise {
        let formula = Formula.drawn(joints: random.number(1...2), variables: 2, &random)
        let names = random.pick([["p", "q"], ["A", "B"], ["x", "y"]])
        let rows = [[true, true], [true, false], [false, true], [false, false]]
        let values = rows.map(formula.value)
        // Row by row, then what came out of each.
        let lines =
            rows.map { Formula.steps(formula, $0).joined(separator: " = ") }
            + [values.map { $0 ? "T" : "F" }.joined(separator: " ")]
        let answer = values.allSatisfy(\.self) ? "always" : values.contains(true) ? "sometimes" : "never"
        let text = formula.text(names)
        return Exercise(
            prompt: random.pick([
                "Is “\(text)” always, sometimes or never true?", "When is “\(text)” true: always, sometimes or never?",
                "Does \(text) hold always, sometimes or never?",
                "Make a truth table of \(text). Is it true always, sometimes or never?",
            ]), thought: (lines + [answer]).joined(separator: "\n"), answer: answer,
            content: formula.text(["p", "q"]))
    }
}

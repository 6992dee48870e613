import Generation

/// What a line or a few lines of code give.
struct CodeValueTask: ExerciseTask {
    let language: CodeLanguage
    var name: String { language.rawValue.lowercased() + "-values" }

    func exercise(_ random: inout RandomSource) -> Exercise {
        let sample = CodeSample.drawn(language, &random)
        let forms =
            sample.setup.isEmpty && random.chance(0.7)
            ? Self.lineForms(sample.expression, language.rawValue)
            : Self.programForms(sample.program, language.rawValue)
        return Exercise(
            prompt: random.pick(forms), thought: (sample.steps + [sample.value]).joined(separator: "\n"),
            answer: sample.value, content: sample.program)
    }

    private static func lineForms(_ code: String, _ language: String) -> [String] {
        [
            "What is the value of `\(code)` in \(language)?", "What does \(language) give for `\(code)`?",
            "What is `\(code)` in \(language)?", "Evaluate this \(language) expression: \(code)",
            "In \(language), what is \(code)?", "\(language): \(code)",
        ]
    }

    private static func programForms(_ code: String, _ language: String) -> [String] {
        [
            "What does this \(language) code print?\n\(code)",
            "What is the output of this \(language) program?\n\(code)",
            "\(code)\nWhat does this \(language) code print?",
            "Run this \(language) code in your head. What does it print?\n\(code)",
        ]
    }
}

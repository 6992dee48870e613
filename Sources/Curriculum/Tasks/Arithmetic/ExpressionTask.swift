import Generation

/// Several operations with brackets, done one by one.
struct ExpressionTask: ExerciseTask {
    let name = "brackets"

    func exercise(_ random: inout RandomSource) -> Exercise {
        let expression = Expression.drawn(operations: random.pick([2, 2, 3, 3, 4]), &random)
        let text = expression.text
        let written = random.chance(0.5) ? text : Self.spaced(text)
        return Exercise(
            prompt: random.wording(Self.forms(written)), thought: expression.steps.joined(separator: "\n"),
            answer: "\(expression.value)", judgement: .numeric, content: text)
    }

    private static func spaced(_ text: String) -> String {
        text.map { "+-*".contains($0) ? " \($0) " : String($0) }.joined()
    }

    private static func forms(_ text: String) -> [String] {
        [
            "What is \(text)?", text, "\(text) =", "\(text)=?", "Calculate \(text).", "Compute \(text).",
            "How much is \(text)?", "Evaluate \(text).", "Work out \(text), please.", "What does \(text) equal?",
            "Find the value of \(text).", "Tell me what \(text) is.", "Solve \(text) step by step.",
        ]
    }
}

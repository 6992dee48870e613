import Generation

/// Sums of two numbers, in columns.
struct AdditionTask: ExerciseTask {
    let name: String
    /// How many digits the numbers have.
    let digits: ClosedRange<Int>

    func exercise(_ random: inout RandomSource) -> Exercise {
        let (a, b) = (random.number(digits: digits), random.number(digits: digits))
        let work = ColumnAddition(a, b)
        return Exercise(
            prompt: random.wording(Self.forms(a, b)), thought: work.lines.joined(separator: "\n"),
            answer: "\(work.result)", judgement: .numeric, content: ArithmeticPair(a, "+", b).content)
    }

    private static func forms(_ a: Int, _ b: Int) -> [String] {
        [
            "What is \(a) + \(b)?", "What is \(a)+\(b)?", "\(a) + \(b)", "\(a)+\(b)", "\(a) + \(b) =", "\(a)+\(b)=?",
            "How much is \(a) + \(b)?", "Calculate \(a) + \(b).", "Compute \(a) + \(b).", "Add \(a) and \(b).",
            "What is the sum of \(a) and \(b)?", "What is \(a) plus \(b)?", "How much is \(a) plus \(b)?",
            "What do you get if you add \(b) to \(a)?", "Work out \(a) + \(b), please.",
            "Tell me what \(a) plus \(b) is.",
            "Find the sum of \(a) and \(b).", "\(a) plus \(b) is what?", "Please add \(a) and \(b).",
            "What does \(a) + \(b) equal?",
        ]
    }
}

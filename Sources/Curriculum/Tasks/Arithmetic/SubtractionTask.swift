import Generation

/// Differences of two numbers; one in four is below 0.
struct SubtractionTask: ExerciseTask {
    let name: String
    let digits: ClosedRange<Int>

    func exercise(_ random: inout RandomSource) -> Exercise {
        let drawn = [random.number(digits: digits), random.number(digits: digits)].sorted()
        let (a, b) = random.chance(0.25) ? (drawn[0], drawn[1]) : (drawn[1], drawn[0])
        let work = ColumnSubtraction(a, b)
        return Exercise(
            prompt: random.wording(Self.forms(a, b)), thought: work.lines.joined(separator: "\n"),
            answer: "\(work.result)", judgement: .numeric, content: ArithmeticPair(a, "-", b).content)
    }

    private static func forms(_ a: Int, _ b: Int) -> [String] {
        [
            "What is \(a) - \(b)?", "What is \(a)-\(b)?", "\(a) - \(b)", "\(a)-\(b)", "\(a) - \(b) =", "\(a)-\(b)=?",
            "How much is \(a) - \(b)?", "Calculate \(a) - \(b).", "Compute \(a) - \(b).", "Subtract \(b) from \(a).",
            "Take \(b) away from \(a).", "What is \(a) minus \(b)?", "How much is \(a) minus \(b)?",
            "What do you get if you subtract \(b) from \(a)?", "Work out \(a) - \(b), please.",
            "Tell me what \(a) minus \(b) is.", "\(a) minus \(b) is what?", "What is left if you take \(b) from \(a)?",
            "Please subtract \(b) from \(a).", "What does \(a) - \(b) equal?",
        ]
    }
}

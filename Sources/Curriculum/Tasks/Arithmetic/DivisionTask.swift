import Generation

/// Quotients, half of them with a remainder, and remainders alone.
struct DivisionTask: ExerciseTask {
    let name = "division"

    func exercise(_ random: inout RandomSource) -> Exercise {
        let divisor = random.chance(0.85) ? random.number(2...9) : random.number(10...12)
        var dividend = random.number(digits: 1...5)
        if random.chance(0.5) { dividend -= dividend % divisor }
        let work = LongDivision(dividend, divisor)
        var steps = Steps()
        steps.add(work.lines)
        let content = ArithmeticPair(dividend, "/", divisor).content
        if random.chance(0.2) {
            steps.add("\(work.remainder)")
            return Exercise(
                prompt: random.wording(Self.remainderForms(dividend, divisor)), thought: steps.text,
                answer: "\(work.remainder)", judgement: .numeric, content: content)
        }
        let answer = work.remainder == 0 ? "\(work.quotient)" : "\(work.quotient) remainder \(work.remainder)"
        steps.add(answer)
        return Exercise(
            prompt: random.wording(Self.forms(dividend, divisor)), thought: steps.text, answer: answer,
            content: content)
    }

    private static func forms(_ a: Int, _ b: Int) -> [String] {
        [
            "What is \(a) / \(b)?", "What is \(a) ÷ \(b)?", "\(a) / \(b)", "\(a)/\(b)", "\(a) : \(b)", "\(a) ÷ \(b) =",
            "How much is \(a) / \(b)?", "Calculate \(a) / \(b).", "Divide \(a) by \(b).",
            "What is \(a) divided by \(b)?",
            "How much is \(a) divided by \(b)?", "How often does \(b) go into \(a)?", "Work out \(a) / \(b), please.",
            "What do you get if you divide \(a) by \(b)?", "Please divide \(a) by \(b).",
            "\(a) divided by \(b) is what?",
        ]
    }

    private static func remainderForms(_ a: Int, _ b: Int) -> [String] {
        [
            "What is the remainder of \(a) divided by \(b)?", "What is left over when \(a) is divided by \(b)?",
            "What is \(a) modulo \(b)?", "What is \(a) mod \(b)?", "Find the remainder when you divide \(a) by \(b).",
            "Which remainder does \(a) / \(b) leave?", "Divide \(a) by \(b). What remains?",
        ]
    }
}

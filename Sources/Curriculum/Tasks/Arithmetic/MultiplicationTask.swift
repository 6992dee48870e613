import Generation

/// Products of two numbers, row by row.
struct MultiplicationTask: ExerciseTask {
    let name: String
    /// Pairs of counts of digits, each with its weight.
    let shapes: [(weight: Int, choice: (Int, Int))]

    /// Up to two digits by two.
    static let small = MultiplicationTask(
        name: "multiplication", shapes: [(1, (1, 1)), (3, (2, 1)), (8, (2, 2))])
    /// Beyond.
    static let large = MultiplicationTask(
        name: "long-multiplication", shapes: [(2, (3, 1)), (1, (4, 1)), (2, (3, 2)), (1, (5, 1))])

    func exercise(_ random: inout RandomSource) -> Exercise {
        let (first, second) = random.pick(weighted: shapes)
        let drawn = random.shuffled([random.number(digits: first...first), random.number(digits: second...second)])
        let (a, b) = (drawn[0], drawn[1])
        let work = ColumnMultiplication(a, b)
        return Exercise(
            prompt: random.wording(Self.forms(a, b)), thought: work.lines.joined(separator: "\n"),
            answer: "\(work.result)", judgement: .numeric, content: ArithmeticPair(a, "*", b).content)
    }

    private static func forms(_ a: Int, _ b: Int) -> [String] {
        [
            "What is \(a) * \(b)?", "What is \(a) × \(b)?", "\(a) * \(b)", "\(a)*\(b)", "\(a) x \(b)", "\(a) × \(b) =",
            "\(a)*\(b)=?", "How much is \(a) * \(b)?", "Calculate \(a) * \(b).", "Compute \(a) times \(b).",
            "Multiply \(a) by \(b).", "What is \(a) times \(b)?", "How much is \(a) times \(b)?",
            "What is the product of \(a) and \(b)?", "Work out \(a) * \(b), please.",
            "Tell me what \(a) times \(b) is.",
            "What do you get if you multiply \(a) by \(b)?", "Please multiply \(a) and \(b).",
            "Find the product of \(a) and \(b).", "\(a) times \(b) is what?",
        ]
    }
}

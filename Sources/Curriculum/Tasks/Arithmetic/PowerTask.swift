import Generation

/// Squares, cubes, powers of two, and roots of squares.
struct PowerTask: ExerciseTask {
    let name = "powers"

    func exercise(_ random: inout RandomSource) -> Exercise {
        switch random.below(4) {
        case 0: square(&random)
        case 1: power(random.number(2...9), 3, &random)
        case 2: power(random.chance(0.7) ? 2 : random.pick([3, 10]), random.number(2...5), &random)
        default: root(&random)
        }
    }

    private func square(_ random: inout RandomSource) -> Exercise {
        let base = random.number(2...99)
        var steps = Steps()
        let result = steps.product(base, base)
        return finished(
            [
                "What is \(base) squared?", "What is the square of \(base)?", "\(base)^2", "\(base) squared",
                "Square \(base).", "What is \(base)^2?",
            ],
            steps, result, "\(base)^2", &random)
    }

    private func power(_ base: Int, _ exponent: Int, _ random: inout RandomSource) -> Exercise {
        var (steps, result) = (Steps(), base)
        for _ in 1..<exponent { result = steps.product(result, base) }
        var forms = [
            "What is \(base) to the power of \(exponent)?", "\(base)^\(exponent)", "What is \(base)^\(exponent)?",
            "Calculate \(base)^\(exponent).", "Raise \(base) to the power \(exponent).",
        ]
        if exponent == 3 { forms += ["What is \(base) cubed?", "What is the cube of \(base)?"] }
        return finished(forms, steps, result, "\(base)^\(exponent)", &random)
    }

    private func root(_ random: inout RandomSource) -> Exercise {
        let base = random.number(2...30)
        var steps = Steps()
        steps.add("\(base * base)=\(base)*\(base)")
        return finished(
            [
                "What is the square root of \(base * base)?", "Which number squared is \(base * base)?",
                "sqrt(\(base * base))",
                "Find the square root of \(base * base).", "Take the square root of \(base * base).",
            ], steps, base, "root \(base)", &random)
    }

    private func finished(
        _ forms: [String], _ steps: Steps, _ result: Int, _ content: String, _ random: inout RandomSource
    ) -> Exercise {
        var steps = steps
        steps.add("\(result)")
        let prompt = random.wording(forms)
        // So few powers that all are taught: what is held out are ways to ask.
        return Exercise(
            prompt: prompt, thought: steps.text, answer: "\(result)", judgement: .numeric,
            content: content + " " + prompt.lowercased().filter { $0.isLetter })
    }
}

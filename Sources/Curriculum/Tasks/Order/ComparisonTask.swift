import Generation

/// Which of two numbers is larger or smaller, and the sign between them.
struct ComparisonTask: ExerciseTask {
    let name = "comparison"

    func exercise(_ random: inout RandomSource) -> Exercise {
        let (a, b) = Self.pair(&random)
        let work = DigitComparison(a, b)
        let (prompt, answer) =
            a == b || random.chance(0.5)
            ? Self.judged(a, b, work.order, &random) : Self.chosen(a, b, &random)
        return Exercise(
            prompt: prompt, thought: "\(work.header)\n\(work.line)\n\(answer)", answer: answer,
            content: "\(min(a, b)) \(max(a, b))")
    }

    /// Two numbers, often alike in their first digits, and now and then equal.
    private static func pair(_ random: inout RandomSource) -> (Int, Int) {
        let a = random.number(digits: 1...6)
        if random.chance(0.5) { return (a, random.number(digits: 1...6)) }
        var digits = a.digits
        if random.chance(0.9) { digits[random.below(digits.count)] = random.below(10) }
        if random.chance(0.5) { digits[0] = random.below(10) }
        let b = digits.reversed().reduce(0) { 10 * $0 + $1 }
        return random.chance(0.5) ? (a, b) : (b, a)
    }

    private static func chosen(_ a: Int, _ b: Int, _ random: inout RandomSource) -> (String, String) {
        let isLarger = random.chance(0.5)
        let word = isLarger ? random.pick(["larger", "bigger", "greater"]) : random.pick(["smaller", "less"])
        let forms = [
            "Which is \(word), \(a) or \(b)?", "What is \(word): \(a) or \(b)?", "\(a) or \(b): which is \(word)?",
            "Which number is \(word), \(a) or \(b)?", "Which of \(a) and \(b) is \(word)?",
            "Which one is \(word), \(a) or \(b)?", "Find the \(isLarger ? "larger" : "smaller") of \(a) and \(b).",
            "Tell me the \(isLarger ? "larger" : "smaller") number: \(a), \(b).",
        ]
        return (random.wording(forms), "\(isLarger ? max(a, b) : min(a, b))")
    }

    private static func judged(
        _ a: Int, _ b: Int, _ order: DigitComparison.Order, _ random: inout RandomSource
    ) -> (String, String) {
        if random.chance(0.4) {
            let forms = [
                "Compare \(a) and \(b): <, > or =?", "Which sign goes between \(a) and \(b): <, > or =?",
                "Put <, > or = between \(a) and \(b).", "Is it \(a) < \(b), \(a) > \(b) or \(a) = \(b)? Give the sign.",
            ]
            return (random.wording(forms), order.rawValue)
        }
        let (words, holds) = random.pick([
            (["greater than", "larger than", "bigger than", "more than"], order == .greater),
            (["less than", "smaller than"], order == .less), (["equal to", "the same as"], order == .equal),
        ])
        let forms = [
            "Is \(a) \(random.pick(words)) \(b)?", "Is it true that \(a) is \(random.pick(words)) \(b)?",
            "Is the number \(a) \(random.pick(words)) \(b)?",
        ]
        return (random.wording(forms), holds ? "yes" : "no")
    }
}

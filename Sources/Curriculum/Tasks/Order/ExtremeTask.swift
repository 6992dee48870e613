import Generation

/// The largest or smallest of a list, and how far apart they are.
struct ExtremeTask: ExerciseTask {
    let name = "largest-smallest"

    func exercise(_ random: inout RandomSource) -> Exercise {
        let numbers = SortingTask.different(random.number(3...6), digits: 1...random.number(2...3), &random)
        let isSmallest = random.chance(0.5)
        let (comparisons, best) = Selection.best(of: numbers, isAscending: isSmallest)
        let list = Selection.list(numbers)
        let word =
            isSmallest
            ? random.pick(["smallest", "lowest", "minimum"])
            : random.pick(["largest", "biggest", "highest", "maximum"])
        let isNoun = word.hasSuffix("mum")
        let forms =
            isNoun
            ? ["What is the \(word) of \(list)?", "Find the \(word) of \(list).", "\(word) of \(list)"]
            : [
                "What is the \(word) of \(list)?", "Which of \(list) is the \(word)?",
                "Find the \(word) number: \(list).",
                "Which number is the \(word), \(list)?", "Name the \(word) of these numbers: \(list).",
            ]
        return Exercise(
            prompt: random.wording(forms), thought: "\(comparisons)\n\(best)", answer: "\(best)", judgement: .numeric,
            content: numbers.sorted().map(String.init).joined(separator: " "))
    }
}

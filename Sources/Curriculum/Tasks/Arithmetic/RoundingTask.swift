import Generation

/// Whole numbers to the nearest ten, hundred or thousand; a five goes up.
struct RoundingTask: ExerciseTask {
    let name = "rounding"

    func exercise(_ random: inout RandomSource) -> Exercise {
        let (unit, word) = random.pick([(10, "ten"), (100, "hundred"), (1000, "thousand")])
        let number = random.number(digits: "\(unit)".count...5)
        let (upper, lower) = (number / unit, number % unit)
        let next = lower * 10 / unit
        let isUp = next >= 5
        var steps = Steps()
        steps.add("\(upper) and \(lower.padded("\(unit)".count - 1))")
        steps.add("\(next) is \(isUp ? "5 or more: up" : "below 5: down")")
        if isUp { steps.add("\(upper)+1=\(upper + 1)") }
        let result = (upper + (isUp ? 1 : 0)) * unit
        steps.add("\(result)")
        return Exercise(
            prompt: random.wording([
                "Round \(number) to the nearest \(word).", "What is \(number) rounded to the nearest \(word)?",
                "Round \(number) to \(word)s.", "Give \(number) to the nearest \(word).",
                "What is \(number) to the nearest \(word)?", "Please round \(number) to the nearest \(word).",
            ]), thought: steps.text, answer: "\(result)", judgement: .numeric, content: "\(number) \(word)")
    }
}

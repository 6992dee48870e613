import Generation

/// Parts of a hundred: of a number, added to it or taken off, and how many of them a number is of another.
struct PercentageTask: ExerciseTask {
    let name = "percentages"

    func exercise(_ random: inout RandomSource) -> Exercise {
        random.chance(0.2) ? share(&random) : part(&random)
    }

    /// The percentages that are asked for, and of which multiples they are whole.
    private static let percents: [(percent: Int, unit: Int)] = [
        (1, 100), (2, 100), (5, 20), (10, 10), (20, 10), (25, 4), (30, 10), (40, 10), (50, 2), (60, 10), (70, 10),
        (75, 4), (80, 10), (90, 10),
    ]

    private func part(_ random: inout RandomSource) -> Exercise {
        let (percent, unit) = random.pick(Self.percents)
        let whole = unit * random.number(1...(unit == 100 ? 30 : unit == 2 ? 300 : 60))
        var steps = Steps()
        let part = Self.part(percent, of: whole, &steps)
        let content = "\(percent) \(whole)"
        let change = random.pick(weighted: [(6, 0), (1, 1), (1, -1)])
        guard change != 0 else {
            return Exercise(
                prompt: random.wording([
                    "What is \(percent)% of \(whole)?", "\(percent)% of \(whole)",
                    "How much is \(percent)% of \(whole)?",
                    "Calculate \(percent)% of \(whole).", "What is \(percent) percent of \(whole)?",
                    "Find \(percent)% of \(whole).", "How many are \(percent) percent of \(whole)?",
                    "Tell me \(percent)% of \(whole).", "Work out \(percent) percent of \(whole).",
                ]), thought: steps.text, answer: "\(part)", judgement: .numeric, content: content)
        }
        let result = change > 0 ? steps.sum(whole, part) : steps.difference(whole, part)
        let (rise, raised, more) =
            change > 0 ? ("rises", "increased", "more") : ("falls", "reduced", "less")
        return Exercise(
            prompt: random.wording([
                "A price of \(whole) \(rise) by \(percent)%. What is it now?",
                "What is \(whole) \(raised) by \(percent)%?",
                "\(whole) is \(raised) by \(percent) percent. What is the result?",
                "What is \(percent)% \(more) than \(whole)?",
                "A ticket costs \(whole). The price \(rise) by \(percent)%. What does it cost then?",
            ]), thought: steps.text, answer: "\(result)", judgement: .numeric, content: content)
    }

    private static func part(_ percent: Int, of whole: Int, _ steps: inout Steps) -> Int {
        switch percent {
        case 1, 2:
            steps.add("\(whole)/100=\(whole / 100)")
            return percent == 1 ? whole / 100 : steps.product(whole / 100, 2)
        case 25, 75:
            let quarter = steps.quotient(whole, 4).quotient
            return percent == 25 ? quarter : steps.product(quarter, 3)
        case 50: return steps.quotient(whole, 2).quotient
        default:
            steps.add("\(whole)/10=\(whole / 10)")
            if percent == 10 { return whole / 10 }
            return percent == 5 ? steps.quotient(whole / 10, 2).quotient : steps.product(whole / 10, percent / 10)
        }
    }

    private func share(_ random: inout RandomSource) -> Exercise {
        let whole = random.pick([2, 4, 5, 10, 20, 25, 50, 100, 200])
        let part = whole == 200 ? 2 * random.number(1...100) : random.number(1...whole)
        var steps = Steps()
        let result: Int
        if whole == 200 {
            result = steps.quotient(part, 2).quotient
        } else {
            steps.add("100/\(whole)=\(100 / whole)")
            result = steps.product(part, 100 / whole)
        }
        return Exercise(
            prompt: random.wording([
                "What percentage of \(whole) is \(part)?", "\(part) is what percent of \(whole)?",
                "How many percent of \(whole) are \(part)?", "\(part) of \(whole) are how many percent?",
                "Express \(part) out of \(whole) as a percentage.",
            ]), thought: steps.text, answer: "\(result)", judgement: .numeric, content: "\(part) of \(whole)")
    }
}

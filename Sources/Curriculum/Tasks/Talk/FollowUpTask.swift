import Generation

/// A second question that goes on from the answer to the first.
struct FollowUpTask: ExerciseTask {
    let name = "follow-ups"
    // The question alone says too little, and questions to learn from rewards have one turn.
    var isVerifiable: Bool { false }

    func exercise(_ random: inout RandomSource) -> Exercise {
        let (a, b, c) = (random.number(1...60), random.number(1...39), random.number(2...12))
        let first = random.pick([
            ("What is \(a) + \(b)?", a + b), ("\(a)+\(b)", a + b), ("Add \(a) and \(b).", a + b),
            ("\(WordList.names[c]) has \(a) coins and gets \(b) more. How many coins is that?", a + b),
        ])
        var steps = Steps()
        let (form, result): ([String], Int)
        switch random.below(3) {
        case 0:
            form = ["Now add \(c).", "And \(c) more?", "Plus \(c)?", "Add \(c) to that.", "What if you add \(c)?"]
            result = steps.sum(first.1, c)
        case 1:
            form = [
                "Now subtract \(c).", "Minus \(c)?", "Take away \(c).", "And \(c) less?", "Subtract \(c) from that.",
            ]
            result = steps.difference(first.1, c)
        default:
            form = ["Times \(c)?", "Now multiply that by \(c).", "And \(c) times that?", "Multiply it by \(c)."]
            result = steps.product(first.1, c)
        }
        steps.add("\(result)")
        return Exercise(
            history: [.init(prompt: first.0, reply: "\(first.1)")], prompt: random.wording(form), thought: steps.text,
            answer: "\(result)", judgement: .numeric, content: "\(a) \(b) \(c) \(form[0])")
    }
}

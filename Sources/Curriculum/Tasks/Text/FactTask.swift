import Generation

/// Plain questions about a small world. Every fact is taught; what is held out are ways to ask.
struct FactTask: ExerciseTask {
    let name = "facts"

    func exercise(_ random: inout RandomSource) -> Exercise {
        let fact = random.pick(FactTable.all)
        let question = random.pick(fact.questions)
        let opening = random.pick(["", "", "", "Tell me: ", "Quick question: ", "Do you know this? ", "Please: "])
        return Exercise(
            prompt: opening + random.wording([question]), thought: fact.statement + "\n" + fact.answer,
            answer: fact.answer,
            content: question)
    }
}

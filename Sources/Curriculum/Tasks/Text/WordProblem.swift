import Generation

/// What word problems draw from.
struct ProblemCast {
    let first: String
    let second: String
    let goods: String

    init(_ random: inout RandomSource) {
        let people = random.sample(2, of: WordList.names)
        (first, second) = (people[0], people[1])
        goods = random.pick(WordList.goods)
    }
}

/// A kind of word problem: numbers are drawn, told in some wordings, and the steps written down.
struct WordProblem: Sendable {
    let name: String
    /// Numbers that fit: no negative results, quotients that come out even.
    let numbers: @Sendable (inout RandomSource) -> [Int]
    let tellings: @Sendable (ProblemCast, [Int]) -> [String]
    /// Adds the steps and returns the answer.
    let solve: @Sendable ([Int], inout Steps) -> Int
}

/// Small stories with numbers.
struct WordProblemTask: ExerciseTask {
    let name = "word-problems"

    func exercise(_ random: inout RandomSource) -> Exercise {
        let problem = random.pick(WordProblem.all)
        let numbers = problem.numbers(&random)
        let cast = ProblemCast(&random)
        var steps = Steps()
        let answer = problem.solve(numbers, &steps)
        steps.add("\(answer)")
        return Exercise(
            prompt: random.pick(problem.tellings(cast, numbers)), thought: steps.text, answer: "\(answer)",
            judgement: .numeric, content: "\(problem.name) " + numbers.map(String.init).joined(separator: " "))
    }
}

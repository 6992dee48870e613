import Generation

/// Even and odd, divisible or not, prime or not.
struct DivisibilityTask: ExerciseTask {
    let name = "divisibility"

    func exercise(_ random: inout RandomSource) -> Exercise {
        switch random.below(3) {
        case 0: parity(&random)
        case 1: divisible(&random)
        default: prime(&random)
        }
    }

    private func parity(_ random: inout RandomSource) -> Exercise {
        let number = random.number(digits: 1...5)
        let isEven = number % 2 == 0
        let asked = random.pick(["even", "odd"])
        let found = isEven ? "even" : "odd"
        let isChoice = random.chance(0.3)
        let answer = isChoice ? found : asked == found ? "yes" : "no"
        let forms =
            isChoice
            ? ["Is \(number) even or odd?", "Is \(number) an even or an odd number?", "\(number): even or odd?"]
            : ["Is \(number) \(asked)?", "Is \(number) an \(asked) number?", "Is the number \(number) \(asked)?"]
        return Exercise(
            prompt: random.wording(forms), thought: "\(number % 10) is \(found)\n\(answer)", answer: answer,
            content: "parity \(number)")
    }

    private func divisible(_ random: inout RandomSource) -> Exercise {
        let divisor = random.number(3...9)
        var number = random.number(digits: 2...4)
        if random.chance(0.4) { number -= number % divisor }
        var steps = Steps()
        let work = LongDivision(number, divisor)
        let answer = work.remainder == 0 ? "yes" : "no"
        steps.add(work.lines)
        steps.add(answer)
        return Exercise(
            prompt: random.wording([
                "Is \(number) divisible by \(divisor)?", "Can \(number) be divided by \(divisor) without a remainder?",
                "Is \(number) a multiple of \(divisor)?", "Does \(divisor) divide \(number)?",
            ]), thought: steps.text, answer: answer, content: "\(number) \(divisor)")
    }

    private func prime(_ random: inout RandomSource) -> Exercise {
        let number = random.number(4...288)
        var steps = Steps()
        var isPrime = true
        // 17 · 17 is 289.
        for divisor in [2, 3, 5, 7, 11, 13] where isPrime && divisor * divisor <= number {
            steps.add("\(number)=\(divisor)*\(number / divisor)+\(number % divisor)")
            isPrime = number % divisor != 0
        }
        let answer = isPrime ? "yes" : "no"
        steps.add(answer)
        return Exercise(
            prompt: random.wording([
                "Is \(number) prime?", "Is \(number) a prime number?", "Is the number \(number) a prime?",
            ]),
            thought: steps.text, answer: answer, content: "prime \(number)")
    }
}

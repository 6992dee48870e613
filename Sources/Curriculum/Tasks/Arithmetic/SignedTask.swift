import Generation

/// Sums, differences and products with signs: first the signs are settled, then it is counted without them.
struct SignedTask: ExerciseTask {
    let name = "signs"

    func exercise(_ random: inout RandomSource) -> Exercise {
        let sign = random.pick(["+", "-", "+", "-", "*"])
        let digits = sign == "*" ? 1...2 : 1...3
        let (a, b) = (max(random.number(digits: digits), 1), max(random.number(digits: digits), 1))
        let (first, second) = random.pick([(-a, b), (a, -b), (-a, -b), (-a, b)])
        var steps = Steps()
        let result = Self.work(first, sign, second, &steps)
        return Exercise(
            prompt: random.wording(Self.forms(first, sign, second, &random)), thought: steps.text, answer: "\(result)",
            judgement: .numeric, content: "\(first) \(sign) \(second)")
    }

    private static func work(_ a: Int, _ sign: String, _ b: Int, _ steps: inout Steps) -> Int {
        let (upper, lower) = (abs(a), abs(b))
        let problem = "\(a)\(sign)" + (b < 0 ? "(\(b))" : "\(b)")
        if sign == "*" {
            let isNegative = (a < 0) != (b < 0)
            steps.add("\(problem)=" + (isNegative ? "-(\(upper)*\(lower))" : "\(upper)*\(lower)"))
            let product = steps.product(upper, lower)
            if isNegative { steps.add("\(-product)") }
            return isNegative ? -product : product
        }
        // What is left of the signs: a is added or taken away, and so is b.
        let isAdded = (b > 0) == (sign == "+")
        switch (a > 0, isAdded) {
        case (true, true):
            steps.add("\(problem)=\(upper)+\(lower)")
            return steps.sum(upper, lower)
        case (true, false):
            steps.add("\(problem)=\(upper)-\(lower)")
            return steps.difference(upper, lower)
        case (false, true):
            steps.add("\(problem)=\(lower)-\(upper)")
            return steps.difference(lower, upper)
        case (false, false):
            steps.add("\(problem)=-(\(upper)+\(lower))")
            let sum = steps.sum(upper, lower)
            steps.add("\(-sum)")
            return -sum
        }
    }

    private static func forms(_ a: Int, _ sign: String, _ b: Int, _ random: inout RandomSource) -> [String] {
        let second = b < 0 && random.chance(0.7) ? "(\(b))" : "\(b)"
        let first = a < 0 && random.chance(0.2) ? "(\(a))" : "\(a)"
        let word = sign == "+" ? "plus" : sign == "-" ? "minus" : "times"
        return [
            "What is \(first) \(sign) \(second)?", "\(first) \(sign) \(second)", "\(first)\(sign)\(second)",
            "Calculate \(first) \(sign) \(second).", "How much is \(first) \(sign) \(second)?",
            "\(first) \(sign) \(second) =", "What is \(a) \(word) \(b)?", "Work out \(first) \(sign) \(second).",
            "Compute \(a) \(word) \(b).", "Tell me what \(a) \(word) \(b) is.",
        ]
    }
}

import Generation

/// Sums, differences and products of fractions, and fractions in lowest terms.
struct FractionTask: ExerciseTask {
    let name = "fractions"

    private typealias Fraction = (upper: Int, lower: Int)

    func exercise(_ random: inout RandomSource) -> Exercise {
        switch random.pick(["+", "+", "-", "*", "="]) {
        case "=": simplification(&random)
        case "*": product(&random)
        case let sign: sum(sign, &random)
        }
    }

    private func simplification(_ random: inout RandomSource) -> Exercise {
        let factor = random.number(2...9)
        let lower = random.number(2...12)
        let upper = random.number(1...lower + 2)
        let text = "\(upper * factor)/\(lower * factor)"
        let reduced = ReducedFraction(upper * factor, lower * factor)
        return Exercise(
            prompt: random.wording([
                "Simplify \(text).", "Reduce \(text) to lowest terms.", "What is \(text) in lowest terms?",
                "Write \(text) as simply as possible.", "Simplify the fraction \(text).",
                "Cancel \(text) as far as you can.",
            ]), thought: reduced.lines.joined(separator: "\n"), answer: reduced.text, content: text)
    }

    private func product(_ random: inout RandomSource) -> Exercise {
        let (a, b) = (Self.fraction(&random), Self.fraction(&random))
        var steps = Steps()
        let (upper, lower) = (steps.product(a.upper, b.upper), steps.product(a.lower, b.lower))
        steps.add("\(upper)/\(lower)")
        return finished(a, "*", b, upper, lower, steps, &random)
    }

    private func sum(_ sign: String, _ random: inout RandomSource) -> Exercise {
        var (a, b) = (Self.fraction(&random), Self.fraction(&random))
        if sign == "-", a.upper * b.lower < b.upper * a.lower { swap(&a, &b) }
        var steps = Steps()
        let common = Self.commonMultiple(a.lower, b.lower, &steps)
        let first = Self.extended(a, common, &steps)
        let second = Self.extended(b, common, &steps)
        let upper = sign == "+" ? steps.sum(first, second) : steps.difference(first, second)
        steps.add("\(upper)/\(common)")
        return finished(a, sign, b, upper, common, steps, &random)
    }

    /// Multiples of the larger until the smaller divides one.
    private static func commonMultiple(_ a: Int, _ b: Int, _ steps: inout Steps) -> Int {
        let (large, small) = (max(a, b), min(a, b))
        var multiples = [large]
        while let last = multiples.last, last % small != 0 { multiples.append(last + large) }
        steps.add(multiples.map(String.init).joined(separator: " "))
        return multiples.last ?? large
    }

    private static func extended(_ fraction: Fraction, _ common: Int, _ steps: inout Steps) -> Int {
        let factor = common / fraction.lower
        steps.add(
            "\(common)/\(fraction.lower)=\(factor) \(fraction.upper)*\(factor)=\(fraction.upper * factor)")
        return fraction.upper * factor
    }

    private func finished(
        _ a: Fraction, _ sign: String, _ b: Fraction, _ upper: Int, _ lower: Int, _ steps: Steps,
        _ random: inout RandomSource
    ) -> Exercise {
        var steps = steps
        let reduced = ReducedFraction(upper, lower)
        steps.add(reduced.lines)
        let (first, second) = ("\(a.upper)/\(a.lower)", "\(b.upper)/\(b.lower)")
        let word = sign == "+" ? "plus" : sign == "-" ? "minus" : "times"
        let isOrdered = sign == "-" || a.lower < b.lower || a.lower == b.lower && a.upper <= b.upper
        return Exercise(
            prompt: random.wording([
                "What is \(first) \(sign) \(second)?", "\(first) \(sign) \(second)", "\(first)\(sign)\(second)",
                "Calculate \(first) \(sign) \(second).", "What is \(first) \(word) \(second)?",
                "How much is \(first) \(sign) \(second)?", "Compute \(first) \(sign) \(second) as a fraction.",
                "\(first) \(sign) \(second) =", "Work out \(first) \(word) \(second).",
            ]), thought: steps.text, answer: reduced.text,
            content: isOrdered ? "\(first)\(sign)\(second)" : "\(second)\(sign)\(first)")
    }

    private static func fraction(_ random: inout RandomSource) -> Fraction {
        let lower = random.number(2...10)
        return (random.number(1...lower - 1), lower)
    }
}

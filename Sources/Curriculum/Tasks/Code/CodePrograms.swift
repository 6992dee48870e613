import Generation

extension CodeSample {
    /// A function of one number, called once.
    static func function(_ language: CodeLanguage, _ random: inout RandomSource) -> CodeSample {
        let (factor, term, argument) = (random.number(2...9), random.number(1...20), random.number(1...12))
        let name = random.pick(["f", "g", "double", "next", "price", "step", "compute"])
        let isSum = random.chance(0.5)
        let body = "x * \(factor) \(isSum ? "+" : "-") \(term)"
        let product = argument * factor
        let value = isSum ? product + term : product - term
        let setup =
            language == .python
            ? ["def \(name)(x):", "    return \(body)"]
            : ["func \(name)(_ x: Int) -> Int {", "    return \(body)", "}"]
        return CodeSample(
            language: language, setup: setup, expression: "\(name)(\(argument))",
            steps: ["\(argument)*\(factor)=\(product)", "\(product)\(isSum ? "+" : "-")\(term)=\(value)"],
            value: "\(value)")
    }

    /// A number that grows in a loop.
    static func loop(_ language: CodeLanguage, _ random: inout RandomSource) -> CodeSample {
        let (start, rounds) = (random.number(0...20), random.number(2...5))
        let addsIndex = random.chance(0.5)
        let step = random.number(1...9)
        let name = random.pick(["x", "n", "total", "count"])
        let first = addsIndex ? 1 : 0
        let range = language == .python ? "range(\(first), \(first + rounds))" : "\(first)..<\(first + rounds)"
        let added = addsIndex ? "i" : "\(step)"
        var (value, steps) = (start, [String]())
        for index in first..<(first + rounds) {
            let next = value + (addsIndex ? index : step)
            steps.append("i=\(index): \(value)+\(addsIndex ? index : step)=\(next)")
            value = next
        }
        let python = ["\(name) = \(start)", "for i in \(range):", "    \(name) += \(added)"]
        let swift = ["var \(name) = \(start)", "for i in \(range) {", "    \(name) += \(added)", "}"]
        return CodeSample(
            language: language, setup: language == .python ? python : swift, expression: name, steps: steps,
            value: "\(value)")
    }

    /// Names that get new values, line by line.
    static func changes(_ language: CodeLanguage, _ random: inout RandomSource) -> CodeSample {
        let names = random.sample(2, of: ["a", "b", "x", "y", "n", "m"])
        let (first, second) = (random.number(1...12), random.number(1...12))
        let sign = random.pick(["+", "*", "-"])
        let joined = sign == "+" ? first + second : sign == "*" ? first * second : first - second
        var setup = ["\(language.changing)\(names[0]) = \(first)", "\(language.naming)\(names[1]) = \(second)"]
        setup.append("\(names[0]) = \(names[0]) \(sign) \(names[1])")
        var (steps, value) = (["\(first)\(sign)\(second)=\(joined)"], joined)
        if random.chance(0.6) {
            let more = random.number(1...9)
            setup.append("\(names[0]) += \(more)")
            steps.append("\(joined)+\(more)=\(joined + more)")
            value += more
        }
        return CodeSample(language: language, setup: setup, expression: names[0], steps: steps, value: "\(value)")
    }
}

import Generation

extension CodeSample {
    /// 3 + 4 * 2
    static func arithmetic(_ language: CodeLanguage, _ random: inout RandomSource) -> CodeSample {
        let expression = Expression.drawn(operations: random.number(2...3), &random)
        let spaced = expression.text.map { "+-*".contains($0) ? " \($0) " : String($0) }.joined()
        return CodeSample(language: language, expression: spaced, steps: expression.steps, value: "\(expression.value)")
    }

    /// 17 // 5, 17 % 5
    static func division(_ language: CodeLanguage, _ random: inout RandomSource) -> CodeSample {
        let (a, b) = (random.number(0...99), random.number(2...9))
        let isRemainder = random.chance(0.5)
        let sign = isRemainder ? "%" : language == .python ? "//" : "/"
        return CodeSample(
            language: language, expression: "\(a) \(sign) \(b)", steps: ["\(a)=\(b)*\(a / b)+\(a % b)"],
            value: "\(isRemainder ? a % b : a / b)")
    }

    /// 3 < 5 and 2 > 4
    static func truth(_ language: CodeLanguage, _ random: inout RandomSource) -> CodeSample {
        func comparison(_ random: inout RandomSource) -> (text: String, value: Bool) {
            let (a, b) = (random.number(0...20), random.number(0...20))
            let (sign, value) = random.pick([
                ("<", a < b), (">", a > b), ("==", a == b), ("!=", a != b), ("<=", a <= b), (">=", a >= b),
            ])
            return ("\(a) \(sign) \(b)", value)
        }
        let first = comparison(&random)
        if random.chance(0.4) {
            return CodeSample(
                language: language, expression: first.text, steps: ["\(first.text): \(language.truth(first.value))"],
                value: language.truth(first.value))
        }
        let second = comparison(&random)
        let isAnd = random.chance(0.5)
        let joint = isAnd ? language.and : language.or
        let value = isAnd ? first.value && second.value : first.value || second.value
        return CodeSample(
            language: language, expression: "\(first.text) \(joint) \(second.text)",
            steps: [
                "\(first.text): \(language.truth(first.value))", "\(second.text): \(language.truth(second.value))",
                "\(language.truth(first.value)) \(joint) \(language.truth(second.value))",
            ], value: language.truth(value))
    }

    /// "big" if 7 > 5 else "small"
    static func condition(_ language: CodeLanguage, _ random: inout RandomSource) -> CodeSample {
        let (value, bound) = (random.number(0...30), random.number(0...30))
        let words = random.sample(2, of: WordList.common)
        let isLess = random.chance(0.5)
        let holds = isLess ? value < bound : value > bound
        let test = "x \(isLess ? "<" : ">") \(bound)"
        let expression =
            language == .python
            ? "\"\(words[0])\" if \(test) else \"\(words[1])\"" : "\(test) ? \"\(words[0])\" : \"\(words[1])\""
        return CodeSample(
            language: language, setup: ["\(language.naming)x = \(value)"], expression: expression,
            steps: ["\(value) \(isLess ? "<" : ">") \(bound): \(language.truth(holds))"],
            value: holds ? words[0] : words[1])
    }
}

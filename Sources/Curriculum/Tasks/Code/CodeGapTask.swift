import Generation

/// What belongs into the gap of a line of code, so that it gives the value behind it.
struct CodeGapTask: ExerciseTask {
    let name = "code-gaps"

    func exercise(_ random: inout RandomSource) -> Exercise {
        let language = random.pick(CodeLanguage.allCases)
        switch random.below(3) {
        case 0: return sign(language, &random)
        case 1: return number(language, &random)
        default: return word(language, &random)
        }
    }

    /// 7 ___ 3 == 21
    private func sign(_ language: CodeLanguage, _ random: inout RandomSource) -> Exercise {
        let (a, b) = (random.number(3...12), random.number(2...12))
        let results = [("+", a + b), ("-", a - b), ("*", a * b)]
        let (sign, value) = random.pick(results)
        let steps = results.map { "\(a)\($0)\(b)=\($1)" }.joined(separator: " ")
        return exercise("\(a) ___ \(b) == \(value)", language, steps, sign, "operator", &random)
    }

    /// 7 + ___ == 12
    private func number(_ language: CodeLanguage, _ random: inout RandomSource) -> Exercise {
        let (a, b) = (random.number(1...40), random.number(1...40))
        let isFirst = random.chance(0.5)
        let gap = isFirst ? "___ + \(b)" : "\(b) + ___"
        return exercise("\(gap) == \(a + b)", language, "\(a + b)-\(b)=\(a)", "\(a)", "number", &random)
    }

    /// ___([3, 8, 5]) == 8
    private func word(_ language: CodeLanguage, _ random: inout RandomSource) -> Exercise {
        // Two different sums at least: one number alone would fit several words.
        let numbers = SortingTask.different(random.number(3...4), digits: 1...1, &random).map { $0 + 5 }
        let list = CodeSample.written(numbers)
        let (smallest, largest) = (numbers.min() ?? 0, numbers.max() ?? 0)
        let results = [("min", smallest), ("max", largest), (language == .python ? "len" : "count", numbers.count)]
        let (name, value) = random.pick(results)
        let line =
            language == .python
            ? "___(\(list)) == \(value)" : name == "count" ? "\(list).___ == \(value)" : "\(list).___()! == \(value)"
        let steps = results.map { "\($0) \($1)" }.joined(separator: ", ")
        return exercise(line, language, steps, name, "name", &random)
    }

    private func exercise(
        _ line: String, _ language: CodeLanguage, _ steps: String, _ answer: String, _ what: String,
        _ random: inout RandomSource
    ) -> Exercise {
        let forms = [
            "Which \(what) goes into the gap of this \(language.rawValue) line? \(line)",
            "Fill the gap in \(language.rawValue): \(line)",
            "What must stand for ___ in \(line) (\(language.rawValue))?",
            "Complete the \(language.rawValue) code so that it is true: \(line)",
        ]
        return Exercise(
            prompt: random.pick(forms), thought: "\(steps)\n\(answer)", answer: answer, content: "\(language) \(line)")
    }
}

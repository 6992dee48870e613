import Generation

extension CodeSample {
    /// Something asked of a list: its length, sum, largest, a place in it.
    static func list(_ language: CodeLanguage, _ random: inout RandomSource) -> CodeSample {
        let numbers = SortingTask.different(random.number(2...5), digits: 1...2, &random)
        let list = written(numbers)
        let isPython = language == .python
        switch random.below(6) {
        case 0:
            let counted = numbers.enumerated().map { "\($1):\($0 + 1)" }.joined(separator: " ")
            return CodeSample(
                language: language, expression: isPython ? "len(\(list))" : "\(list).count", steps: [counted],
                value: "\(numbers.count)")
        case 1:
            var (steps, sum) = ([String](), numbers[0])
            for next in numbers.dropFirst() {
                steps.append("\(sum)+\(next)=\(sum + next)")
                sum += next
            }
            return CodeSample(
                language: language, expression: isPython ? "sum(\(list))" : "\(list).reduce(0, +)", steps: steps,
                value: "\(sum)")
        case 2:
            let isSmallest = random.chance(0.5)
            let (comparisons, best) = Selection.best(of: numbers, isAscending: isSmallest)
            let name = isSmallest ? "min" : "max"
            return CodeSample(
                language: language, expression: isPython ? "\(name)(\(list))" : "\(list).\(name)()!",
                steps: [comparisons],
                value: "\(best)")
        case 3:
            let place = random.below(numbers.count)
            let places = numbers.enumerated().map { "\($0):\($1)" }.joined(separator: " ")
            return CodeSample(
                language: language, expression: "\(list)[\(place)]", steps: [places], value: "\(numbers[place])")
        case 4:
            let sorted = numbers.sorted()
            return CodeSample(
                language: language, expression: isPython ? "sorted(\(list))" : "\(list).sorted()",
                steps: Selection(numbers, isAscending: true).lines, value: written(sorted))
        default:
            let wanted = random.chance(0.5) ? random.pick(numbers) : random.number(0...99)
            let contains = numbers.contains(wanted)
            return CodeSample(
                language: language, expression: isPython ? "\(wanted) in \(list)" : "\(list).contains(\(wanted))",
                steps: [numbers.map { "\($0)\($0 == wanted ? "=" : "≠")\(wanted)" }.joined(separator: " ")],
                value: language.truth(contains))
        }
    }

    /// [x * 2 for x in [1, 2, 3]], [1, 2, 3].filter { $0 > 1 }
    static func transformed(_ language: CodeLanguage, _ random: inout RandomSource) -> CodeSample {
        let numbers = SortingTask.different(random.number(2...5), digits: 1...1, &random)
        let list = written(numbers)
        let bound = random.number(2...8)
        if random.chance(0.5) {
            let sign = random.pick(["+", "*"])
            let values = numbers.map { sign == "+" ? $0 + bound : $0 * bound }
            let steps = zip(numbers, values).map { "\($0)\(sign)\(bound)=\($1)" }.joined(separator: " ")
            let expression =
                language == .python
                ? "[x \(sign) \(bound) for x in \(list)]" : "\(list).map { $0 \(sign) \(bound) }"
            return CodeSample(language: language, expression: expression, steps: [steps], value: written(values))
        }
        let values = numbers.filter { $0 > bound }
        let steps = numbers.map { "\($0)\($0 > bound ? ">" : $0 == bound ? "=" : "<")\(bound)" }.joined(separator: " ")
        let expression =
            language == .python ? "[x for x in \(list) if x > \(bound)]" : "\(list).filter { $0 > \(bound) }"
        return CodeSample(language: language, expression: expression, steps: [steps], value: written(values))
    }

    /// len("cat"), "cat" + "dog", "cat".upper()
    static func text(_ language: CodeLanguage, _ random: inout RandomSource) -> CodeSample {
        let words = random.sample(2, of: WordList.common)
        let (word, other) = (words[0], words[1])
        let isPython = language == .python
        let letters = word.enumerated().map { "\($1)\($0 + 1)" }.joined(separator: " ")
        switch random.below(5) {
        case 0:
            return CodeSample(
                language: language, expression: isPython ? "len(\"\(word)\")" : "\"\(word)\".count", steps: [letters],
                value: "\(word.count)")
        case 1:
            return CodeSample(
                language: language, expression: "\"\(word)\" + \"\(other)\"", steps: ["\(word) + \(other)"],
                value: word + other)
        case 2:
            return CodeSample(
                language: language, expression: isPython ? "\"\(word)\".upper()" : "\"\(word)\".uppercased()",
                steps: [
                    word.map { String($0) }.joined(separator: " "),
                    word.uppercased().map { String($0) }.joined(separator: " "),
                ],
                value: word.uppercased())
        case 3:
            let back = word.enumerated().reversed().map { "\($1)\($0 + 1)" }.joined(separator: " ")
            return CodeSample(
                language: language, expression: isPython ? "\"\(word)\"[::-1]" : "String(\"\(word)\".reversed())",
                steps: [letters, back], value: String(word.reversed()))
        default:
            let part = random.chance(0.5) ? String(word.prefix(random.number(1...2))) : String(other.prefix(2))
            let isStart = word.hasPrefix(part)
            return CodeSample(
                language: language,
                expression: isPython ? "\"\(word)\".startswith(\"\(part)\")" : "\"\(word)\".hasPrefix(\"\(part)\")",
                steps: [
                    "\(word.map { String($0) }.joined(separator: " ")): \(part.map { String($0) }.joined(separator: " "))"
                ],
                value: language.truth(isStart))
        }
    }
}

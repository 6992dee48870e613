import Generation

/// How many in a list are of a kind: a running count behind each.
struct CountingTask: ExerciseTask {
    let name = "counting"

    func exercise(_ random: inout RandomSource) -> Exercise {
        switch random.below(3) {
        case 0: occurrences(&random)
        case 1: items(&random)
        default: numbers(&random)
        }
    }

    private func occurrences(_ random: inout RandomSource) -> Exercise {
        let kinds = random.sample(random.number(2...3), of: WordList.things)
        let list = (0..<random.number(4...10)).map { _ in random.pick(kinds) }
        let wanted = random.pick(kinds)
        let text = list.joined(separator: " ")
        let (counts, count) = Self.counts(list) { $0 == wanted }
        return Exercise(
            prompt: random.wording([
                "How many times does \(wanted) occur in: \(text)?", "Count the word \(wanted): \(text).",
                "How often is \(wanted) in this list? \(text)", "How many times do you see \(wanted) here: \(text)?",
                "Count how often \(wanted) appears in: \(text)",
            ]), thought: "\(counts)\n\(count)", answer: "\(count)", judgement: .numeric, content: "\(wanted): \(text)")
    }

    private func items(_ random: inout RandomSource) -> Exercise {
        let list = random.sample(random.number(2...9), of: WordList.things)
        let text = list.joined(separator: ", ")
        let (counts, count) = Self.counts(list, nil)
        return Exercise(
            prompt: random.wording([
                "How many things are in this list: \(text)?", "Count the items: \(text).",
                "How many items are these: \(text)?",
                "How many words does this list have: \(text)?", "Count these: \(text)",
            ]), thought: "\(counts)\n\(count)", answer: "\(count)", judgement: .numeric, content: text)
    }

    private func numbers(_ random: inout RandomSource) -> Exercise {
        let list = SortingTask.different(random.number(4...8), digits: 1...2, &random)
        let text = Selection.list(list)
        let bound = random.number(5...90)
        let (kind, test): (String, (Int) -> Bool) = random.pick([
            ("even", { $0 % 2 == 0 }), ("odd", { $0 % 2 == 1 }), ("greater than \(bound)", { $0 > bound }),
            ("less than \(bound)", { $0 < bound }),
        ])
        let (counts, count) = Self.counts(list.map(String.init)) { Int($0).map(test) ?? false }
        return Exercise(
            prompt: random.wording([
                "How many of these numbers are \(kind): \(text)?", "How many of \(text) are \(kind)?",
                "Count the numbers that are \(kind): \(text).", "How many numbers in this list are \(kind)? \(text)",
            ]), thought: "\(counts)\n\(count)", answer: "\(count)", judgement: .numeric, content: "\(kind): \(text)")
    }

    /// "cat yes 1, dog no 1, cat yes 2": behind each item whether it counts, unless all do, and how many have so far.
    private static func counts(_ list: [String], _ isCounted: ((String) -> Bool)?) -> (text: String, count: Int) {
        var (parts, count) = ([String](), 0)
        for item in list {
            let counts = isCounted?(item) ?? true
            if counts { count += 1 }
            parts.append(isCounted == nil ? "\(item) \(count)" : "\(item) \(counts ? "yes" : "no") \(count)")
        }
        return (parts.joined(separator: ", "), count)
    }
}

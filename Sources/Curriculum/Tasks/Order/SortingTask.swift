import Generation

/// Lists of numbers put in order, and lists of words by their first letters.
struct SortingTask: ExerciseTask {
    let name = "sorting"

    func exercise(_ random: inout RandomSource) -> Exercise {
        random.chance(0.2) ? words(&random) : numbers(&random)
    }

    private func numbers(_ random: inout RandomSource) -> Exercise {
        let numbers = Self.different(random.number(3...5), digits: 1...random.number(1...3), &random)
        let isAscending = random.chance(0.6)
        let work = Selection(numbers, isAscending: isAscending)
        let list = Selection.list(numbers)
        let order =
            isAscending
            ? random.pick(["in ascending order", "from smallest to largest", "from low to high", "in increasing order"])
            : random.pick([
                "in descending order", "from largest to smallest", "from high to low", "in decreasing order",
            ])
        var forms = [
            "Sort \(list) \(order).", "Put \(list) \(order).", "Sort these numbers \(order): \(list).",
            "Arrange \(list) \(order).", "Order the numbers \(list) \(order).", "Write \(list) \(order).",
        ]
        if isAscending { forms += ["Sort \(list).", "Sort these numbers: \(list)."] }
        return Exercise(
            prompt: random.wording(forms), thought: work.lines.joined(separator: "\n"),
            answer: Selection.list(work.sorted),
            content: work.sorted.sorted().map(String.init).joined(separator: " "))
    }

    /// Numbers that differ, each with one of these counts of digits.
    static func different(_ count: Int, digits: ClosedRange<Int>, _ random: inout RandomSource) -> [Int] {
        var numbers: [Int] = []
        while numbers.count < count {
            let next = random.number(digits: digits)
            if !numbers.contains(next) { numbers.append(next) }
        }
        return numbers
    }

    private func words(_ random: inout RandomSource) -> Exercise {
        var words: [String] = []
        while words.count < 3 || words.count < 5 && random.chance(0.5) {
            let next = random.pick(WordList.common)
            if !words.contains(where: { $0.first == next.first }) { words.append(next) }
        }
        // Letters differ, so that they say all of the order; each with its word, to be found by it.
        let initials = Selection(words.map { String($0.prefix(1)) }, isAscending: true)
        let pairs = words.map { "\($0.prefix(1)) \($0)" }.joined(separator: ", ")
        let sorted = words.sorted()
        let answer = sorted.joined(separator: ", ")
        let list = words.joined(separator: ", ")
        return Exercise(
            prompt: random.wording([
                "Sort these words alphabetically: \(list).", "Put \(list) in alphabetical order.",
                "Sort \(list) from A to Z.", "Arrange the words \(list) alphabetically.",
                "Write \(list) in alphabetical order.",
            ]),
            thought: ([pairs] + initials.lines + [answer]).joined(separator: "\n"), answer: answer,
            content: sorted.joined(separator: " "))
    }
}

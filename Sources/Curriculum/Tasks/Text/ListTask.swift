import Generation

/// Lists of words: turned round, joined, picked from.
struct ListTask: ExerciseTask {
    let name = "word-lists"

    func exercise(_ random: inout RandomSource) -> Exercise {
        let words = random.sample(random.number(2...6), of: WordList.common)
        switch random.below(4) {
        case 0: return reversed(words, &random)
        case 1: return joined(words, &random)
        case 2: return place(words, &random)
        default: return capitals(words[0], &random)
        }
    }

    private func reversed(_ words: [String], _ random: inout RandomSource) -> Exercise {
        let numbered = words.enumerated().map { "\($0 + 1) \($1)" }
        let answer = words.reversed().joined(separator: " ")
        let text = words.joined(separator: " ")
        return Exercise(
            prompt: random.wording([
                "Reverse the order of these words: \(text)", "Write these words in reverse order: \(text)",
                "Put the words in the opposite order: \(text)", "Repeat the words from last to first: \(text)",
            ]),
            thought: [numbered.joined(separator: ", "), numbered.reversed().joined(separator: ", "), answer]
                .joined(separator: "\n"), answer: answer, content: "reversed \(text)")
    }

    private func joined(_ words: [String], _ random: inout RandomSource) -> Exercise {
        let (first, second) = (words[0], words[1])
        return Exercise(
            prompt: random.wording([
                "Join \"\(first)\" and \"\(second)\" into one word.", "Write \(first) and \(second) as one word.",
                "What do you get if you put \"\(first)\" before \"\(second)\"?", "Concatenate \(first) and \(second).",
            ]), thought: "\(first) + \(second)\n\(first)\(second)", answer: first + second,
            content: "\(first)+\(second)")
    }

    private func place(_ words: [String], _ random: inout RandomSource) -> Exercise {
        let ordinals = ["first", "second", "third", "fourth", "fifth", "sixth"]
        let place = random.below(words.count)
        let numbered = words.enumerated().map { "\($0 + 1) \($1)" }
        let text = words.joined(separator: ", ")
        let ordinal = place == words.count - 1 && random.chance(0.5) ? "last" : ordinals[place]
        return Exercise(
            prompt: random.wording([
                "What is the \(ordinal) word in: \(text)?", "Which word comes \(ordinal): \(text)?",
                "Give me the \(ordinal) word of this list: \(text).", "Name the \(ordinal) of these words: \(text).",
            ]), thought: numbered.joined(separator: ", ") + "\n\(words[place])", answer: words[place],
            content: "\(ordinal): \(text)")
    }

    private func capitals(_ word: String, _ random: inout RandomSource) -> Exercise {
        let upper = word.uppercased()
        let isDown = random.chance(0.4)
        let (from, to) = isDown ? (upper, word) : (word, upper)
        let forms =
            isDown
            ? ["Write \(from) in small letters.", "Write \(from) in lower case.", "Make \(from) lower case."]
            : ["Write \(from) in capitals.", "Write \(from) in upper case.", "Put \(from) in capital letters."]
        return Exercise(
            prompt: random.pick(forms),
            thought: [from, to].map { $0.map(String.init).joined(separator: " ") }.joined(separator: "\n") + "\n\(to)",
            answer: to, content: "\(to)")
    }
}

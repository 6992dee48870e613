import Generation

/// Letters of words: spelled, counted, numbered, turned round.
///
/// Letters get their places behind them (c1 a2 t3), so that turning a word round is counting down.
struct SpellingTask: ExerciseTask {
    enum Kind: String, CaseIterable {
        case spelling
        case reversal
        case letterCount = "letter-count"
        case letterPlace = "letter-place"
    }

    let kind: Kind
    var name: String { kind.rawValue }

    func exercise(_ random: inout RandomSource) -> Exercise {
        let word = random.chance(0.75) ? random.pick(WordList.common) : MadeUpWord.drawn(&random)
        switch kind {
        case .spelling: return spelled(word, &random)
        case .reversal: return reversed(word, &random)
        case .letterCount: return counted(word, &random)
        case .letterPlace: return placed(word, &random)
        }
    }

    /// "c1 a2 t3"
    private static func numbered(_ word: String) -> [String] { word.enumerated().map { "\($1)\($0 + 1)" } }

    private static func quoted(_ word: String, _ random: inout RandomSource) -> String {
        switch random.below(3) {
        case 0: "\"\(word)\""
        case 1: "'\(word)'"
        default: word
        }
    }

    private func spelled(_ word: String, _ random: inout RandomSource) -> Exercise {
        let answer = word.map(String.init).joined(separator: " ")
        let shown = Self.quoted(word, &random)
        return Exercise(
            prompt: random.wording([
                "Spell \(shown).", "Spell the word \(shown).", "How do you spell \(shown)?", "How is \(shown) spelled?",
                "Write \(shown) letter by letter.", "Which letters does \(shown) have?",
                "What are the letters of \(shown)?", "Split \(shown) into letters.",
            ]), thought: "\(word)\n\(answer)", answer: answer, content: word)
    }

    private func reversed(_ word: String, _ random: inout RandomSource) -> Exercise {
        let letters = Self.numbered(word)
        let answer = String(word.reversed())
        let shown = Self.quoted(word, &random)
        let lines = [letters.joined(separator: " "), letters.reversed().joined(separator: " "), answer]
        return Exercise(
            prompt: random.wording([
                "Reverse \(shown).", "Reverse the word \(shown).", "What is \(shown) backwards?",
                "Write \(shown) backwards.",
                "Spell \(shown) in reverse.", "Turn the word \(shown) around.",
                "What is \(shown) read from right to left?",
                "Reverse the letters of \(shown).",
            ]), thought: lines.joined(separator: "\n"), answer: answer, content: word)
    }

    private func counted(_ word: String, _ random: inout RandomSource) -> Exercise {
        let shown = Self.quoted(word, &random)
        let kind = random.below(3)
        if kind == 0 {
            let letters = Self.numbered(word)
            return Exercise(
                prompt: random.wording([
                    "How many letters does \(shown) have?", "How many letters are in \(shown)?",
                    "How long is the word \(shown)?",
                    "Count the letters of \(shown).", "What is the length of \(shown)?",
                ]), thought: letters.joined(separator: " ") + "\n\(word.count)", answer: "\(word.count)",
                judgement: .numeric,
                content: "length \(word)")
        }
        let letter = random.chance(0.8) ? random.pick(Array(word)) : random.pick(Array("aeinorst"))
        let isVowels = kind == 1 && random.chance(0.5)
        var (parts, count) = ([String](), 0)
        for next in word {
            if isVowels ? "aeiou".contains(next) : next == letter { count += 1 }
            parts.append("\(next)\(count)")
        }
        let forms =
            isVowels
            ? [
                "How many vowels are in \(shown)?", "Count the vowels in \(shown).",
                "How many vowels does \(shown) have?",
            ]
            : [
                "How many times does the letter \(letter) occur in \(shown)?", "How many \(letter)'s are in \(shown)?",
                "Count the letter \(letter) in \(shown).", "How often does \(letter) appear in \(shown)?",
                "How many letters \(letter) does \(shown) have?",
            ]
        return Exercise(
            prompt: random.wording(forms), thought: parts.joined(separator: " ") + "\n\(count)", answer: "\(count)",
            judgement: .numeric, content: (isVowels ? "vowels" : "\(letter)") + " \(word)")
    }

    private static let ordinals = ["first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth"]

    private func placed(_ word: String, _ random: inout RandomSource) -> Exercise {
        let shown = Self.quoted(word, &random)
        let letters = Self.numbered(word)
        let isLast = random.chance(0.3)
        let place = isLast ? word.count - 1 : random.below(min(word.count, Self.ordinals.count))
        let answer = String(Array(word)[place])
        let ordinal = isLast ? "last" : Self.ordinals[place]
        var forms = [
            "What is the \(ordinal) letter of \(shown)?", "Which letter comes \(ordinal) in \(shown)?",
            "Give me the \(ordinal) letter of \(shown).", "Which is the \(ordinal) letter in \(shown)?",
            "Name the \(ordinal) letter of the word \(shown).",
        ]
        if !isLast { forms.append("What is letter number \(place + 1) of \(shown)?") }
        return Exercise(
            prompt: random.wording(forms), thought: letters[...place].joined(separator: " ") + "\n" + answer,
            answer: answer, content: "\(ordinal) \(word)")
    }
}

/// Letters that could be a word and are none that one knows by heart.
enum MadeUpWord {
    static func drawn(_ random: inout RandomSource) -> String {
        let consonants = [
            "b", "c", "d", "f", "g", "h", "j", "k", "l", "m", "n", "p", "r", "s", "t", "v", "w", "z", "st", "tr", "sh",
        ]
        let vowels = ["a", "e", "i", "o", "u"]
        var word = ""
        for _ in 0..<random.number(1...3) { word += random.pick(consonants) + random.pick(vowels) }
        if random.chance(0.5) { word += random.pick(["n", "r", "s", "t", "l", "m", "k"]) }
        return word
    }
}

import Generation

/// Numbers in words and back.
struct NumberWordTask: ExerciseTask {
    let name = "number-words"

    func exercise(_ random: inout RandomSource) -> Exercise {
        let number = random.number(digits: 1...4)
        let words = NumberWords.words(number)
        let parts = NumberWords.parts(number).map { "\($0.value) \($0.words)" }.joined(separator: "\n")
        if random.chance(0.5) {
            return Exercise(
                prompt: random.wording([
                    "Write \(number) in words.", "How do you write \(number) in words?",
                    "Spell out the number \(number).",
                    "What is \(number) in words?", "\(number) in words", "Say \(number) in English.",
                ]), thought: parts + "\n" + words, answer: words, content: "\(number)")
        }
        return Exercise(
            prompt: random.wording([
                "Write \(words) in digits.", "Which number is \(words)?", "What is \(words) as a number?",
                "\(words) in digits", "Write the number \(words) with digits.",
            ]), thought: parts + "\n\(number)", answer: "\(number)", judgement: .numeric, content: "\(number)")
    }
}

/// English names of numbers below 10,000.
enum NumberWords {
    private static let small = [
        "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
        "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
    ]
    private static let tens = [
        "", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety",
    ]

    /// Thousands, hundreds, and what is below, each with its name.
    static func parts(_ number: Int) -> [(value: Int, words: String)] {
        var parts: [(Int, String)] = []
        if number >= 1000 { parts.append((number / 1000 * 1000, small[number / 1000] + " thousand")) }
        if number / 100 % 10 > 0 { parts.append((number / 100 % 10 * 100, small[number / 100 % 10] + " hundred")) }
        let rest = number % 100
        if rest > 0 || number == 0 { parts.append((rest, below100(rest))) }
        return parts
    }

    static func words(_ number: Int) -> String { parts(number).map(\.words).joined(separator: " ") }

    private static func below100(_ number: Int) -> String {
        if number < 20 { return small[number] }
        return tens[number / 10] + (number % 10 > 0 ? "-" + small[number % 10] : "")
    }
}

import Testing

@testable import Curriculum

/// Answers of arithmetic tasks against another reading of the question.
@Suite struct ArithmeticTaskTests {
    /// The two numbers of a question in the order that they are worked with.
    static func operands(_ exercise: Exercise) -> (Int, Int) {
        let numbers = Sample.numbers(exercise.prompt)
        let prompt = exercise.prompt.lowercased()
        let isTurned = ["subtract", "take", "go into"].contains { prompt.contains($0) }
        return numbers.count == 2 ? (isTurned ? (numbers[1], numbers[0]) : (numbers[0], numbers[1])) : (-1, -1)
    }

    @Test(arguments: ["addition", "long-addition"]) func sums(task: String) {
        for exercise in Sample.exercises(task, 1000) {
            let (a, b) = Self.operands(exercise)
            #expect(exercise.answer == "\(a + b)", "\(exercise.prompt)")
        }
    }

    @Test(arguments: ["subtraction", "long-subtraction"]) func differences(task: String) {
        for exercise in Sample.exercises(task, 1000) {
            let (a, b) = Self.operands(exercise)
            #expect(exercise.answer == "\(a - b)", "\(exercise.prompt)")
        }
    }

    @Test(arguments: ["multiplication", "long-multiplication"]) func products(task: String) {
        for exercise in Sample.exercises(task, 1000) {
            let (a, b) = Self.operands(exercise)
            #expect(exercise.answer == "\(a * b)", "\(exercise.prompt)")
        }
    }

    @Test func quotients() {
        for exercise in Sample.exercises("division", 1000) {
            let (a, b) = Self.operands(exercise)
            let asksRemainder = ["remain", "left over", "mod"].contains { exercise.prompt.lowercased().contains($0) }
            let whole = a % b == 0 ? "\(a / b)" : "\(a / b) remainder \(a % b)"
            #expect(exercise.answer == (asksRemainder ? "\(a % b)" : whole), "\(exercise.prompt)")
        }
    }

    /// The arithmetic in a question: words become signs, and what is no arithmetic ends it.
    static func expression(_ prompt: String) -> String {
        let signs = prompt.replacing("plus", with: "+").replacing("minus", with: "-").replacing("times", with: "*")
        let text = String(signs.filter { "0123456789+-*/()".contains($0) })
        return text
    }

    @Test(arguments: ["signs", "brackets"]) func expressions(task: String) {
        for exercise in Sample.exercises(task, 1000) {
            let text = Self.expression(exercise.prompt)
            #expect(Arithmetic.value(text)?.whole.map { "\($0)" } == exercise.answer, "\(exercise.prompt)")
        }
    }

    @Test func fractions() {
        for exercise in Sample.exercises("fractions", 1000) {
            let parts = Self.expression(exercise.prompt)
            let answer = Arithmetic.value(exercise.answer)
            #expect(Arithmetic.value(parts) == answer && answer != nil, "\(exercise.prompt)")
            let written = answer.map { $0.denominator == 1 ? "\($0.numerator)" : "\($0.numerator)/\($0.denominator)" }
            #expect(written == exercise.answer)
        }
    }

    @Test func percentages() throws {
        for exercise in Sample.exercises("percentages", 1000) {
            let prompt = exercise.prompt.lowercased()
            let numbers = Sample.numbers(prompt)
            try #require(numbers.count == 2)
            let expected: Int
            if ["what percent", "how many percent of", "are how many percent", "out of"].contains(where: {
                prompt.contains($0)
            }) {
                let wholeFirst = prompt.contains("what percentage of") || prompt.contains("how many percent of")
                let (part, whole) = wholeFirst ? (numbers[1], numbers[0]) : (numbers[0], numbers[1])
                expected = 100 * part / whole
                #expect(100 * part % whole == 0)
            } else {
                let percentFirst =
                    prompt.range(of: "%").map { prompt[..<$0.lowerBound].split { !$0.isNumber }.count == 1 }
                    ?? (prompt.range(of: " percent").map { prompt[..<$0.lowerBound].split { !$0.isNumber }.count == 1 }
                        ?? true)
                let (percent, whole) = percentFirst ? (numbers[0], numbers[1]) : (numbers[1], numbers[0])
                let part = percent * whole / 100
                let rises = ["rises", "increased", "more"].contains { prompt.contains($0) }
                let falls = ["falls", "reduced", "less"].contains { prompt.contains($0) }
                expected = rises ? whole + part : falls ? whole - part : part
                #expect(percent * whole % 100 == 0)
            }
            #expect(exercise.answer == "\(expected)", "\(exercise.prompt)")
        }
    }

    @Test func divisibility() {
        for exercise in Sample.exercises("divisibility", 1000) {
            let (prompt, numbers) = (exercise.prompt.lowercased(), Sample.numbers(exercise.prompt))
            let expected: String
            if prompt.contains("prime") {
                expected = (2..<max(numbers[0], 2)).contains { numbers[0] % $0 == 0 } ? "no" : "yes"
            } else if numbers.count == 1 {
                let isEven = numbers[0] % 2 == 0
                let isChoice = prompt.contains("even") && prompt.contains("odd")
                expected = isChoice ? (isEven ? "even" : "odd") : prompt.contains("even") == isEven ? "yes" : "no"
            } else {
                let divides = prompt.contains("does ") && prompt.contains(" divide ")
                expected = (divides ? numbers[1] % numbers[0] : numbers[0] % numbers[1]) == 0 ? "yes" : "no"
            }
            #expect(exercise.answer == expected, "\(exercise.prompt)")
        }
    }

    /// Decimal numbers of a question in hundredths.
    static func hundredths(_ text: String) -> [Int] {
        text.matches(of: #/(\d+)(?:\.(\d+))?/#).map { match in
            let places = (String(match.output.2 ?? "") + "00").prefix(2)
            return 100 * (Int(match.output.1) ?? 0) + (Int(places) ?? 0)
        }
    }

    @Test func decimals() throws {
        for exercise in Sample.exercises("decimals", 1000) {
            let numbers = Self.hundredths(exercise.prompt)
            try #require(numbers.count == 2, "\(exercise.prompt)")
            // Two whole numbers are what other tasks ask for.
            #expect(numbers.contains { $0 % 100 != 0 }, "\(exercise.prompt)")
            let isSum = exercise.prompt.contains("+") || exercise.prompt.contains("plus")
            let expected = isSum ? numbers[0] + numbers[1] : numbers[0] - numbers[1]
            #expect(Self.hundredths(exercise.answer) == [expected], "\(exercise.prompt) → \(exercise.answer)")
            #expect(exercise.answer.last != "0" || !exercise.answer.contains("."))
        }
    }

    @Test func powers() {
        for exercise in Sample.exercises("powers", 1000) {
            let (prompt, numbers) = (exercise.prompt.lowercased(), Sample.numbers(exercise.prompt))
            let answer = Int(exercise.answer) ?? 0
            if prompt.contains("root") || prompt.contains("sqrt") || prompt.contains("which number") {
                #expect(answer * answer == numbers[0], "\(prompt)")
            } else {
                let exponent = numbers.count > 1 ? numbers[1] : prompt.contains("cube") ? 3 : 2
                #expect(answer == (0..<exponent).reduce(1) { product, _ in product * numbers[0] }, "\(prompt)")
            }
        }
    }

    @Test func roundedNumbers() {
        for exercise in Sample.exercises("rounding", 1000) {
            let number = Sample.numbers(exercise.prompt)[0]
            let unit = exercise.prompt.contains("ten") ? 10 : exercise.prompt.contains("hundred") ? 100 : 1000
            #expect(exercise.answer == "\((number + unit / 2) / unit * unit)", "\(exercise.prompt)")
        }
    }

    /// English number words, read.
    static func value(_ words: String) -> Int {
        let names = [
            "zero": 0, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8,
            "nine": 9, "ten": 10,
            "eleven": 11, "twelve": 12, "thirteen": 13, "fourteen": 14, "fifteen": 15, "sixteen": 16, "seventeen": 17,
            "eighteen": 18, "nineteen": 19, "twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60,
            "seventy": 70,
            "eighty": 80, "ninety": 90,
        ]
        var (total, part) = (0, 0)
        for word in words.lowercased().split(whereSeparator: { $0 == " " || $0 == "-" || $0 == "?" || $0 == "." }) {
            switch word {
            case "hundred": part *= 100
            case "thousand": (total, part) = (total + 1000 * part, 0)
            default: part += names[String(word)] ?? 0
            }
        }
        return total + part
    }

    @Test func numberWords() {
        for exercise in Sample.exercises("number-words", 1000) {
            let numbers = Sample.numbers(exercise.prompt)
            if let number = numbers.first {
                #expect(Self.value(exercise.answer) == number, "\(exercise.prompt)")
            } else {
                #expect(
                    exercise.answer == "\(Self.value(exercise.prompt.replacing("as a number", with: "")))",
                    "\(exercise.prompt)")
            }
        }
    }
}

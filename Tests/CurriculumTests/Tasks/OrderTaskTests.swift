import Testing

@testable import Curriculum

@Suite struct OrderTaskTests {
    @Test func comparisons() {
        for exercise in Sample.exercises("comparison", 1500) {
            let (prompt, numbers) = (exercise.prompt.lowercased(), Sample.numbers(exercise.prompt))
            let (a, b) = (numbers[0], numbers[1])
            let expected: String
            if prompt.contains("<") {
                expected = a < b ? "<" : a > b ? ">" : "="
            } else if prompt.hasPrefix("is ") {
                let less = ["less", "smaller"].contains { prompt.contains($0) }
                let equal = ["equal", "same"].contains { prompt.contains($0) }
                expected = (equal ? a == b : less ? a < b : a > b) ? "yes" : "no"
            } else {
                expected = "\(["less", "smaller"].contains { prompt.contains($0) } ? min(a, b) : max(a, b))"
            }
            #expect(exercise.answer == expected, "\(exercise.prompt)")
        }
    }

    @Test func sortedLists() {
        for exercise in Sample.exercises("sorting", 1500) {
            let prompt = exercise.prompt
            let numbers = Sample.numbers(prompt)
            if numbers.isEmpty {
                let answer = exercise.answer.split(separator: ",").map { $0.filter(\.isLetter) }
                #expect(answer == answer.sorted() && answer.count > 2)
                #expect(answer.allSatisfy { prompt.lowercased().contains($0) }, "\(prompt)")
            } else {
                let falls = ["descending", "to smallest", "to low", "decreasing"].contains { prompt.contains($0) }
                let sorted = numbers.sorted { falls ? $0 > $1 : $0 < $1 }
                #expect(Sample.numbers(exercise.answer) == sorted, "\(prompt)")
            }
        }
    }

    @Test func extremes() {
        for exercise in Sample.exercises("largest-smallest", 1000) {
            let numbers = Sample.numbers(exercise.prompt)
            let isLow = ["smallest", "lowest", "minimum"].contains { exercise.prompt.lowercased().contains($0) }
            #expect(exercise.answer == (isLow ? numbers.min() : numbers.max()).map { "\($0)" }, "\(exercise.prompt)")
        }
    }

    @Test func counts() throws {
        for exercise in Sample.exercises("counting", 1500) {
            let prompt = exercise.prompt
            let words = prompt.lowercased().split { !($0.isLetter || $0.isNumber) }.map(String.init)
            let expected: Int
            if let kind = prompt.firstMatch(of: #/even|odd|(greater|less) than (\d+)/#) {
                let text = prompt.replacing(#/(greater|less) than \d+/#, with: "")
                let bound = kind.output.2.flatMap { Int($0) } ?? 0
                expected = Sample.numbers(text).count { number in
                    switch kind.output.0.prefix(1) {
                    case "e": number % 2 == 0
                    case "o": number % 2 == 1
                    case "g": number > bound
                    default: number < bound
                    }
                }
            } else if let content = exercise.content, let wanted = content.split(separator: ":").first,
                content.contains(": ")
            {
                // The word that is asked for stands once more in the question.
                expected = words.count { $0 == wanted } - 1
            } else {
                expected = words.count { WordList.things.contains($0) }
            }
            #expect(exercise.answer == "\(expected)", "\(prompt)")
        }
    }

    @Test func sequences() {
        for exercise in Sample.exercises("sequences", 1500) {
            let terms = Sample.numbers(exercise.prompt)
            guard terms.count > 2 else {
                let letters = exercise.prompt.split { !$0.isLetter }.filter { $0.count == 1 && $0 != "A" }.compactMap(
                    \.first?.asciiValue
                ).map(Int.init)
                #expect(
                    exercise.answer.first?.asciiValue.map(Int.init) == letters[1] - letters[0]
                        + letters[letters.count - 1], "\(exercise.prompt)")
                continue
            }
            let steps = zip(terms, terms.dropFirst()).map { $1 - $0 }
            let (last, lastStep) = (terms[terms.count - 1], steps[steps.count - 1])
            var candidates: [Int] = []
            if Set(steps).count == 1 { candidates.append(last + lastStep) }
            if zip(terms, terms.dropFirst()).allSatisfy({
                $0 > 0 && $1 % $0 == 0 && $1 / $0 == terms[1] / max(terms[0], 1)
            }) {
                candidates.append(last * (terms[1] / max(terms[0], 1)))
            }
            if Set(zip(steps, steps.dropFirst()).map { $1 - $0 }).count == 1 {
                candidates.append(last + lastStep + lastStep - steps[steps.count - 2])
            }
            if terms.count == 5, (2..<5).allSatisfy({ terms[$0] == terms[$0 - 1] + terms[$0 - 2] }) {
                candidates.append(terms[3] + terms[4])
            }
            #expect(candidates.contains { "\($0)" == exercise.answer }, "\(exercise.prompt) → \(exercise.answer)")
        }
    }
}

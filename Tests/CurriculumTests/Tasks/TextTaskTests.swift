import Testing

@testable import Curriculum

@Suite struct TextTaskTests {
    @Test func spellings() {
        for exercise in Sample.exercises("spelling", 500) {
            #expect(exercise.prompt.contains(exercise.answer.replacing(" ", with: "")), "\(exercise.prompt)")
        }
        for exercise in Sample.exercises("reversal", 500) {
            #expect(exercise.prompt.contains(String(exercise.answer.reversed())), "\(exercise.prompt)")
        }
    }

    @Test func letterCounts() throws {
        for exercise in Sample.exercises("letter-count", 1000) {
            let content = try #require(exercise.content).split(separator: " ")
            let (what, word) = (content[0], content[1])
            #expect(exercise.prompt.contains(word))
            let expected =
                what == "length"
                ? word.count : word.count { what == "vowels" ? "aeiou".contains($0) : what == String($0) }
            #expect(exercise.answer == "\(expected)", "\(exercise.prompt)")
        }
    }

    @Test func letterPlaces() throws {
        let ordinals = ["first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth"]
        for exercise in Sample.exercises("letter-place", 1000) {
            let content = try #require(exercise.content).split(separator: " ")
            let letters = Array(content[1])
            let place = ordinals.firstIndex(of: String(content[0])) ?? letters.count - 1
            #expect(exercise.answer == String(letters[place]), "\(exercise.prompt)")
            #expect(exercise.prompt.contains(content[1]))
        }
    }

    /// What each kind of word problem asks for, from its numbers.
    static let problems: [String: @Sendable ([Int]) -> Int] = [
        "more": { $0[0] + $0[1] }, "together": { $0[0] + $0[1] }, "fewer": { $0[0] - $0[1] },
        "compare": { $0[0] - $0[1] },
        "missing": { $0[0] - $0[1] }, "groups": { $0[0] * $0[1] }, "share": { $0[0] / $0[1] },
        "packs": { $0[0] / $0[1] },
        "times-as-many": { $0[0] * $0[1] }, "distance": { $0[0] * $0[1] }, "more-and-fewer": { $0[0] - $0[1] + $0[2] },
        "more-than-together": { 2 * $0[0] + $0[1] }, "groups-and-loose": { $0[0] * $0[1] + $0[2] },
        "change": { 100 - $0[0] * $0[1] }, "share-of-sum": { ($0[0] + $0[1]) / $0[2] },
        "legs": { 4 * $0[0] + 2 * $0[1] },
        "two-prices": { $0[0] * $0[1] + $0[2] * $0[3] }, "perimeter": { 2 * ($0[0] + $0[1]) },
        "area": { $0[0] * $0[1] },
        "average": { ($0[0] + $0[1]) / 2 }, "age-later": { $0[0] + $0[1] + $0[2] }, "half-left": { $0[0] / 2 - $0[1] },
        "three": { $0[0] + $0[1] + $0[2] },
    ]

    @Test func wordProblems() throws {
        #expect(Set(WordProblem.all.map(\.name)) == Set(Self.problems.keys))
        for exercise in Sample.exercises("word-problems", 3000) {
            let content = try #require(exercise.content)
            let numbers = Sample.numbers(content)
            let solve = try #require(Self.problems[String(content.prefix { $0 != " " })])
            #expect(exercise.answer == "\(solve(numbers))", "\(exercise.prompt)")
            #expect(solve(numbers) >= 0)
            let shown = Sample.numbers(exercise.prompt)
            // "twice" stands for a number, and 100 is what one pays with.
            #expect(
                numbers.allSatisfy { shown.contains($0) || content.hasPrefix("times") && $0 < 6 }, "\(exercise.prompt)")
        }
    }

    @Test func readingAnswersStandInTheStory() {
        for exercise in Sample.exercises("reading", 500) { #expect(exercise.prompt.contains(exercise.answer)) }
    }

    @Test func factsHaveOneAnswer() {
        var answers: [String: Set<String>] = [:]
        for fact in FactTable.all {
            for question in fact.questions { answers[question, default: []].insert(fact.answer) }
        }
        let ambiguous = answers.filter { $0.value.count > 1 }
        #expect(ambiguous.isEmpty, "\(ambiguous)")
        #expect(FactTable.all.allSatisfy { $0.statement.contains($0.answer) })
    }

    @Test func commandsAreThoseOfTheManual() {
        for exercise in Sample.exercises("commands", 300) {
            let isKnown = Sample.manual.entries.contains { exercise.answer.hasPrefix($0.command) }
            #expect(isKnown && exercise.thought.contains(": "), "\(exercise.answer)")
        }
        #expect(CommandTask(CommandManual([])) == nil && CommandOptionTask(CommandManual([])) == nil)
        let wishes = CommandIntent.all.flatMap(\.wishes)
        #expect(Set(wishes).count == wishes.count)
    }

    /// Nobody is thanked for a goodbye: a phrase, however it is spelled, has one reply.
    @Test func greetingsHaveOneReply() {
        var replies: [String: Set<String>] = [:]
        let exercises = Sample.exercises("greetings", 5000)
        for exercise in exercises {
            let phrase = exercise.prompt.lowercased().replacing(/[.!?]+$/, with: "")
            replies[phrase, default: []].insert(exercise.answer)
        }
        #expect(replies.values.allSatisfy { $0.count == 1 })
        #expect(Set(exercises.map(\.answer)).count == 6)
        for word in ["hello", "hi", "thanks", "bye", "help", "ok"] { #expect(replies[word] != nil, "\(word)") }
        #expect(exercises.contains { $0.prompt == "hello" } && exercises.contains { !$0.history.isEmpty })
    }

    @Test func followUpsGoOnFromTheAnswerBefore() throws {
        for exercise in Sample.exercises("follow-ups", 500) {
            let before = try #require(Int(exercise.history[0].reply))
            let (prompt, number) = (exercise.prompt.lowercased(), try #require(Sample.numbers(exercise.prompt).first))
            let isProduct = prompt.contains("tim") || prompt.contains("multiply")
            let isLess = ["subtract", "minus", "take", "less"].contains { prompt.contains($0) }
            let expected = isProduct ? before * number : isLess ? before - number : before + number
            #expect(exercise.answer == "\(expected)", "\(exercise.prompt)")
        }
    }
}

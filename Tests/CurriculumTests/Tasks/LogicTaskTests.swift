import Generation
import Testing

@testable import Curriculum

/// Puzzles solved again from their words alone, by trying everything.
@Suite struct LogicTaskTests {
    /// Reads a formula and gives its value: another reader than what wrote it.
    struct FormulaReader {
        var words: [String]
        let values: [String: Bool]

        init(_ text: String, _ values: [String: Bool]) {
            words = text.replacing("(", with: " ( ").replacing(")", with: " ) ").split(separator: " ").map(String.init)
            self.values = values
        }

        /// Everything up to the end or a closing bracket.
        mutating func value() -> Bool? {
            if words.first == "if" {
                words.removeFirst()
                guard let from = part(), words.first == "then" else { return nil }
                words.removeFirst()
                return part().map { !from || $0 }
            }
            guard let left = part() else { return nil }
            guard let joint = words.first, ["and", "or"].contains(joint) else { return left }
            words.removeFirst()
            return part().map { joint == "and" ? left && $0 : left || $0 }
        }

        mutating func part() -> Bool? {
            guard !words.isEmpty else { return nil }
            let word = words.removeFirst()
            switch word {
            case "not": return part().map { !$0 }
            case "(":
                let inner = value()
                guard words.first == ")" else { return nil }
                words.removeFirst()
                return inner
            default: return values[word]
            }
        }
    }

    @Test func propositions() throws {
        for exercise in Sample.exercises("propositions", 1500) {
            let prompt = exercise.prompt
            let given = prompt.matches(of: #/\b([A-Za-z]) (?:is|=) (true|false)/#).map {
                (String($0.output.1), $0.output.2 == "true")
            }
            let values = Dictionary(given, uniquingKeysWith: { first, _ in first })
            let formula = try #require(
                prompt.firstMatch(of: #/“(.*)”/#)?.output.1
                    ?? prompt.firstMatch(
                        of:
                            #/(?:value of|Evaluate:|that|What is(?! the)|\. Is(?! it)) (.*?)(?: true|, true or false)?\??$/#
                    )?.output.1,
                "\(prompt)")
            var reader = FormulaReader(String(formula), values)
            let read = reader.value()
            let value = try #require(read, "\(prompt)")
            #expect(reader.words.isEmpty, "\(prompt)")
            #expect(["yes", "true"].contains(exercise.answer) == value, "\(prompt) → \(exercise.answer)")
        }
    }

    @Test func truthTables() throws {
        for exercise in Sample.exercises("truth-tables", 500) {
            let prompt = exercise.prompt
            let formula = try #require(
                prompt.firstMatch(of: #/“(.*)”/#)?.output.1
                    ?? prompt.firstMatch(of: #/(?:Does|table of) (.*?)(?: hold|\. Is)/#)?.output.1)
            let names = Set(formula.matches(of: #/\b[pqABxy]\b/#).map { String($0.output) })
            let pair = Array(names.isEmpty ? ["p"] : names) + ["unused"]
            let values = [(true, true), (true, false), (false, true), (false, false)].compactMap { first, second in
                var reader = FormulaReader(String(formula), [pair[0]: first, pair[1]: second])
                return reader.value()
            }
            try #require(values.count == 4, "\(prompt)")
            let expected = values.allSatisfy(\.self) ? "always" : values.contains(true) ? "sometimes" : "never"
            #expect(exercise.answer == expected, "\(prompt)")
        }
    }

    /// Everything that follows, rules read forward and, turned round, backward.
    @Test func inferences() throws {
        let all = Statement.all.flatMap { [($0.positive, $0, true), ($0.negative, $0, false)] }
        func statement(_ text: some StringProtocol) -> (text: String, isTrue: Bool)? {
            all.first { $0.0.lowercased() == text.lowercased() }.map { ($0.1.positive, $0.2) }
        }
        for exercise in Sample.exercises("inference", 1000) {
            let sentences = exercise.prompt.split { ".?".contains($0) }.map { $0.drop { $0 == " " } }
            var (rules, facts) = ([(String, Bool, String, Bool)](), [String: Bool]())
            for sentence in sentences {
                let parts =
                    sentence.firstMatch(of: #/^If (.*), then (.*)$/#).map { ($0.output.1, $0.output.2) }
                    ?? sentence.firstMatch(of: #/^Whenever (.*), (.*)$/#).map { ($0.output.1, $0.output.2) }
                    ?? sentence.firstMatch(of: #/^(.*) if (.*)$/#).map { ($0.output.2, $0.output.1) }
                if let parts, let from = statement(parts.0), let to = statement(parts.1) {
                    rules.append((from.text, from.isTrue, to.text, to.isTrue))
                } else if let fact = statement(sentence) {
                    facts[fact.text] = fact.isTrue
                }
            }
            try #require(facts.count == 1 && !rules.isEmpty, "\(exercise.prompt)")
            for _ in 0..<10 {
                for (from, isFrom, to, isTo) in rules {
                    if facts[from] == isFrom { facts[to] = isTo }
                    if facts[to] == !isTo { facts[from] = !isFrom }
                }
            }
            let asked = try #require(Statement.all.first { exercise.prompt.contains($0.question) })
            let expected = facts[asked.positive].map { $0 ? "yes" : "no" } ?? "unknown"
            #expect(exercise.answer == expected, "\(exercise.prompt)")
        }
    }

    static func permutations<Element>(_ elements: [Element]) -> [[Element]] {
        guard elements.count > 1 else { return [elements] }
        return elements.indices.flatMap { index in
            var rest = elements
            let first = rest.remove(at: index)
            return permutations(rest).map { [first] + $0 }
        }
    }

    @Test func orderings() throws {
        let more = ["taller", "older", "faster", "stronger", "richer", "louder"]
        let most = ["tallest", "oldest", "fastest", "strongest", "richest", "loudest"]
        for exercise in Sample.exercises("orderings", 500) {
            let clues = exercise.prompt.matches(of: #/([A-Z]\w+) is (\w+) than ([A-Z]\w+)\./#)
            let pairs = clues.map { clue in
                more.contains(String(clue.output.2)) ? (clue.output.1, clue.output.3) : (clue.output.3, clue.output.1)
            }
            let people = Array(Set(pairs.flatMap { [$0.0, $0.1] })).sorted()
            let fitting = Self.permutations(people).filter { row in
                pairs.allSatisfy { pair in (row.firstIndex(of: pair.0) ?? 0) < (row.firstIndex(of: pair.1) ?? 0) }
            }
            try #require(fitting.count == 1, "\(exercise.prompt)")
            let row = fitting[0].map { String($0) }
            if let asked = exercise.prompt.firstMatch(of: #/Who is the (second )?(\w+)\?/#) {
                let place = asked.output.1 == nil ? 0 : 1
                let isMost = most.contains(String(asked.output.2))
                #expect(exercise.answer == (isMost ? row[place] : row[row.count - 1 - place]), "\(exercise.prompt)")
            } else {
                let asked = try #require(exercise.prompt.firstMatch(of: #/Is (\w+) \w+ than (\w+)\?/#))
                let isSo =
                    (row.firstIndex(of: String(asked.output.1)) ?? 0)
                    < (row.firstIndex(of: String(asked.output.2)) ?? 0)
                #expect(exercise.answer == (isSo ? "yes" : "no"), "\(exercise.prompt)")
            }
        }
    }

    @Test func whoIsWho() throws {
        for exercise in Sample.exercises("who-is-who", 500) {
            let head = try #require(exercise.prompt.firstMatch(of: #/^(.*) and (\w+) each \w+ one of: ([^.]*)\./#))
            let people = head.output.1.split(separator: ", ").map(String.init) + [String(head.output.2)]
            let items = head.output.3.split(separator: ", ").map(String.init)
            let clues = exercise.prompt.split(separator: ".").dropFirst().filter { !$0.contains("?") }
            let solutions = Self.permutations(items).filter { row in
                clues.allSatisfy { clue in
                    guard let person = people.firstIndex(where: { clue.contains("\($0) ") }),
                        let item = items.first(where: { clue.hasSuffix($0) })
                    else { return false }
                    return (row[person] == item) != clue.contains(" not ")
                }
            }
            try #require(solutions.count == 1, "\(exercise.prompt)")
            let question = try #require(exercise.prompt.split(separator: ".").last)
            let pairs = zip(people, solutions[0])
            let answer =
                pairs.first { question.contains(" \($0.1)?") }?.0 ?? pairs.first { question.contains(" \($0.0) ") }?.1
            #expect(exercise.answer == answer, "\(exercise.prompt)")
        }
    }

    @Test func puzzlesHaveNoNeedlessClues() {
        var random = RandomSource(seed: 5)
        for count in [3, 4] {
            for _ in 0..<100 {
                let puzzle = Elimination.puzzle(count, &random)
                #expect(puzzle.deductions.count == count)
                #expect(puzzle.deductions.allSatisfy { puzzle.solution[$0.person] == $0.item })
                for clue in puzzle.clues {
                    #expect(Elimination.deductions(puzzle.clues.filter { $0 != clue }, count) == nil)
                }
            }
        }
    }
}

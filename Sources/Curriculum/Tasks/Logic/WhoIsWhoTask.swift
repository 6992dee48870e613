import Generation

/// Who has what: clues that leave one possibility, and the way there by crossing out.
struct WhoIsWhoTask: ExerciseTask {
    let name = "who-is-who"

    private static let themes: [(verb: String, negated: String, ask: String, what: String, items: [String])] = [
        (
            "has the", "does not have the", "Who has the", "What does NAME have?",
            ["cat", "dog", "bird", "fish", "horse", "rabbit"]
        ),
        (
            "drinks", "does not drink", "Who drinks", "What does NAME drink?",
            ["tea", "milk", "juice", "water", "coffee", "cocoa"]
        ),
        (
            "wears the", "does not wear the", "Who wears the", "Which color does NAME wear?",
            ["red hat", "blue hat", "green hat", "white hat", "black hat"]
        ),
        (
            "plays the", "does not play the", "Who plays the", "What does NAME play?",
            ["piano", "violin", "flute", "drum", "guitar", "harp"]
        ),
        (
            "lives in the", "does not live in the", "Who lives in the", "Where does NAME live?",
            ["tower", "cabin", "castle", "tent", "cave", "farm"]
        ),
    ]

    func exercise(_ random: inout RandomSource) -> Exercise {
        let count = random.chance(0.7) ? 3 : 4
        let people = random.sample(count, of: WordList.names)
        let theme = random.pick(Self.themes)
        let items = random.sample(count, of: theme.items)
        let puzzle = Elimination.puzzle(count, &random)
        let clues = puzzle.clues.map { clue in
            clue.isSo
                ? "\(people[clue.person]) \(theme.verb) \(items[clue.item])."
                : "\(people[clue.person]) \(theme.negated) \(items[clue.item])."
        }
        let lines = [Self.known(puzzle.clues, people, items)] + puzzle.deductions.map { Self.line($0, people, items) }
        let asked = random.below(count)
        let item = items[puzzle.solution[asked]]
        let asksPerson = random.chance(0.6)
        let answer = asksPerson ? people[asked] : item
        let question = asksPerson ? "\(theme.ask) \(item)?" : Self.asked(theme.what, people[asked])
        let verb = theme.verb.split(separator: " ").first.map(String.init) ?? ""
        let listed = "\(Self.joined(people)) each \(Self.plural(verb)) one of: \(items.joined(separator: ", "))."
        return Exercise(
            prompt: ([listed] + clues + [question]).joined(separator: " "),
            thought: (lines + [answer]).joined(separator: "\n"), answer: answer,
            content: puzzle.skeleton + " \(asked) \(asksPerson)" + (count == 3 ? people.joined() + items.joined() : ""))
    }

    /// What the clues say of each: "Anna -cat -dog, Ben, Clara =bird".
    private static func known(_ clues: [Elimination.Clue], _ people: [String], _ items: [String]) -> String {
        people.indices.map { person in
            clues.filter { $0.person == person }.reduce(people[person]) { text, clue in
                text + " " + (clue.isSo ? "=" : "-") + items[clue.item]
            }
        }.joined(separator: ", ")
    }

    /// "Anna: not cat, not dog -> Anna bird Anna", to be found by either.
    private static func line(_ deduction: Elimination.Deduction, _ people: [String], _ items: [String]) -> String {
        let person = people[deduction.person]
        let found = "\(person) \(items[deduction.item]) \(person)"
        guard !deduction.excluded.isEmpty else { return found }
        let excluded = deduction.excluded.map { "not \(items[$0])" }.joined(separator: ", ")
        return "\(person): \(excluded) -> \(found)"
    }

    private static func asked(_ form: String, _ name: String) -> String {
        form.split(separator: " ").map { $0 == "NAME" ? name : String($0) }.joined(separator: " ")
    }

    private static func joined(_ names: [String]) -> String {
        names.dropLast().joined(separator: ", ") + " and " + (names.last ?? "")
    }

    private static func plural(_ verb: String) -> String {
        verb == "has" ? "have" : verb.hasSuffix("s") ? String(verb.dropLast()) : verb
    }
}

/// A puzzle that is solved by asking again and again who has only one thing left.
struct Elimination {
    struct Clue: Equatable {
        let person: Int
        let item: Int
        let isSo: Bool
    }

    /// Someone whose thing is settled, and what else was crossed out for them; nothing where a clue says it.
    struct Deduction {
        let person: Int
        let item: Int
        let excluded: [Int]
    }

    /// The thing of each person.
    let solution: [Int]
    let clues: [Clue]
    let deductions: [Deduction]

    /// The clues without names.
    var skeleton: String { clues.map { "\($0.person)\($0.isSo ? "=" : "≠")\($0.item)" }.joined(separator: " ") }

    /// Drawn clues that settle everything, none of which is needless.
    static func puzzle(_ count: Int, _ random: inout RandomSource) -> Elimination {
        let solution = random.shuffled(Array(0..<count))
        var clues: [Clue] = []
        let all = random.shuffled((0..<count * count).map { ($0 / count, $0 % count) })
        for (person, item) in all {
            let isSo = solution[person] == item
            // What is so says much: mostly left out.
            if isSo, random.chance(0.75) { continue }
            clues.append(Clue(person: person, item: item, isSo: isSo))
            if deductions(clues, count) != nil { break }
        }
        for clue in clues {
            let fewer = clues.filter { $0 != clue }
            if deductions(fewer, count) != nil { clues = fewer }
        }
        // With every "not" given, everything is settled.
        return Elimination(solution: solution, clues: clues, deductions: deductions(clues, count) ?? [])
    }

    /// How everybody's thing is found in turn; `nil` where someone's stays open.
    static func deductions(_ clues: [Clue], _ count: Int) -> [Deduction]? {
        var deductions: [Deduction] = []
        var open = Set(0..<count)
        var free = Set(0..<count)
        while !open.isEmpty {
            guard let next = open.sorted().lazy.compactMap({ settled($0, clues, free, count) }).first else {
                return nil
            }
            deductions.append(next)
            open.remove(next.person)
            free.remove(next.item)
        }
        return deductions
    }

    private static func settled(_ person: Int, _ clues: [Clue], _ free: Set<Int>, _ count: Int) -> Deduction? {
        if let clue = clues.first(where: { $0.person == person && $0.isSo }) {
            return Deduction(person: person, item: clue.item, excluded: [])
        }
        let denied = clues.filter { $0.person == person && !$0.isSo }.map(\.item)
        let left = free.subtracting(denied)
        guard left.count == 1, let item = left.first else { return nil }
        return Deduction(person: person, item: item, excluded: (0..<count).filter { $0 != item })
    }
}

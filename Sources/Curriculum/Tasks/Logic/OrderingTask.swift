import Generation

/// People in a row by what some sentences say of neighbours: who is first, last, or in a place.
struct OrderingTask: ExerciseTask {
    let name = "orderings"

    /// How the relation is said in both directions, and what its ends are called.
    private static let relations: [(more: String, less: String, most: String, least: String)] = [
        ("taller than", "shorter than", "tallest", "shortest"), ("older than", "younger than", "oldest", "youngest"),
        ("faster than", "slower than", "fastest", "slowest"), ("stronger than", "weaker than", "strongest", "weakest"),
        ("richer than", "poorer than", "richest", "poorest"), ("louder than", "quieter than", "loudest", "quietest"),
    ]

    func exercise(_ random: inout RandomSource) -> Exercise {
        let people = random.sample(random.number(3...5), of: WordList.names)
        let relation = random.pick(Self.relations)
        let pairs = zip(people, people.dropFirst()).map { ($0, $1) }
        let clues = random.shuffled(pairs).map { upper, lower in
            random.chance(0.5) ? "\(upper) is \(relation.more) \(lower)." : "\(lower) is \(relation.less) \(upper)."
        }
        let (question, answer) = Self.question(people, relation, &random)
        let turned = clues.map { Self.turned($0, pairs, relation) }
        let known = people.firstIndex { turned[0].hasPrefix($0 + " >") } ?? 0
        // As said, to be read from both ends; up from the one who is named first; then joined end to end.
        let lines = [
            turned.joined(separator: ", "), people[...known].reversed().joined(separator: " < "),
            people.joined(separator: " > "), answer,
        ]
        return Exercise(
            prompt: (clues + [question]).joined(separator: " "), thought: lines.joined(separator: "\n"), answer: answer,
            content: people.joined(separator: " ") + relation.more + question)
    }

    private static func turned(
        _ clue: String, _ pairs: [(String, String)],
        _ relation: (more: String, less: String, most: String, least: String)
    ) -> String {
        let pair = pairs.first {
            clue == "\($0) is \(relation.more) \($1)." || clue == "\($1) is \(relation.less) \($0)."
        }
        return pair.map { "\($0) > \($1) < \($0)" } ?? ""
    }

    private static func question(
        _ people: [String], _ relation: (more: String, less: String, most: String, least: String),
        _ random: inout RandomSource
    ) -> (String, String) {
        let (first, last) = (people[0], people[people.count - 1])
        switch random.below(5) {
        case 0, 1: return ("Who is the \(relation.most)?", first)
        case 2: return ("Who is the \(relation.least)?", last)
        case 3:
            let most = random.chance(0.5)
            return most
                ? ("Who is the second \(relation.most)?", people[1])
                : ("Who is the second \(relation.least)?", people[people.count - 2])
        default:
            let chosen = random.sample(2, of: Array(people.indices))
            let asked = "Is \(people[chosen[0]]) \(relation.more) \(people[chosen[1]])?"
            return (asked, chosen[0] < chosen[1] ? "yes" : "no")
        }
    }
}

import Generation

/// What follows from rules and a fact: forward along "if … then", backward from what is not so, and nothing where nothing follows.
struct InferenceTask: ExerciseTask {
    let name = "inference"

    /// A rule between statements that may be negated.
    private struct Rule {
        let from: (index: Int, isTrue: Bool)
        let to: (index: Int, isTrue: Bool)
    }

    func exercise(_ random: inout RandomSource) -> Exercise {
        let length = random.number(1...3)
        let statements = random.sample(length + 2, of: Statement.all)
        let truths = (0...length).map { _ in random.chance(0.75) }
        var rules = (0..<length).map { Rule(from: ($0, truths[$0]), to: ($0 + 1, truths[$0 + 1])) }
        // A rule that leads elsewhere.
        if random.chance(0.4) {
            rules.append(Rule(from: (random.below(length), true), to: (length + 1, random.chance(0.5))))
        }
        let order = random.shuffled(Array(rules.indices))
        let case_ = random.pick(weighted: [(4, 0), (3, 1), (2, 2)])
        // Forward: the first is so. Backward: the last is not so. Neither: the last is so, and the first is asked for.
        let fact = case_ == 0 ? (0, truths[0]) : case_ == 1 ? (length, !truths[length]) : (length, truths[length])
        let asked = case_ == 0 ? length : 0
        let (chain, answer) = Self.solve(case_, statements, truths, length)
        let sentences =
            order.map { Self.sentence(rules[$0], statements, &random) }
            + [Self.capitalized(statements[fact.0].text(fact.1)) + "."]
        let question = statements[asked].question
        let ending = random.pick(["Answer yes, no or unknown.", "Say yes, no or unknown.", "Yes, no or unknown?"])
        return Exercise(
            prompt: (sentences + [question, ending]).joined(separator: " "), thought: chain + "\n" + answer,
            answer: answer,
            content: sentences.sorted().joined(separator: " ") + question)
    }

    /// What is known, then rule by rule what comes of it: forward from what holds, backward from what does not. A rule whose end is known to
    /// hold says nothing of its beginning.
    ///
    ///     known: the cup is not empty
    ///     if the road is closed, the cup is empty; the cup is not empty so the road is not closed
    ///     if it rains, the road is closed; the road is not closed so it does not rain
    ///     no
    private static func solve(
        _ kind: Int, _ statements: [Statement], _ truths: [Bool], _ length: Int
    ) -> (chain: String, answer: String) {
        func text(_ index: Int, _ isSo: Bool = true) -> String { statements[index].text(truths[index] == isSo) }
        func rule(_ index: Int) -> String { "if \(text(index)), \(text(index + 1))" }
        let (known, steps, answer): (String, [String], String) =
            switch kind {
            case 0:
                (
                    text(0), (0..<length).map { "\(rule($0)); \(text($0)) so \(text($0 + 1))" },
                    truths[length] ? "yes" : "no"
                )
            case 1:
                (
                    text(length, false),
                    (0..<length).reversed().map { "\(rule($0)); \(text($0 + 1, false)) so \(text($0, false))" },
                    truths[0] ? "no" : "yes"
                )
            default: (text(length), ["\(rule(length - 1)); \(text(length)) says nothing"], "unknown")
            }
        return ((["known: " + known] + steps).joined(separator: "\n"), answer)
    }

    private static func sentence(_ rule: Rule, _ statements: [Statement], _ random: inout RandomSource) -> String {
        let from = statements[rule.from.index].text(rule.from.isTrue)
        let to = statements[rule.to.index].text(rule.to.isTrue)
        switch random.below(4) {
        case 0: return "Whenever \(from), \(to)."
        case 1: return "\(capitalized(to)) if \(from)."
        default: return "If \(from), then \(to)."
        }
    }

    private static func capitalized(_ text: String) -> String { text.prefix(1).uppercased() + text.dropFirst() }
}

import Files

/// What may stand in a place of a text: the right-hand side of a grammar's rule.
indirect enum GrammarExpression: Sendable, Equatable {
    /// These bytes.
    case literal([UInt8])
    /// One of these characters, in UTF-8.
    case characters(CharacterRanges)
    /// Whatever the rule with this index says.
    case rule(Int)
    /// One after the other.
    case sequence([GrammarExpression])
    /// The first of these, one after the other: at least `minimum` of them.
    case beginning([GrammarExpression], minimum: Int)
    /// One of these; none makes the expression impossible.
    case choice([GrammarExpression])
    /// The expression `minimum` to `maximum` times; any number of times from `minimum` on where that is `nil`.
    case repetition(GrammarExpression, minimum: Int, maximum: Int?)
    /// Parts in their order, at least one of them, with `separator` between those that are there.
    case members([GrammarMember], separator: GrammarExpression)
    /// Characters of a JSON string without escapes, up to and with its closing quote, that are none of these names.
    case otherName([[UInt8]])

    /// Nothing, which is always there.
    static let empty = GrammarExpression.literal([])
    /// What no text is.
    static let never = GrammarExpression.choice([])

    static func text(_ text: String) -> GrammarExpression { .literal(Array(text.utf8)) }
    static func oneOf(_ characters: String) -> GrammarExpression { .characters(CharacterRanges(characters)) }
    /// The parts one after the other; neighbouring literals become one.
    static func joined(_ parts: [GrammarExpression]) -> GrammarExpression {
        var result: [GrammarExpression] = []
        for part in parts {
            if case .literal(let bytes) = part, case .literal(let before) = result.last {
                result[result.count - 1] = .literal(before + bytes)
            } else {
                result.append(part)
            }
        }
        return result.count == 1 ? result[0] : .sequence(result)
    }

    /// One of the parts.
    static func either(_ parts: [GrammarExpression]) -> GrammarExpression {
        parts.count == 1 ? parts[0] : .choice(parts)
    }

    static func optional(_ expression: GrammarExpression) -> GrammarExpression {
        .repetition(expression, minimum: 0, maximum: 1)
    }
}

/// A part of `GrammarExpression.members`.
struct GrammarMember: Sendable, Equatable {
    var expression: GrammarExpression
    var isRequired = false
    /// Whether it may come any number of times.
    var repeats = false
}

/// Rules that a front end writes, to be compiled to a `TransitionNetwork`.
struct GrammarRules: Sendable {
    struct Rule: Sendable {
        /// What errors call it.
        var name: String
        var expression: GrammarExpression
    }

    /// Where the grammar came from, for error sentences.
    var source: String
    private(set) var rules: [Rule] = []
    /// The rule that a whole text follows.
    var root = 0
    let limits: GrammarLimits

    init(source: String, limits: GrammarLimits) {
        self.source = source
        self.limits = limits
    }

    /// A new rule's index.
    /// - Throws: `InputError` if there are too many.
    mutating func add(_ name: String, _ expression: GrammarExpression = .never) throws -> Int {
        guard rules.count < limits.rules else {
            throw InputError(
                .excessive, source: source, found: "found more than \(limits.rules) rules, the last being “\(name)”",
                expected: "at most that many", advice: "make the grammar or schema smaller")
        }
        rules.append(Rule(name: name, expression: expression))
        return rules.count - 1
    }

    mutating func define(_ rule: Int, _ expression: GrammarExpression) { rules[rule].expression = expression }
}

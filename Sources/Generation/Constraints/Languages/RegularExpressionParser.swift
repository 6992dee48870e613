import Files

extension Grammar {
    /// The texts that a regular expression matches from beginning to end.
    ///
    /// The part of ECMAScript's syntax that describes a regular language: characters and their escapes, `.`, classes,
    /// `\d`, `\w` and `\s` and their opposites, groups, `|`, `*`, `+`, `?`, `{m}`, `{m,}` and `{m,n}`. `^` and `$` may stand
    /// at the ends, where they are meant anyway; a lazy quantifier is as a greedy one. Back references, look-around, word
    /// boundaries and `\p{…}` are refused.
    /// - Parameters:
    ///   - pattern: the regular expression.
    ///   - source: what errors call it.
    /// - Throws: `InputError` that says where it is wrong, or what it exceeds.
    public init(
        regularExpression pattern: String, source: String = "regular expression",
        limits: GrammarLimits = GrammarLimits()
    ) throws {
        var rules = GrammarRules(source: source, limits: limits)
        let scanner = try GrammarScanner(pattern, source: source, limits: limits)
        var parser = RegularExpressionParser(scanner) { .characters($0) }
        rules.root = try rules.add("root", .either(try parser.parse().map(\.expression)))
        try self.init(rules)
    }
}

/// Parses a regular expression by descent; how deep is limited.
struct RegularExpressionParser {
    /// One of the alternatives of the whole.
    struct Alternative {
        var expression: GrammarExpression
        /// Whether it begins with `^`, and ends with `$`.
        var beginsText: Bool
        var endsText: Bool
    }

    private var scanner: GrammarScanner
    /// How a character of a set is written.
    private let written: (CharacterRanges) -> GrammarExpression

    init(_ scanner: GrammarScanner, written: @escaping (CharacterRanges) -> GrammarExpression) {
        self.scanner = scanner
        self.written = written
    }

    mutating func parse() throws -> [Alternative] {
        var alternatives: [Alternative] = []
        repeat {
            let begins = scanner.take("^")
            let expression = try parseSequence(depth: 0)
            alternatives.append(Alternative(expression: expression, beginsText: begins, endsText: scanner.take("$")))
        } while scanner.take("|")
        if scanner.isAtEnd { return alternatives }
        if scanner.next == ")" { throw scanner.error(.invalidValue, "found “)” without “(”", "the end or “|”") }
        throw scanner.error(
            .unsupported, scanner.found, "“^” and “$” at the ends of the whole only", "leave the inner ones out")
    }

    private mutating func parseSequence(depth: Int) throws -> GrammarExpression {
        var parts: [GrammarExpression] = []
        while let character = scanner.next, character != "|", character != ")" {
            if character == "$" || character == "^" {
                guard depth == 0 else {
                    throw scanner.error(
                        .unsupported, "found “\(String(character))” inside of a group",
                        "“^” and “$” at the ends of the whole only", "move them there")
                }
                break
            }
            let part = try parsePart(depth: depth)
            parts.append(try parseQuantifier(of: part))
        }
        return .joined(parts)
    }

    private mutating func parsePart(depth: Int) throws -> GrammarExpression {
        guard let character = scanner.next else { return .empty }
        switch character {
        case "(": return try parseGroup(depth: depth)
        case "[": return written(try CharacterClassParser.parse(&scanner))
        case ".":
            scanner.advance()
            return written(CharacterClassParser.lineBreaks.inverted)
        case "\\": return written(try CharacterClassParser.parseEscape(&scanner, inClass: false))
        case "*", "+", "?":
            throw scanner.error(
                .invalidValue, scanner.found, "something to repeat before it",
                "write “\\\(character)” for the character")
        default:
            scanner.advance()
            return written(CharacterRanges([character.value...character.value]))
        }
    }

    private mutating func parseGroup(depth: Int) throws -> GrammarExpression {
        guard depth < scanner.limits.nesting else {
            throw scanner.error(
                .excessive, "found groups nested deeper than \(scanner.limits.nesting)", "at most that deep",
                "make the expression flatter")
        }
        scanner.advance()
        try parseKind()
        var alternatives = [try parseSequence(depth: depth + 1)]
        while scanner.take("|") { alternatives.append(try parseSequence(depth: depth + 1)) }
        guard scanner.take(")") else { throw scanner.error(.invalidValue, scanner.found, "“)”") }
        return .either(alternatives)
    }

    /// Passes over `?:` or a name.
    private mutating func parseKind() throws {
        guard scanner.next == "?" else { return }
        if scanner.take("?:") { return }
        guard scanner.peek(1) == "<", scanner.peek(2) != "=", scanner.peek(2) != "!" else {
            throw scanner.error(
                .unsupported, "found a look-around or option, “(?\(scanner.peek(1).map { String($0) } ?? "")”",
                "groups like (…), (?:…) and (?<name>…) only", "describe the text without it")
        }
        while let character = scanner.next, character != ">" {
            guard character != ")" else { break }
            scanner.advance()
        }
        guard scanner.take(">") else { throw scanner.error(.invalidValue, scanner.found, "“>” after the group's name") }
    }

    private mutating func parseQuantifier(of part: GrammarExpression) throws -> GrammarExpression {
        var result = part
        if scanner.take("*") {
            result = .repetition(part, minimum: 0, maximum: nil)
        } else if scanner.take("+") {
            result = .repetition(part, minimum: 1, maximum: nil)
        } else if scanner.take("?") {
            result = .optional(part)
        } else if let (minimum, maximum) = try parseBounds() {
            result = .repetition(part, minimum: minimum, maximum: maximum)
        } else {
            return part
        }
        // Whether a quantifier is lazy makes no difference to what matches as a whole.
        _ = scanner.take("?")
        if scanner.next == "*" || scanner.next == "+" {
            throw scanner.error(.invalidValue, scanner.found, "one quantifier", "put the part in a group")
        }
        return result
    }

    /// `{m}`, `{m,}` or `{m,n}`; anything else after a brace is a character, as in ECMAScript.
    private mutating func parseBounds() throws -> (Int, Int?)? {
        let start = scanner.position
        guard scanner.take("{"), let minimum = try scanner.number() else {
            scanner.goBack(to: start)
            return nil
        }
        var maximum: Int? = minimum
        if scanner.take(",") { maximum = try scanner.number() }
        guard scanner.take("}") else {
            scanner.goBack(to: start)
            return nil
        }
        guard maximum ?? minimum >= minimum else {
            throw scanner.error(.invalidValue, "found a maximum below the minimum", "a larger one")
        }
        return (minimum, maximum)
    }
}

import Files

extension Grammar {
    /// A grammar in GBNF, llama.cpp's format, whose rule `root` is the whole text.
    ///
    /// What its guide describes (`grammars/README.md`) but for tokens (`<think>`, `<[1000]>`): names, literals, classes and
    /// ranges of characters, `.`, groups, alternatives, `*`, `+`, `?`, `{m}`, `{m,}`, `{m,n}`, comments, and the escapes
    /// `\n`, `\r`, `\t`, `\\`, `\"`, `\[`, `\]`, `\xXX`, `\uXXXX` and `\UXXXXXXXX`. Rules must read something before they
    /// come back to themselves.
    /// - Parameters:
    ///   - text: the grammar.
    ///   - source: what errors call it.
    /// - Throws: `InputError` that says where it is wrong, or what it exceeds.
    public init(gbnf text: String, source: String = "grammar", limits: GrammarLimits = GrammarLimits()) throws {
        var parser = try GBNFParser(text, source, limits)
        try self.init(parser.parse())
    }
}

/// Parses GBNF by descent; how deep is limited.
struct GBNFParser {
    private var scanner: GrammarScanner
    private var rules: GrammarRules
    /// Rules by name, with where they were first named.
    private var names: [String: (rule: Int, isDefined: Bool, position: Int)] = [:]

    init(_ text: String, _ source: String, _ limits: GrammarLimits) throws {
        scanner = try GrammarScanner(text, source: source, limits: limits)
        rules = GrammarRules(source: source, limits: limits)
    }

    mutating func parse() throws -> GrammarRules {
        skipSpace(newlines: true)
        while !scanner.isAtEnd {
            try parseRule()
            skipSpace(newlines: true)
        }
        if let (name, use) = names.filter({ !$0.value.isDefined }).min(by: { $0.value.position < $1.value.position }) {
            scanner.goBack(to: use.position)
            throw scanner.error(.missing, "found the name “\(name)”", "a rule of that name", "add the rule")
        }
        guard let root = names["root"] else {
            throw scanner.error(.missing, "found no rule “root”", "one that describes the whole text", "add it")
        }
        rules.root = root.rule
        return rules
    }

    // MARK: Rules

    private mutating func parseRule() throws {
        let start = scanner.position
        let name = try parseName()
        let rule = try index(of: name, at: start)
        guard names[name]?.isDefined == false else {
            scanner.goBack(to: start)
            throw scanner.error(.duplicate, "found the rule “\(name)” a second time", "every rule once")
        }
        names[name]?.isDefined = true
        skipSpace(newlines: false)
        guard scanner.take("::=") else {
            throw scanner.error(.invalidValue, scanner.found, "“::=” after a rule's name")
        }
        skipSpace(newlines: true)
        rules.define(rule, try parseAlternatives(depth: 0))
        guard scanner.isAtEnd || scanner.next == "\n" || scanner.next == "\r" else {
            throw scanner.error(.invalidValue, scanner.found, "the end of the line, or more of the rule")
        }
    }

    private mutating func index(of name: String, at position: Int) throws -> Int {
        if let known = names[name] { return known.rule }
        let rule = try rules.add(name)
        names[name] = (rule, false, position)
        return rule
    }

    private mutating func parseName() throws -> String {
        var name = ""
        while let character = scanner.next, Self.isName(character) {
            name.unicodeScalars.append(character)
            scanner.advance()
        }
        guard !name.isEmpty else { throw scanner.error(.invalidValue, scanner.found, "the name of a rule") }
        return name
    }

    private static func isName(_ character: Unicode.Scalar) -> Bool {
        switch character {
        case "a"..."z", "A"..."Z", "0"..."9", "-", "_": true
        default: false
        }
    }

    private mutating func skipSpace(newlines: Bool) {
        while let character = scanner.next {
            switch character {
            case " ", "\t": scanner.advance()
            case "\n", "\r":
                guard newlines else { return }
                scanner.advance()
            case "#": while let next = scanner.next, next != "\n", next != "\r" { scanner.advance() }
            default: return
            }
        }
    }

    // MARK: Expressions

    private mutating func parseAlternatives(depth: Int) throws -> GrammarExpression {
        var alternatives = [try parseSequence(depth: depth)]
        while scanner.take("|") {
            skipSpace(newlines: true)
            alternatives.append(try parseSequence(depth: depth))
        }
        return .either(alternatives)
    }

    private mutating func parseSequence(depth: Int) throws -> GrammarExpression {
        var parts: [GrammarExpression] = []
        while var part = try parsePart(depth: depth) {
            skipSpace(newlines: depth > 0)
            var repetitions = 0
            while let repeated = try parseRepetition(of: part) {
                part = repeated
                repetitions += 1
                guard repetitions <= scanner.limits.nesting else { throw tooDeep("repetitions of repetitions") }
                skipSpace(newlines: depth > 0)
            }
            parts.append(part)
        }
        return .joined(parts)
    }

    /// A literal, class, name or group; `nil` where the sequence ends.
    private mutating func parsePart(depth: Int) throws -> GrammarExpression? {
        guard let character = scanner.next else { return nil }
        switch character {
        case "\"": return try parseLiteral()
        case "[": return .characters(try parseClass())
        case ".":
            scanner.advance()
            return .characters(.all)
        case "(": return try parseGroup(depth: depth)
        case "<", "!":
            throw scanner.error(
                .unsupported, "found a token", "characters, as the tokens of a thought need no rule here",
                "leave the thought out of the grammar, which begins behind it")
        default: return Self.isName(character) ? .rule(try parseReference()) : nil
        }
    }

    private mutating func parseReference() throws -> Int {
        let start = scanner.position
        return try index(of: try parseName(), at: start)
    }

    private mutating func parseGroup(depth: Int) throws -> GrammarExpression {
        guard depth < scanner.limits.nesting else {
            throw tooDeep("groups")
        }
        scanner.advance()
        skipSpace(newlines: true)
        let inner = try parseAlternatives(depth: depth + 1)
        guard scanner.take(")") else { throw scanner.error(.invalidValue, scanner.found, "“)”") }
        return inner
    }

    private func tooDeep(_ what: String) -> InputError {
        scanner.error(
            .excessive, "found \(what) nested deeper than \(scanner.limits.nesting)", "at most that deep",
            "give inner ones rules of their own")
    }

    private mutating func parseRepetition(of part: GrammarExpression) throws -> GrammarExpression? {
        if scanner.take("*") { return .repetition(part, minimum: 0, maximum: nil) }
        if scanner.take("+") { return .repetition(part, minimum: 1, maximum: nil) }
        if scanner.take("?") { return .optional(part) }
        guard scanner.take("{") else { return nil }
        skipSpace(newlines: true)
        guard let minimum = try scanner.number() else { throw scanner.error(.invalidValue, scanner.found, "a number") }
        skipSpace(newlines: true)
        var maximum: Int? = minimum
        if scanner.take(",") {
            skipSpace(newlines: true)
            maximum = try scanner.number()
            skipSpace(newlines: true)
        }
        guard scanner.take("}") else { throw scanner.error(.invalidValue, scanner.found, "“}”") }
        guard maximum ?? minimum >= minimum else {
            throw scanner.error(.invalidValue, "found a maximum below the minimum", "a larger one")
        }
        return .repetition(part, minimum: minimum, maximum: maximum)
    }

    // MARK: Characters

    private mutating func parseLiteral() throws -> GrammarExpression {
        scanner.advance()
        var bytes: [UInt8] = []
        while !scanner.take("\"") {
            guard let scalar = Unicode.Scalar(try parseCharacter("“\"”")) else { throw notACharacter }
            bytes += Array(String(scalar).utf8)
        }
        return .literal(bytes)
    }

    private mutating func parseClass() throws -> CharacterRanges {
        scanner.advance()
        let isInverted = scanner.take("^")
        var ranges: [ClosedRange<UInt32>] = []
        while !scanner.take("]") {
            let first = try parseCharacter("“]”")
            guard scanner.next == "-", scanner.peek(1) != "]" else {
                ranges.append(first...first)
                continue
            }
            scanner.advance()
            let last = try parseCharacter("“]”")
            guard first <= last else {
                throw scanner.error(.invalidValue, "found a range that ends before it begins", "a range")
            }
            ranges.append(first...last)
        }
        guard !ranges.isEmpty || isInverted else {
            throw scanner.error(.invalidValue, "found an empty class", "at least one character")
        }
        let characters = CharacterRanges(ranges)
        return isInverted ? characters.inverted : characters
    }

    private mutating func parseCharacter(_ end: String) throws -> UInt32 {
        guard let character = scanner.next else { throw scanner.error(.truncated, "found the end", end) }
        scanner.advance()
        guard character == "\\" else { return character.value }
        guard let escape = scanner.next else { throw scanner.error(.truncated, "found the end", "an escape sequence") }
        scanner.advance()
        switch escape {
        case "n": return 10
        case "r": return 13
        case "t": return 9
        case "\\", "\"", "[", "]": return escape.value
        case "x": return try scanner.hexadecimal(2)
        case "u": return try checked(scanner.hexadecimal(4))
        case "U": return try checked(scanner.hexadecimal(8))
        default:
            scanner.goBack(to: scanner.position - 2)
            throw scanner.error(
                .invalidValue, "found the escape “\\\(String(escape))”",
                "one of \\n \\r \\t \\\\ \\\" \\[ \\] \\x \\u \\U")
        }
    }

    private func checked(_ value: UInt32) throws -> UInt32 {
        guard Unicode.Scalar(value) != nil else { throw notACharacter }
        return value
    }

    private var notACharacter: InputError {
        scanner.error(.invalidValue, "found a number that is no character", "a Unicode scalar value")
    }
}

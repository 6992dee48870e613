import Files

/// The rules of JSON that schemas are made of, added to a grammar as they are needed.
///
/// White space is bounded, so that a model cannot go on writing it for ever: behind `{`, `[`, `,` and `:` and before `}`
/// and `]` stands nothing, one space, or a line break with up to 40 spaces or tabs.
struct JSONRules {
    var rules: GrammarRules
    private var known: [String: Int] = [:]

    init(_ rules: GrammarRules) { self.rules = rules }

    /// The rule called `name`, written when it is first asked for.
    mutating func rule(_ name: String, _ write: (inout JSONRules) throws -> GrammarExpression) throws
        -> GrammarExpression
    {
        if let rule = known[name] { return .rule(rule) }
        let rule = try rules.add(name)
        // Known before it is written, as values contain values.
        known[name] = rule
        let expression = try write(&self)
        rules.define(rule, expression)
        return .rule(rule)
    }

    // MARK: Space

    mutating func space() throws -> GrammarExpression {
        try rule("space") { _ in
            let indentation = GrammarExpression.repetition(.oneOf(" \t"), minimum: 0, maximum: 40)
            return .choice([.empty, .text(" "), .sequence([.text("\n"), indentation])])
        }
    }

    /// A comma between parts.
    mutating func comma() throws -> GrammarExpression { .sequence([.text(","), try space()]) }

    /// `content` in brackets, or nothing in them where that is allowed.
    mutating func bracketed(
        _ open: String, _ content: GrammarExpression, _ close: String, canBeEmpty: Bool
    ) throws -> GrammarExpression {
        let inner = GrammarExpression.sequence([content, try space()])
        return .sequence([.text(open), try space(), canBeEmpty ? .optional(inner) : inner, .text(close)])
    }

    /// Members in brackets, with commas between them.
    mutating func bracketed(
        _ open: String, _ members: [GrammarMember], _ close: String, canBeEmpty: Bool
    ) throws -> GrammarExpression {
        try bracketed(open, .members(members, separator: comma()), close, canBeEmpty: canBeEmpty)
    }

    // MARK: Values

    /// Any value.
    mutating func value() throws -> GrammarExpression {
        try rule("value") { json in
            .choice([
                try json.object(), try json.array(), try json.string(), try json.number(), .text("true"),
                .text("false"),
                .text("null"),
            ])
        }
    }

    /// Any object.
    mutating func object() throws -> GrammarExpression {
        try rule("object") { json in
            let member = try json.member(try json.string(), try json.value())
            return try json.bracketed("{", [GrammarMember(expression: member, repeats: true)], "}", canBeEmpty: true)
        }
    }

    /// Any array.
    mutating func array() throws -> GrammarExpression {
        try rule("array") { json in
            let element = GrammarMember(expression: try json.value(), repeats: true)
            return try json.bracketed("[", [element], "]", canBeEmpty: true)
        }
    }

    /// A name with its value.
    mutating func member(_ name: GrammarExpression, _ value: GrammarExpression) throws -> GrammarExpression {
        .joined([name, .text(":"), try space(), value])
    }

    /// This value, written one way but for white space.
    mutating func exactly(_ value: JSONValue) throws -> GrammarExpression {
        switch value {
        case .null: return .text("null")
        case .boolean(let value): return .text(value ? "true" : "false")
        case .number(let written): return .text(written)
        case .string(let text): return JSONRules.string(text)
        case .array(let elements):
            let members = try elements.map { GrammarMember(expression: try part($0), isRequired: true) }
            return try bracketed("[", members, "]", canBeEmpty: elements.isEmpty)
        case .object(let object):
            let members = try object.members.map { name, value in
                GrammarMember(
                    expression: try member(JSONRules.string(name), try part(value)), isRequired: true)
            }
            return try bracketed("{", members, "}", canBeEmpty: object.members.isEmpty)
        }
    }

    /// A value inside of another one: an array or object in a rule of its own, so that expressions stay flat.
    private mutating func part(_ value: JSONValue) throws -> GrammarExpression {
        guard value.array != nil || value.object != nil else { return try exactly(value) }
        let rule = try rules.add("a value")
        let expression = try exactly(value)
        rules.define(rule, expression)
        return .rule(rule)
    }

    // MARK: Strings

    /// Any string.
    mutating func string() throws -> GrammarExpression {
        try rule("string") { _ in
            .sequence([
                .text("\""), .repetition(JSONRules.character, minimum: 0, maximum: nil), .text("\""),
            ])
        }
    }

    /// A string of so many characters.
    mutating func string(minimum: Int, maximum: Int?) throws -> GrammarExpression {
        let character = try rule("character") { _ in JSONRules.character }
        return .sequence([.text("\""), .repetition(character, minimum: minimum, maximum: maximum), .text("\"")])
    }

    /// A character of a string as RFC 8259 lets it be written, but for halves of surrogate pairs alone.
    static let character: GrammarExpression = {
        let hexadecimal = CharacterRanges([0x30...0x39, 0x41...0x46, 0x61...0x66])
        func digits(_ count: Int) -> GrammarExpression {
            .repetition(.characters(hexadecimal), minimum: count, maximum: count)
        }
        let surrogate = CharacterRanges("dD")
        let alone = GrammarExpression.choice([
            .sequence([.characters(hexadecimal.subtracting(surrogate)), digits(3)]),
            .sequence([.characters(surrogate), .oneOf("01234567"), digits(2)]),
        ])
        let pair = GrammarExpression.sequence([
            .characters(surrogate), .oneOf("89abAB"), digits(2), .text("\\u"), .characters(surrogate),
            .oneOf("cdefCDEF"), digits(2),
        ])
        return .choice([
            .characters(escapedCharacters.inverted),
            .sequence([.text("\\"), .oneOf("\"\\/bfnrt")]),
            .sequence([.text("\\u"), .choice([alone, pair])]),
        ])
    }()

    /// The characters that must be escaped.
    static let escapedCharacters = CharacterRanges([0x00...0x1F, 0x22...0x22, 0x5C...0x5C])

    /// One of `characters` in a string, each written in one way.
    static func written(_ characters: CharacterRanges) -> GrammarExpression {
        let plain = characters.subtracting(escapedCharacters)
        var ways: [GrammarExpression] = plain.isEmpty ? [] : [literal(plain) ?? .characters(plain)]
        for range in characters.intersection(escapedCharacters).ranges {
            ways += range.compactMap { Unicode.Scalar($0) }.map { .text(escape($0)) }
        }
        return .either(ways)
    }

    private static func literal(_ characters: CharacterRanges) -> GrammarExpression? {
        guard let range = characters.ranges.first, characters.ranges.count == 1, range.count == 1 else { return nil }
        return Unicode.Scalar(range.lowerBound).map { .text(String($0)) }
    }

    private static func escape(_ character: Unicode.Scalar) -> String {
        switch character {
        case "\"": "\\\""
        case "\\": "\\\\"
        case "\u{8}": "\\b"
        case "\u{C}": "\\f"
        case "\n": "\\n"
        case "\r": "\\r"
        case "\t": "\\t"
        default: "\\u00" + (character.value < 16 ? "0" : "") + String(character.value, radix: 16)
        }
    }

    /// The string `text`, with its quotes.
    static func string(_ text: String) -> GrammarExpression { .text("\"" + content(text) + "\"") }

    /// What stands between the quotes of the string `text`.
    static func content(_ text: String) -> String {
        text.unicodeScalars.map { escapedCharacters.contains($0.value) ? escape($0) : String($0) }.joined()
    }

    // MARK: Numbers

    /// Any number that every reader of JSON can hold: at most 15 digits before and behind the point, and an exponent of
    /// two.
    mutating func number() throws -> GrammarExpression {
        try rule("number") { _ in
            let digit = CharacterRanges([0x30...0x39])
            let fraction = GrammarExpression.sequence([
                .text("."), .repetition(.characters(digit), minimum: 1, maximum: 15),
            ])
            let exponent = GrammarExpression.sequence([
                .oneOf("eE"), .optional(.oneOf("+-")), .repetition(.characters(digit), minimum: 1, maximum: 2),
            ])
            let whole = DecimalRanges.wholeNumbers(from: Natural(0), through: nil)
            return .sequence([.optional(.text("-")), whole, .optional(fraction), .optional(exponent)])
        }
    }

    /// Any whole number of at most 15 digits.
    mutating func integer() throws -> GrammarExpression {
        try rule("integer") { _ in DecimalRanges.integers(from: nil, through: nil) }
    }
}

import Files

/// What a text may be: a GBNF grammar, a regular expression or a JSON Schema, compiled to an automaton over bytes.
///
/// Compiling takes time and memory in proportion to the source, and reading a text time in proportion to the text,
/// whatever the grammar: it never goes back. `Constraint` makes a model follow it.
public struct Grammar: Sendable {
    /// What the grammar is called in error sentences.
    public let source: String
    let network: TransitionNetwork

    init(_ rules: GrammarRules) throws {
        source = rules.source
        network = try NetworkBuilder.network(rules)
    }

    /// Whether `text` follows the grammar from beginning to end.
    /// - Throws: `InputError` if the grammar is too ambiguous to tell.
    public func matches(_ text: String) throws -> Bool { try matches(Array(text.utf8)) }

    /// `matches(_:)` for bytes.
    public func matches(_ bytes: [UInt8]) throws -> Bool {
        var states = ParseStates(network, horizon: 0)
        var state = try states.start(.answer)
        for byte in bytes {
            state = try states.next(state, byte)
            if state < 0 { return false }
        }
        return states.isComplete[Int(state)]
    }

    static func check(_ byteCount: Int, _ limits: GrammarLimits, source: String) throws {
        guard byteCount > limits.sourceBytes else { return }
        throw InputError(
            .excessive, source: source, found: "found \(byteCount) bytes",
            expected: "at most \(limits.sourceBytes)", advice: "make the grammar or schema smaller")
    }
}

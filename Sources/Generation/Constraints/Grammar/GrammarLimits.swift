/// How large and how deep a grammar may be. What exceeds a limit is answered by an `InputError`, never by a long wait.
public struct GrammarLimits: Sendable, Equatable {
    /// Bytes of a grammar's or schema's text.
    public var sourceBytes = 1 << 20
    /// Groups inside of one another, in a regular expression or a GBNF grammar.
    public var nesting = 64
    /// Rules, those that a front end adds included.
    public var rules = 1 << 16
    /// States of the automaton.
    public var states = 1 << 18
    /// The largest number in a repetition like `{1,1000}`. It costs nothing by itself: repetitions are counted, not
    /// written out.
    public var repetition = 1 << 30
    /// How many rules may be under way inside of one another in a text. Deeper ones are never begun, so that a text
    /// always ends; a JSON text nests at most as deep.
    public var depth = 120
    /// In how many ways a text may be read at the same time. Only an ambiguous grammar needs more than a few.
    public var readings = 1 << 11
    /// Steps of the automaton for all tokens that may follow in one place of a text.
    public var steps = 1 << 23

    /// Limits that no schema or grammar of a person comes near.
    public init() {}
}

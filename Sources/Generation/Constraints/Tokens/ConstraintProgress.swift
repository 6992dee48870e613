import Files

/// How far a text under a constraint has come. A value: a copy goes its own way, so that guesses can be taken back.
public struct ConstraintProgress: Sendable {
    /// The constraint.
    public let constraint: Constraint
    private var table: ParseTable
    /// The state in `table`; `nil` once an end token came, after which nothing is constrained.
    private var state: Int32?
    /// Whether nothing can follow: the text is complete, and no longer text that begins with it is.
    public private(set) var isFinished = false

    init(_ constraint: Constraint, _ table: ParseTable, _ state: Int32) {
        self.constraint = constraint
        self.table = table
        self.state = state
    }

    /// Whether the text so far is complete, so that it may end here.
    public var isComplete: Bool {
        get throws { try state.map { try table.ends($0).isComplete } ?? true }
    }

    /// Sets the logits of all tokens that may not follow to -∞.
    /// - Throws: `InputError` if no token with a logit above -∞ may follow, or the grammar is too ambiguous to tell.
    public func restrict(_ logits: inout [Float]) throws {
        guard let state, !isFinished else { return }
        let vocabulary = constraint.vocabulary
        let mask = try table.mask(state, vocabulary.trie, size: vocabulary.size)
        mask.apply(to: &logits, allowing: try otherTokens(state))
        guard logits.contains(where: { $0 > -.infinity }) else { throw noToken }
    }

    /// The tokens besides those of text that may follow: ends where the text is complete, marks around thoughts.
    private func otherTokens(_ state: Int32) throws -> [Int32] {
        let vocabulary = constraint.vocabulary
        var tokens = try table.ends(state).isComplete ? Array(vocabulary.endTokens) : []
        guard !vocabulary.marks.isEmpty, table.takesMark(state) else { return tokens }
        for mark in vocabulary.marks where try table.state(after: vocabulary.bytes(of: mark), state) != nil {
            tokens.append(mark)
        }
        return tokens
    }

    /// Whether `token` may follow.
    public func allows(_ token: Int32) throws -> Bool {
        guard let state, !isFinished else { return true }
        let vocabulary = constraint.vocabulary
        let mask = try table.mask(state, vocabulary.trie, size: vocabulary.size)
        return try mask.contains(token) || otherTokens(state).contains(token)
    }

    /// Goes on behind `token`.
    /// - Throws: `InputError` if it may not follow.
    public mutating func append(_ token: Int32) throws {
        guard let state, !isFinished else { return }
        let vocabulary = constraint.vocabulary
        if vocabulary.endTokens.contains(token) {
            guard try table.ends(state).isComplete else { throw wrong(token) }
            self.state = nil
            isFinished = true
            return
        }
        let bytes = vocabulary.bytes(of: token)
        guard !bytes.isEmpty, let next = try table.state(after: bytes, state) else { throw wrong(token) }
        try move(to: next)
    }

    private mutating func move(to next: Int32) throws {
        state = next
        let ends = try table.ends(next)
        isFinished = ends.isComplete && !ends.canGoOn
        guard table.isFull else { return }
        let position = table.position(of: next)
        table = constraint.table(after: table)
        state = table.state(of: position)
    }

    private func wrong(_ token: Int32) -> InputError {
        InputError(
            .invalidValue, source: constraint.grammar.source, field: "token \(token)",
            found: "found it where it may not follow", expected: "a token that the constraint allows",
            advice: "choose tokens from logits that `restrict` has seen")
    }

    private var noToken: InputError {
        InputError(
            .invalidValue, source: constraint.grammar.source, field: "tokens",
            found: "found none that may follow with a logit above -inf", expected: "at least one",
            advice: "check the logit biases, and that the vocabulary has a token for every byte")
    }
}

import Files

/// Writes the rules of a grammar as a transition network, whose size is proportional to that of the grammar.
struct NetworkBuilder {
    private let grammar: GrammarRules
    /// The rules' names.
    private var names: [String]
    private var bounds: [(start: Int32, accept: Int32)] = []
    /// Rules whose expressions are still to be written.
    private var waiting: [(rule: Int, expression: GrammarExpression)] = []
    private var byteEdges: [(row: Int32, element: TransitionNetwork.ByteEdge)] = []
    private var emptyEdges: [(row: Int32, element: Int32)] = []
    private var calls: [(row: Int32, element: TransitionNetwork.Call)] = []
    private var thoughts: Range<Int32> = 0..<0
    /// By state: the rule that it belongs to.
    private var owners: [Int32] = []
    /// The rule that is being written.
    private var owner: Int32 = 0
    private var stateCount: Int32 { Int32(owners.count) }

    /// - Throws: `InputError` if there would be more states than the grammar's limits allow.
    static func network(_ grammar: GrammarRules) throws -> TransitionNetwork {
        var builder = NetworkBuilder(grammar)
        for (index, rule) in grammar.rules.enumerated() { try builder.open(index, rule.expression) }
        let entries = try builder.addEntries()
        while let (rule, expression) = builder.waiting.popLast() {
            builder.owner = Int32(rule)
            try builder.write(expression, from: builder.bounds[rule].start, to: builder.bounds[rule].accept)
        }
        var network = builder.network(entries)
        try network.analyze()
        return network
    }

    private init(_ grammar: GrammarRules) {
        self.grammar = grammar
        self.names = grammar.rules.map(\.name)
    }

    private func network(_ entries: [Int32]) -> TransitionNetwork {
        let count = Int(stateCount)
        var isAccepting = [Bool](repeating: false, count: count)
        for rule in bounds { isAccepting[Int(rule.accept)] = true }
        return TransitionNetwork(
            source: grammar.source, limits: grammar.limits,
            rules: zip(names, bounds).map { .init(name: $0, start: $1.start, accept: $1.accept) }, entries: entries,
            byteEdges: Rows(byteEdges, rows: count), emptyEdges: Rows(emptyEdges, rows: count),
            calls: Rows(calls, rows: count), isThought: (0..<stateCount).map { thoughts.contains($0) },
            isAccepting: isAccepting, owners: owners)
    }

    // MARK: States and edges

    mutating func state() throws -> Int32 {
        guard stateCount < grammar.limits.states else {
            throw InputError(
                .excessive, source: grammar.source,
                found: "found more than \(grammar.limits.states) states of the automaton",
                expected: "at most that many", advice: "make the grammar or schema smaller")
        }
        owners.append(owner)
        return stateCount - 1
    }

    private mutating func open(_ rule: Int, _ expression: GrammarExpression) throws {
        try open(rule)
        waiting.append((rule, expression))
    }

    /// Begins a rule for an expression that is repeated.
    mutating func open(_ expression: GrammarExpression) throws -> Int {
        names.append("a repeated part")
        try open(bounds.count, expression)
        return bounds.count - 1
    }

    private mutating func open(_ rule: Int) throws {
        let outer = owner
        owner = Int32(rule)
        bounds.append((try state(), try state()))
        owner = outer
    }

    mutating func read(_ bytes: ClosedRange<UInt8>, from start: Int32, to end: Int32) {
        byteEdges.append((start, .init(lower: bytes.lowerBound, upper: bytes.upperBound, target: end)))
    }

    mutating func skip(from start: Int32, to end: Int32) { emptyEdges.append((start, end)) }

    mutating func call(_ rule: Int, _ minimum: Int, _ maximum: Int?, from start: Int32, to end: Int32) {
        calls.append(
            (
                start,
                .init(
                    rule: Int32(rule), next: end, minimum: Int32(clamping: minimum),
                    maximum: Int32(clamping: maximum ?? Int(TransitionNetwork.Call.unbounded)))
            ))
    }

    // MARK: Entries

    /// Adds the rules for texts that begin inside of a thought, or may begin with one.
    private mutating func addEntries() throws -> [Int32] {
        let root = Int32(grammar.root)
        names += ["a thought", "a thought or an answer"]
        let (thought, either) = (bounds.count, bounds.count + 1)
        try open(thought)
        try open(either)
        owner = Int32(thought)
        try writeThought(from: bounds[thought].start, to: bounds[thought].accept)
        owner = Int32(either)
        let opened = try state()
        try write(.text(ThinkingSplitter.openingMark), from: bounds[either].start, to: opened)
        call(thought, 1, 1, from: opened, to: bounds[either].accept)
        call(Int(root), 1, 1, from: bounds[either].start, to: bounds[either].accept)
        return [root, Int32(thought), Int32(either)]
    }

    /// Any bytes up to the first closing mark, up to two line breaks, then what the grammar describes.
    private mutating func writeThought(from start: Int32, to end: Int32) throws {
        let mark = Array(ThinkingSplitter.closingMark.utf8)
        let first = stateCount
        let places = try mark.map { _ in try state() }
        thoughts = first..<stateCount
        let closed = try state()
        skip(from: start, to: places[0])
        for (place, state) in places.enumerated() {
            for (bytes, next) in NetworkBuilder.matches(mark, after: place) {
                read(bytes, from: state, to: next == mark.count ? closed : places[next])
            }
        }
        let answer = try state()
        try write(.repetition(.text("\n"), minimum: 0, maximum: 2), from: closed, to: answer)
        call(grammar.root, 1, 1, from: answer, to: end)
    }

    /// How many bytes of `mark` are matched once `place` of them were, and then a byte of a range.
    private static func matches(_ mark: [UInt8], after place: Int) -> [(bytes: ClosedRange<UInt8>, next: Int)] {
        var ranges: [(bytes: ClosedRange<UInt8>, next: Int)] = []
        for byte in UInt8.min...UInt8.max {
            let text = mark[..<place] + [byte]
            let next = (0...text.count).last { mark.starts(with: text.suffix($0)) } ?? 0
            if let last = ranges.last, last.next == next {
                ranges[ranges.count - 1].bytes = last.bytes.lowerBound...byte
            } else {
                ranges.append((byte...byte, next))
            }
        }
        return ranges
    }
}

/// A grammar as an automaton over bytes whose edges may call rules: a recursive transition network.
///
/// Woods, "Transition network grammars for natural language analysis", CACM 13 (1970). Each rule is a piece of the
/// network from its start to its accepting state. An edge reads a byte of a range, reads nothing, or calls a rule a
/// number of times and goes on behind it.
struct TransitionNetwork: Sendable {
    struct ByteEdge: Sendable {
        let lower: UInt8
        let upper: UInt8
        let target: Int32
    }

    struct Call: Sendable {
        let rule: Int32
        let next: Int32
        /// How many times the rule must and may be read before `next`. An empty reading does not count.
        var minimum: Int32
        let maximum: Int32
        /// Whether the rule is read once and its caller's is over behind it: then one may go back right to that one's caller.
        var isTail = false

        static let unbounded = Int32.max
    }

    struct Rule: Sendable {
        let name: String
        let start: Int32
        let accept: Int32
    }

    /// What errors call the grammar.
    let source: String
    let limits: GrammarLimits
    let rules: [Rule]
    /// The rules with which a text begins, by `TextBeginning`.
    let entries: [Int32]
    /// By state: edges that read a byte, edges that read nothing, and calls.
    let byteEdges: Rows<ByteEdge>
    let emptyEdges: Rows<Int32>
    var calls: Rows<Call>
    /// Whether the state lies inside of a thought. As long as a text may be a thought it is one, and nothing else.
    let isThought: [Bool]
    /// By state: whether its rule is over there.
    let isAccepting: [Bool]
    /// By state: its rule.
    let owners: [Int32]
    /// By state: how many more rules must be under way inside of one another until its rule is over.
    var depthNeeded: [Int32] = []
    /// By rule: its place in an order in which a rule stands behind all that may call it before reading a byte.
    var order: [Int32] = []

    var stateCount: Int { isAccepting.count }

    /// Whether a mark around a thought may stand at a state: inside of a thought, or where one may be opened.
    func takesMark(_ state: Int32) -> Bool {
        isThought[Int(state)] || owners[Int(state)] == entries[TextBeginning.thoughtOrAnswer.rawValue]
    }

    /// What `depthNeeded` is where no text ever leads to the end.
    static let impossible = Int32.max / 2
}

/// Lists of elements, one for each state, one behind the other.
struct Rows<Element: Sendable>: Sendable {
    private(set) var elements: [Element]
    private let starts: [Int32]

    /// Sorts `elements` by their rows; within a row they keep their order.
    init(_ elements: [(row: Int32, element: Element)], rows: Int) {
        var counts = [Int32](repeating: 0, count: rows + 1)
        for (row, _) in elements { counts[Int(row) + 1] += 1 }
        for row in 0..<rows { counts[row + 1] += counts[row] }
        starts = counts
        var places = [Int](repeating: 0, count: elements.count)
        for (index, (row, _)) in elements.enumerated() {
            places[Int(counts[Int(row)])] = index
            counts[Int(row)] += 1
        }
        self.elements = places.map { elements[$0].element }
    }

    /// The places in `elements` of a row.
    func range(_ row: Int32) -> Range<Int> { Int(starts[Int(row)])..<Int(starts[Int(row) + 1]) }

    subscript(row: Int32) -> ArraySlice<Element> { elements[range(row)] }

    /// Changes elements one by one, given their place.
    mutating func update(_ change: (Int, inout Element) -> Void) {
        for index in elements.indices { change(index, &elements[index]) }
    }
}

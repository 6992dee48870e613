import Files

extension TransitionNetwork {
    /// Finds what does not depend on a text: which rules can be empty, in what order rules call one another before
    /// anything is read, and how deep rules must nest until the end. Linear in the network's size.
    /// - Throws: `InputError` if a rule begins with itself, or no text follows the grammar.
    mutating func analyze() throws {
        let beginnings = markBeginnings()
        order = try ordered(beginnings)
        markTails()
        depthNeeded = DepthSearch(self).needed
        try checkRoot()
    }

    private func checkRoot() throws {
        let needed = depthNeeded[Int(rules[Int(entries[TextBeginning.answer.rawValue])].start)]
        guard needed < TransitionNetwork.impossible else {
            throw InputError(
                .invalidValue, source: source, found: "found that no text can follow it",
                expected: "a grammar or schema that some text follows",
                advice: "look for parts that contradict each other or never end")
        }
        guard needed <= limits.depth else {
            throw InputError(
                .excessive, source: source, found: "found parts that nest \(needed) deep in every text",
                expected: "at most \(limits.depth)", advice: "make it flatter")
        }
    }

    // MARK: Empty rules

    /// Marks the states that are reached from the start of their rule without reading anything. Where a rule can be
    /// empty, calls of it need not read it.
    private mutating func markBeginnings() -> [Bool] {
        let callers = Rows(calls.elements.enumerated().map { (row: $1.rule, element: $0) }, rows: rules.count)
        var isMarked = [Bool](repeating: false, count: stateCount)
        var isEmpty = [Bool](repeating: false, count: rules.count)
        let sources = callSources
        var waiting = rules.map(\.start)
        while let state = waiting.popLast() {
            guard !isMarked[Int(state)] else { continue }
            isMarked[Int(state)] = true
            waiting += emptyEdges[state]
            for call in calls[state] where call.minimum == 0 || isEmpty[Int(call.rule)] { waiting.append(call.next) }
            let rule = owners[Int(state)]
            guard isAccepting[Int(state)], !isEmpty[Int(rule)] else { continue }
            isEmpty[Int(rule)] = true
            for call in callers[rule] where isMarked[Int(sources[call])] { waiting.append(calls.elements[call].next) }
        }
        calls.update { _, call in if isEmpty[Int(call.rule)] { call.minimum = 0 } }
        return isMarked
    }

    /// The state of each call.
    private var callSources: [Int32] {
        (0..<Int32(stateCount)).flatMap { state in calls.range(state).map { _ in state } }
    }

    // MARK: Order

    /// Numbers the rules such that each comes after all that call it before reading anything.
    private func ordered(_ beginnings: [Bool]) throws -> [Int32] {
        let corners = (0..<Int32(stateCount)).filter { beginnings[Int($0)] }.flatMap { state in
            calls[state].map { (row: owners[Int(state)], element: $0.rule) }
        }
        let called = Rows(corners, rows: rules.count)
        var callerCounts = [Int](repeating: 0, count: rules.count)
        for (_, rule) in corners { callerCounts[Int(rule)] += 1 }
        var ready = (0..<Int32(rules.count)).filter { callerCounts[Int($0)] == 0 }
        var (order, next) = ([Int32](repeating: -1, count: rules.count), Int32(0))
        while let rule = ready.popLast() {
            order[Int(rule)] = next
            next += 1
            for callee in called[rule] {
                callerCounts[Int(callee)] -= 1
                if callerCounts[Int(callee)] == 0 { ready.append(callee) }
            }
        }
        let rest = corners.filter { order[Int($0.row)] < 0 && order[Int($0.element)] < 0 }
        if next < rules.count { throw leftRecursion(rest) }
        return order
    }

    /// - Parameter corners: calls among rules each of which is called by one of them.
    private func leftRecursion(_ corners: [(row: Int32, element: Int32)]) -> InputError {
        let caller = Dictionary(corners.map { ($0.element, $0.row) }, uniquingKeysWith: { first, _ in first })
        var rule = corners.first?.element ?? 0
        var seen: Set<Int32> = []
        while seen.insert(rule).inserted, let next = caller[rule] { rule = next }
        return InputError(
            .unsupported, source: source, field: rules[Int(rule)].name,
            found: "found that it begins with itself", expected: "something to read before it comes again",
            advice: "write a repetition, or put the recursion at the end")
    }

    // MARK: Tails

    /// Marks calls behind which nothing can be read in their rule.
    private mutating func markTails() {
        var isTail = isAccepting
        var open = (0..<Int32(stateCount)).map { emptyEdges.range($0).count }
        let sources = (0..<Int32(stateCount)).flatMap { state in emptyEdges[state].map { (row: $0, element: state) } }
        let before = Rows(sources, rows: stateCount)
        var waiting = (0..<Int32(stateCount)).filter { isAccepting[Int($0)] }
        while let state = waiting.popLast() {
            for source in before[state] {
                open[Int(source)] -= 1
                guard open[Int(source)] == 0, byteEdges.range(source).isEmpty, calls.range(source).isEmpty
                else { continue }
                isTail[Int(source)] = true
                waiting.append(source)
            }
        }
        calls.update { _, call in call.isTail = call.maximum == 1 && isTail[Int(call.next)] }
    }
}

/// Finds `TransitionNetwork.depthNeeded`: Knuth, "A generalization of Dijkstra's algorithm", IPL 6 (1977).
///
/// States are settled in the order of their numbers, as the number of a state is never less than those it depends on.
private struct DepthSearch {
    private let network: TransitionNetwork
    private(set) var needed: [Int32]
    /// States that may be settled, by number.
    private var ready: [[Int32]] = []
    /// States with an edge to a state, the edge's call if it is one.
    private let before: Rows<(state: Int32, call: Int)>

    init(_ network: TransitionNetwork) {
        self.network = network
        needed = [Int32](repeating: TransitionNetwork.impossible, count: network.stateCount)
        before = DepthSearch.reversed(network)
        for state in 0..<Int32(network.stateCount) where network.isAccepting[Int(state)] { offer(state, 0) }
        var depth = 0
        while depth < ready.count {
            while let state = ready[depth].popLast() { settle(state, Int32(depth)) }
            depth += 1
        }
    }

    private static func reversed(_ network: TransitionNetwork) -> Rows<(state: Int32, call: Int)> {
        var edges: [(row: Int32, element: (state: Int32, call: Int))] = []
        for state in 0..<Int32(network.stateCount) {
            for edge in network.byteEdges[state] { edges.append((edge.target, (state, -1))) }
            for target in network.emptyEdges[state] { edges.append((target, (state, -1))) }
            for index in network.calls.range(state) {
                let call = network.calls.elements[index]
                edges.append((call.next, (state, call.minimum == 0 ? -1 : index)))
                edges.append((network.rules[Int(call.rule)].start, (state, index)))
            }
        }
        return Rows(edges, rows: network.stateCount)
    }

    private mutating func offer(_ state: Int32, _ depth: Int32) {
        while ready.count <= Int(depth) { ready.append([]) }
        ready[Int(depth)].append(state)
    }

    private mutating func settle(_ state: Int32, _ depth: Int32) {
        guard needed[Int(state)] == TransitionNetwork.impossible else { return }
        needed[Int(state)] = depth
        for (source, index) in before[state] where needed[Int(source)] == TransitionNetwork.impossible {
            guard index >= 0 else {
                offer(source, depth)
                continue
            }
            let call = network.calls.elements[index]
            let inside = needed[Int(network.rules[Int(call.rule)].start)]
            let behind = needed[Int(call.next)]
            guard max(inside, behind) < TransitionNetwork.impossible else { continue }
            offer(source, call.isTail ? inside : max(inside + 1, behind))
        }
    }
}

import Files

/// What was read so far, as far as it matters for what may follow; found as texts are read, and each once only.
///
/// A state is a set of places in the network, each with a stack of the calls that are under way. Stacks that differ in
/// their beginning only are kept as one with several frames at the bottom of the difference (Tomita, "Efficient parsing
/// for natural language", 1985), so that the number of readings of an ambiguous text does not multiply. Equal stacks and
/// states have equal numbers, and the successors of a state are computed once: reading a byte again is a look-up.
struct ParseStates {
    /// A call that is under way.
    struct Frame: Hashable, Comparable {
        /// The call, by its place in the network; -1 for the text as a whole.
        let call: Int32
        /// The stack below.
        let parent: Int32
        /// How many times its rule was read, this one included.
        let count: Int32

        static func < (left: Frame, right: Frame) -> Bool {
            (left.call, left.parent, left.count) < (right.call, right.parent, right.count)
        }
    }

    /// A place in the network and a stack.
    struct Item: Hashable, Comparable {
        let place: Int32
        let stack: Int32

        static func < (left: Item, right: Item) -> Bool { (left.place, left.stack) < (right.place, right.stack) }
    }

    private struct Key: Hashable {
        let items: [Item]
        let isComplete: Bool
    }

    let network: TransitionNetwork
    /// No token has more bytes.
    private let horizon: Int32
    private(set) var stacks: [[Frame]] = []
    /// By stack: how many calls are under way.
    private(set) var depths: [Int32] = []
    /// By stack: one that allows the same next `horizon` bytes, and is the same for many.
    private var forms: [Int32] = []
    private var stackNumbers: [[Frame]: Int32] = [:]
    private(set) var items: [[Item]] = []
    /// By state: whether the text may end.
    private(set) var isComplete: [Bool] = []
    private var stateNumbers: [Key: Int32] = [:]
    /// By state: where its successors begin; -1 before they are known.
    private var firstSegments: [Int32] = []
    /// Ranges of bytes with the same successor: the last byte of each, ascending to 255 for every state.
    private var lastBytes: [UInt8] = []
    private var successors: [Int32] = []
    /// By state: the bytes that lead back to it.
    private(set) var loops: [LowByteSet] = []
    /// How much was done, in units of one item or frame.
    private(set) var steps = 0
    /// Roughly the memory in use.
    private(set) var byteCount = 0

    init(_ network: TransitionNetwork, horizon: Int) {
        self.network = network
        self.horizon = Int32(clamping: horizon)
    }

    static let bottom = Frame(call: -1, parent: -1, count: 1)

    /// The state before anything was read.
    mutating func start(_ beginning: TextBeginning) throws -> Int32 {
        let rule = network.rules[Int(network.entries[beginning.rawValue])]
        return try closure(of: [Item(place: rule.start, stack: stack([Self.bottom]))])
    }

    /// The state after `byte`; negative if it may not come.
    @inline(__always)
    mutating func next(_ state: Int32, _ byte: UInt8) throws -> Int32 {
        if firstSegments[Int(state)] < 0 { try expand(state) }
        var place = Int(firstSegments[Int(state)])
        while lastBytes[place] < byte { place += 1 }
        return successors[place]
    }

    /// Whether any byte may follow.
    mutating func canGoOn(_ state: Int32) throws -> Bool {
        if firstSegments[Int(state)] < 0 { try expand(state) }
        var place = Int(firstSegments[Int(state)])
        while successors[place] < 0, lastBytes[place] < 255 { place += 1 }
        return successors[place] >= 0
    }

    mutating func count(_ amount: Int) { steps += amount }

    // MARK: Stacks

    /// The number of the stack with these frames, in order and each once.
    mutating func stack(_ frames: [Frame]) -> Int32 {
        if let known = stackNumbers[frames] { return known }
        let general = frames.map(generalized)
        let form = general == frames ? nil : stack(Set(general).sorted())
        let number = Int32(stacks.count)
        stacks.append(frames)
        depths.append(frames.map { $0.call < 0 ? 0 : depths[Int($0.parent)] + 1 }.max() ?? 0)
        forms.append(form ?? number)
        stackNumbers[frames] = number
        byteCount += 120 + 24 * frames.count
        return number
    }

    /// A frame with a count that makes no difference within `horizon` bytes: each reading of a rule takes a byte.
    private func generalized(_ frame: Frame) -> Frame {
        guard frame.call >= 0 else { return frame }
        let call = network.calls.elements[Int(frame.call)]
        var count = frame.count
        if count >= call.minimum, count < call.maximum - horizon {
            count = max(call.minimum, 1)
        } else if count < call.minimum - horizon {
            count = 1
        }
        return Frame(call: frame.call, parent: forms[Int(frame.parent)], count: count)
    }

    /// A state that allows the same next `horizon` bytes.
    mutating func general(_ state: Int32) -> Int32 {
        let own = items[Int(state)]
        guard own.contains(where: { forms[Int($0.stack)] != $0.stack }) else { return state }
        let general = own.map { Item(place: $0.place, stack: forms[Int($0.stack)]) }
        return number(Set(general).sorted(), isComplete: isComplete[Int(state)])
    }

    // MARK: States

    /// The number of the state with these items, in order and each once.
    mutating func number(_ items: [Item], isComplete: Bool) -> Int32 {
        let key = Key(items: items, isComplete: isComplete)
        if let known = stateNumbers[key] { return known }
        let number = Int32(self.items.count)
        self.items.append(items)
        self.isComplete.append(isComplete)
        firstSegments.append(-1)
        loops.append(LowByteSet())
        stateNumbers[key] = number
        byteCount += 160 + 16 * items.count
        return number
    }

    private mutating func expand(_ state: Int32) throws {
        var segments = ByteSegments()
        for item in items[Int(state)] {
            for edge in network.byteEdges[item.place] where fits(edge.target, item.stack) {
                segments.add(edge.lower...edge.upper, Item(place: edge.target, stack: item.stack))
            }
        }
        var known: [[Item]: Int32] = [[]: -1]
        var found: [(last: UInt8, state: Int32)] = []
        for (last, kernel) in segments.kernels() {
            count(kernel.count)
            let next = try known[kernel] ?? closure(of: kernel)
            known[kernel] = next
            if found.last?.state == next { found.removeLast() }
            found.append((last, next))
        }
        // Only now, as closures make states too.
        firstSegments[Int(state)] = Int32(lastBytes.count)
        lastBytes += found.map(\.last)
        successors += found.map(\.state)
        byteCount += 5 * found.count
        try findLoops(state)
    }

    private mutating func findLoops(_ state: Int32) throws {
        for byte in UInt8(0)..<128 where try next(state, byte) == state { loops[Int(state)].insert(byte) }
    }

    /// Whether a text can end from a place without nesting deeper than is allowed.
    func fits(_ place: Int32, _ stack: Int32) -> Bool {
        network.depthNeeded[Int(place)] <= Int32(clamping: network.limits.depth) - depths[Int(stack)]
    }
}

/// Cuts all bytes into ranges within which the same edges apply.
private struct ByteSegments {
    private var edges: [(bytes: ClosedRange<UInt8>, item: ParseStates.Item)] = []
    private var begins = [Bool](repeating: false, count: 257)

    mutating func add(_ bytes: ClosedRange<UInt8>, _ item: ParseStates.Item) {
        edges.append((bytes, item))
        begins[Int(bytes.lowerBound)] = true
        begins[Int(bytes.upperBound) + 1] = true
    }

    /// The last byte of each range, with where its edges lead.
    func kernels() -> [(last: UInt8, kernel: [ParseStates.Item])] {
        var segment = [Int](repeating: 0, count: 256)
        for byte in 1...255 { segment[byte] = segment[byte - 1] + (begins[byte] ? 1 : 0) }
        var kernels = [[ParseStates.Item]](repeating: [], count: segment[255] + 1)
        for (bytes, item) in edges {
            for place in segment[Int(bytes.lowerBound)]...segment[Int(bytes.upperBound)] { kernels[place].append(item) }
        }
        let lasts = (0...255).filter { $0 == 255 || segment[$0 + 1] != segment[$0] }
        return zip(lasts, kernels).map { (UInt8($0), Set($1).sorted()) }
    }
}

import Synchronization

/// The parse states of a grammar that sessions share, with the masks of those whose tokens were asked for.
///
/// It grows with what is read, up to `byteLimit`; then a new one takes its place, and whoever holds a position of the old
/// one brings it along.
final class ParseTable: Sendable {
    private struct Content {
        var states: ParseStates
        var masks: [Int32: TokenMask] = [:]
        var maskBytes = 0
        var maskCount = 0
    }

    /// A position that does not depend on a table's numbers.
    struct Position: Sendable {
        /// Stacks, each above those that it stands on, whose frames refer to places in this list.
        fileprivate var stacks: [[ParseStates.Frame]] = []
        fileprivate var items: [ParseStates.Item] = []
        fileprivate var isComplete = false
    }

    private let content: Mutex<Content>
    private let byteLimit: Int

    /// Enough for some thousands of masks.
    static let usualByteLimit = 96 << 20

    init(_ network: TransitionNetwork, horizon: Int, byteLimit: Int = usualByteLimit) {
        content = Mutex(Content(states: ParseStates(network, horizon: horizon)))
        self.byteLimit = byteLimit
    }

    var isFull: Bool { content.withLock { $0.states.byteCount + $0.maskBytes > byteLimit } }

    /// How much was done in all, in units of one item or frame, and how many masks were made.
    var work: (steps: Int, masks: Int) { content.withLock { ($0.states.steps, $0.maskCount) } }

    func start(_ beginning: TextBeginning) throws -> Int32 { try content.withLock { try $0.states.start(beginning) } }

    /// The state after `bytes`; `nil` if they may not come.
    func state(after bytes: some Sequence<UInt8>, _ state: Int32) throws -> Int32? {
        try content.withLock { content in
            var state = state
            for byte in bytes {
                state = try content.states.next(state, byte)
                if state < 0 { return nil }
            }
            return state
        }
    }

    /// Whether the text may end, and whether it may go on.
    func ends(_ state: Int32) throws -> (isComplete: Bool, canGoOn: Bool) {
        try content.withLock { (isComplete: $0.states.isComplete[Int(state)], canGoOn: try $0.states.canGoOn(state)) }
    }

    /// Whether a mark around a thought may come next.
    func takesMark(_ state: Int32) -> Bool {
        content.withLock { content in
            content.states.items[Int(state)].contains { content.states.network.takesMark($0.place) }
        }
    }

    /// The tokens of `trie` that may follow; the same trie and size in every call.
    func mask(_ state: Int32, _ trie: TokenTrie, size: Int) throws -> TokenMask {
        try content.withLock { content in
            let general = content.states.general(state)
            if let known = content.masks[general] { return known }
            let mask = try content.states.mask(general, trie, size: size)
            content.masks[general] = mask
            content.maskBytes += mask.byteCount
            content.maskCount += 1
            return mask
        }
    }

    // MARK: Moving

    /// The position of a state.
    func position(of state: Int32) -> Position {
        content.withLock { content in
            let items = content.states.items[Int(state)]
            // A stack has a larger number than those below it.
            var needed = Set(items.map(\.stack))
            for stack in (0..<Int32(content.states.stacks.count)).reversed() where needed.contains(stack) {
                needed.formUnion(content.states.stacks[Int(stack)].map(\.parent).filter { $0 >= 0 })
            }
            let order = needed.sorted()
            let places = Dictionary(uniqueKeysWithValues: zip(order, Int32(0)...))
            return Position(
                stacks: order.map { stack in
                    content.states.stacks[Int(stack)].map {
                        .init(call: $0.call, parent: places[$0.parent] ?? -1, count: $0.count)
                    }
                },
                items: items.map { .init(place: $0.place, stack: places[$0.stack] ?? 0) },
                isComplete: content.states.isComplete[Int(state)])
        }
    }

    /// The state of a position.
    func state(of position: Position) -> Int32 {
        content.withLock { content in
            var numbers: [Int32] = []
            for frames in position.stacks {
                let moved = frames.map { frame in
                    ParseStates.Frame(
                        call: frame.call, parent: frame.parent < 0 ? -1 : numbers[Int(frame.parent)], count: frame.count
                    )
                }
                numbers.append(content.states.stack(moved.sorted()))
            }
            let items = position.items.map { ParseStates.Item(place: $0.place, stack: numbers[Int($0.stack)]) }
            return content.states.number(items.sorted(), isComplete: position.isComplete)
        }
    }
}

import Files
import Tokenizers

extension ParseStates {
    /// The state of `kernel`: everything that is reached from there without reading a byte.
    ///
    /// Rules are begun in the network's order. When a rule's turn comes all its callers in this place of the text are
    /// known, so that it is begun once, with all of them as the frames of one stack.
    /// - Throws: `InputError` if there are more ways to read the text than the limits allow.
    mutating func closure(of kernel: [Item]) throws -> Int32 {
        var work = ClosureWork(limit: network.limits.readings)
        for item in kernel { work.add(item.place, item.stack) }
        try explore(&work)
        while let (rule, frames) = work.nextRule() {
            let callers = Set(frames)
            guard callers.count <= network.limits.readings else { throw excessive }
            work.add(network.rules[Int(rule)].start, stack(callers.sorted()))
            try explore(&work)
        }
        count(work.steps)
        return finish(work)
    }

    private func explore(_ work: inout ClosureWork) throws {
        while let item = work.next() {
            explore(item, &work)
            if work.isExcessive { throw excessive }
        }
    }

    private mutating func finish(_ work: ClosureWork) -> Int32 {
        let thoughts = work.items.filter { network.isThought[Int($0.place)] }
        if !thoughts.isEmpty { return number(thoughts.sorted(), isComplete: false) }
        return number(work.items.sorted(), isComplete: work.isComplete)
    }

    private func explore(_ item: Item, _ work: inout ClosureWork) {
        guard fits(item.place, item.stack) else { return }
        if !network.byteEdges.range(item.place).isEmpty { work.items.append(item) }
        for target in network.emptyEdges[item.place] { work.add(target, item.stack) }
        for index in network.calls.range(item.place) { call(Int32(index), item.stack, times: 1, &work) }
        // A rule begun here and over without a byte is none: its callers have passed over it, as `minimum` tells them.
        if network.isAccepting[Int(item.place)], !work.hasBegun {
            for frame in stacks[Int(item.stack)] { goOn(frame, &work) }
        }
    }

    /// A rule's end: what called it goes on, behind the call or by calling it again.
    private func goOn(_ frame: Frame, _ work: inout ClosureWork) {
        work.steps += 1
        guard frame.call >= 0 else {
            work.isComplete = true
            return
        }
        let call = network.calls.elements[Int(frame.call)]
        if frame.count >= call.minimum { work.add(call.next, frame.parent) }
        if frame.count < call.maximum { self.call(frame.call, frame.parent, times: frame.count + 1, &work) }
    }

    /// Has a rule begun, unless nothing could end from there.
    private func call(_ index: Int32, _ stack: Int32, times: Int32, _ work: inout ClosureWork) {
        let call = network.calls.elements[Int(index)]
        if times == 1, call.minimum == 0 { work.add(call.next, stack) }
        let room = Int32(clamping: network.limits.depth) - depths[Int(stack)]
        let start = network.depthNeeded[Int(network.rules[Int(call.rule)].start)]
        let order = network.order[Int(call.rule)]
        if call.isTail {
            if start <= room { work.begin(call.rule, order, stacks[Int(stack)]) }
        } else if start < room, network.depthNeeded[Int(call.next)] <= room {
            let isUnbounded = call.maximum == TransitionNetwork.Call.unbounded
            let count = isUnbounded ? min(times, max(call.minimum, 1)) : times
            work.begin(call.rule, order, [Frame(call: index, parent: stack, count: count)])
        }
    }

    private var excessive: InputError {
        InputError(
            .excessive, source: network.source, field: "automaton",
            found: "found a text that it can read in more than \(network.limits.readings) ways at the same time",
            expected: "at most that many", advice: "make the grammar less ambiguous")
    }
}

/// What is left to do for a closure.
private struct ClosureWork {
    /// What was found to read a byte.
    var items: [ParseStates.Item] = []
    var isComplete = false
    var steps = 0
    private let limit: Int
    private var waiting: [ParseStates.Item] = []
    private var seen: Set<ParseStates.Item> = []
    private var callers: [Int32: (rule: Int32, frames: [ParseStates.Frame])] = [:]
    private var orders = MinimumHeap()
    /// Whether rules that begin in this place of the text are being explored.
    private(set) var hasBegun = false

    init(limit: Int) { self.limit = limit }

    /// An honest grammar passes through a few places without bytes for each one with.
    var isExcessive: Bool { items.count > limit || steps > limit * 64 }

    mutating func add(_ place: Int32, _ stack: Int32) {
        steps += 1
        let item = ParseStates.Item(place: place, stack: stack)
        if seen.insert(item).inserted { waiting.append(item) }
    }

    mutating func next() -> ParseStates.Item? { waiting.popLast() }

    /// Notes callers of a rule.
    mutating func begin(_ rule: Int32, _ order: Int32, _ frames: [ParseStates.Frame]) {
        steps += frames.count
        if callers[order] == nil { orders.push(order) }
        callers[order, default: (rule, [])].frames += frames
    }

    /// The first rule in order that was called, with all its callers.
    mutating func nextRule() -> (rule: Int32, frames: [ParseStates.Frame])? {
        hasBegun = true
        return orders.pop().flatMap { callers.removeValue(forKey: $0) }
    }
}

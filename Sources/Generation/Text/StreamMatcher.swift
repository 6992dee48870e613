/// Finds the first of several byte strings in a stream, and says which bytes can no longer belong to one.
///
/// Aho and Corasick, "Efficient string matching", CACM 18 (1975): one automaton for all strings, each byte of the
/// stream costs constant time on average, whatever the strings repeat. The one found is the first to be complete; of
/// those complete at the same byte the longest, which begins first.
struct StreamMatcher: Sendable {
    /// What became of a run of bytes.
    struct Step: Equatable {
        /// Bytes, perhaps from earlier runs, that belong to no string that was searched for.
        var clear: [UInt8] = []
        /// Which string was found, by its index.
        var match: Int?
        /// The bytes after the one that completed it.
        var rest: [UInt8] = []
    }

    private struct Node {
        var children: [UInt8: Int] = [:]
        /// The node of the longest proper suffix that begins some string.
        var fallback = 0
        var depth = 0
        /// The longest string that ends here.
        var match: Int?
    }

    private let lengths: [Int]
    private var nodes = [Node()]
    private var state = 0
    private var held: [UInt8] = []

    /// - Precondition: no string is empty.
    init(_ strings: [[UInt8]]) {
        precondition(strings.allSatisfy { !$0.isEmpty }, "an empty string is everywhere")
        lengths = strings.map(\.count)
        for (index, string) in strings.enumerated() { insert(string, index) }
        link()
    }

    /// Searches on in `bytes`. After a match the search begins anew.
    mutating func consume(_ bytes: some Collection<UInt8>) -> Step {
        var position = bytes.startIndex
        while position != bytes.endIndex {
            let byte = bytes[position]
            bytes.formIndex(after: &position)
            held.append(byte)
            state = successor(of: state, byte)
            if let match = nodes[state].match {
                return Step(clear: flush(keeping: lengths[match]), match: match, rest: Array(bytes[position...]))
            }
        }
        let clear = Array(held.dropLast(nodes[state].depth))
        held.removeFirst(clear.count)
        return Step(clear: clear)
    }

    /// The bytes held back; the search begins anew.
    mutating func finish() -> [UInt8] { flush(keeping: 0) }

    private mutating func flush(keeping suffix: Int) -> [UInt8] {
        defer {
            held = []
            state = 0
        }
        return Array(held.dropLast(suffix))
    }

    private func successor(of state: Int, _ byte: UInt8) -> Int {
        var state = state
        while true {
            if let next = nodes[state].children[byte] { return next }
            guard state != 0 else { return 0 }
            state = nodes[state].fallback
        }
    }

    private mutating func insert(_ string: [UInt8], _ index: Int) {
        var node = 0
        for byte in string {
            if let next = nodes[node].children[byte] {
                node = next
            } else {
                nodes.append(Node(depth: nodes[node].depth + 1))
                nodes[node].children[byte] = nodes.count - 1
                node = nodes.count - 1
            }
        }
        if nodes[node].match == nil { nodes[node].match = index }
    }

    /// Sets the fallbacks, breadth first, so that those of shorter prefixes are ready before they are followed.
    private mutating func link() {
        var queue = Array(nodes[0].children.values)
        var next = 0
        while next < queue.count {
            let node = queue[next]
            next += 1
            for (byte, child) in nodes[node].children {
                let fallback = successor(of: nodes[node].fallback, byte)
                nodes[child].fallback = fallback
                if nodes[child].match == nil { nodes[child].match = nodes[fallback].match }
                queue.append(child)
            }
        }
    }
}

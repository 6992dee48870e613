extension NetworkBuilder {
    /// Adds ways that read the characters of a JSON string without escapes, and its closing quote, unless they are one
    /// of `names`.
    ///
    /// A tree of the names' bytes, whose nodes also know where inside of a character they lie: a byte that leaves the
    /// tree goes on in that place of an automaton for any characters.
    mutating func write(excluding names: [[UInt8]], from start: Int32, to end: Int32) throws {
        let free = try FreeCharacters(&self)
        read(Self.quote...Self.quote, from: free.states[0], to: end)
        var nodes = [Node(state: start, place: 0)]
        for name in names { try insert(name, &nodes, free) }
        for node in nodes {
            for edge in free.edges[node.place] {
                for bytes in edge.bytes.removing(node.children.keys) {
                    read(bytes, from: node.state, to: free.states[edge.target])
                }
            }
            if node.place == 0, !node.isName { read(Self.quote...Self.quote, from: node.state, to: end) }
        }
    }

    private static var quote: UInt8 { UInt8(ascii: "\"") }

    private struct Node {
        let state: Int32
        /// The place in `FreeCharacters`.
        let place: Int
        var children: [UInt8: Int] = [:]
        var isName = false
    }

    private mutating func insert(_ name: [UInt8], _ nodes: inout [Node], _ free: FreeCharacters) throws {
        // A name that has to be written with escapes is excluded already.
        guard free.canBeWritten(name) else { return }
        var node = 0
        for byte in name {
            if let child = nodes[node].children[byte] {
                node = child
                continue
            }
            guard let edge = free.edges[nodes[node].place].first(where: { $0.bytes.contains(byte) }) else { return }
            let child = Node(state: try state(), place: edge.target)
            read(byte...byte, from: nodes[node].state, to: child.state)
            nodes[node].children[byte] = nodes.count
            node = nodes.count
            nodes.append(child)
        }
        nodes[node].isName = true
    }
}

/// An automaton for the characters that a JSON string may hold without escapes: a loop at place 0.
private struct FreeCharacters {
    struct Edge {
        let bytes: ClosedRange<UInt8>
        let target: Int
    }

    private(set) var states: [Int32] = []
    /// Places 1 to 3 have as many continuation bytes before them; 4 to 7 are behind E0, ED, F0, F4, whose next byte is
    /// confined (The Unicode Standard, table 3-7).
    let edges: [[Edge]] = [
        [
            .init(bytes: 0x20...0x21, target: 0), .init(bytes: 0x23...0x5B, target: 0),
            .init(bytes: 0x5D...0x7F, target: 0), .init(bytes: 0xC2...0xDF, target: 1),
            .init(bytes: 0xE0...0xE0, target: 4), .init(bytes: 0xE1...0xEC, target: 2),
            .init(bytes: 0xED...0xED, target: 5), .init(bytes: 0xEE...0xEF, target: 2),
            .init(bytes: 0xF0...0xF0, target: 6), .init(bytes: 0xF1...0xF3, target: 3),
            .init(bytes: 0xF4...0xF4, target: 7),
        ],
        [.init(bytes: 0x80...0xBF, target: 0)],
        [.init(bytes: 0x80...0xBF, target: 1)],
        [.init(bytes: 0x80...0xBF, target: 2)],
        [.init(bytes: 0xA0...0xBF, target: 1)],
        [.init(bytes: 0x80...0x9F, target: 1)],
        [.init(bytes: 0x90...0xBF, target: 2)],
        [.init(bytes: 0x80...0x8F, target: 2)],
    ]

    init(_ builder: inout NetworkBuilder) throws {
        states = try edges.map { _ in try builder.state() }
        for (place, list) in edges.enumerated() {
            for edge in list { builder.read(edge.bytes, from: states[place], to: states[edge.target]) }
        }
    }

    func canBeWritten(_ name: [UInt8]) -> Bool {
        !name.contains { $0 < 0x20 || $0 == UInt8(ascii: "\"") || $0 == UInt8(ascii: "\\") }
    }
}

extension ClosedRange<UInt8> {
    /// What is left of the range without `bytes`.
    fileprivate func removing(_ bytes: some Sequence<UInt8>) -> [ClosedRange<UInt8>] {
        var rest: [ClosedRange<UInt8>] = []
        var next = Int(lowerBound)
        for byte in bytes.filter({ contains($0) }).sorted() {
            if next < Int(byte) { rest.append(UInt8(next)...(byte - 1)) }
            next = Int(byte) + 1
        }
        if next <= Int(upperBound) { rest.append(UInt8(next)...upperBound) }
        return rest
    }
}

extension NetworkBuilder {
    /// A repeated expression of few states is written out as often as fits; others are counted as the text is read.
    private static let copiedStates = 128

    /// Adds ways from `start` to `end` that read what `expression` stands for, and no other ways between these two.
    mutating func write(_ expression: GrammarExpression, from start: Int32, to end: Int32) throws {
        switch expression {
        case .literal(let bytes): try write(bytes, from: start, to: end)
        case .characters(let characters): try write(characters, from: start, to: end)
        case .rule(let rule): call(rule, 1, 1, from: start, to: end)
        case .sequence(let parts): try write(parts, minimum: parts.count, from: start, to: end)
        case .beginning(let parts, let minimum): try write(parts, minimum: minimum, from: start, to: end)
        case .choice(let alternatives): try write(choice: alternatives, from: start, to: end)
        case .repetition(let part, let minimum, let maximum):
            try write(part, minimum, maximum, from: start, to: end)
        case .members(let members, let separator): try write(members, separator, from: start, to: end)
        case .otherName(let names): try write(excluding: names, from: start, to: end)
        }
    }

    private mutating func write(_ bytes: [UInt8], from start: Int32, to end: Int32) throws {
        guard let last = bytes.last else { return skip(from: start, to: end) }
        var place = start
        for byte in bytes.dropLast() {
            let next = try state()
            read(byte...byte, from: place, to: next)
            place = next
        }
        read(last...last, from: place, to: end)
    }

    private mutating func write(_ characters: CharacterRanges, from start: Int32, to end: Int32) throws {
        var shared: [[[ClosedRange<UInt8>]]: Int32] = [:]
        try write(UTF8Sequences(characters).sequences[...], behind: 0, from: start, to: end, &shared)
    }

    /// Adds the bytes of `sequences`, which ascend, behind the first `place` of them. Those that begin alike share their
    /// beginning, so that a byte leads one way only, and those that go on alike share what follows.
    private mutating func write(
        _ sequences: ArraySlice<[ClosedRange<UInt8>]>, behind place: Int, from start: Int32, to end: Int32,
        _ shared: inout [[[ClosedRange<UInt8>]]: Int32]
    ) throws {
        var rest = sequences
        while let first = rest.first {
            let group = rest.prefix { $0[place] == first[place] }
            rest = rest.dropFirst(group.count)
            let ends = first.count == place + 1 ? [] : group.map { Array($0[(place + 1)...]) }
            let next = try ends.isEmpty ? end : shared[ends] ?? state()
            read(first[place], from: start, to: next)
            guard !ends.isEmpty, shared.updateValue(next, forKey: ends) == nil else { continue }
            try write(group, behind: place + 1, from: next, to: end, &shared)
        }
    }

    private mutating func write(
        _ parts: [GrammarExpression], minimum: Int, from start: Int32, to end: Int32
    ) throws {
        var place = start
        for (index, part) in parts.enumerated() {
            if index >= minimum { skip(from: place, to: end) }
            let next = index == parts.count - 1 ? end : try state()
            try write(part, from: place, to: next)
            place = next
        }
        if parts.isEmpty { skip(from: start, to: end) }
    }

    private mutating func write(choice alternatives: [GrammarExpression], from start: Int32, to end: Int32) throws {
        var literals: [[UInt8]] = []
        for alternative in alternatives {
            if case .literal(let bytes) = alternative, !bytes.isEmpty {
                literals.append(bytes)
            } else {
                try write(alternative, from: start, to: end)
            }
        }
        try write(literals: literals, from: start, to: end)
    }

    /// Literals with the same beginning share it, so that a long list is read in one way at a time.
    private mutating func write(literals: [[UInt8]], from start: Int32, to end: Int32) throws {
        var previous: [UInt8] = []
        // The states behind the first 0, 1, … bytes of the previous literal, all but its last.
        var path = [start]
        for literal in literals.sorted(by: { $0.lexicographicallyPrecedes($1) }) where literal != previous {
            let common = zip(previous, literal).prefix { $0 == $1 }.count
            path.removeSubrange(min(common + 1, path.count)...)
            for byte in literal[(path.count - 1)..<(literal.count - 1)] {
                let next = try state()
                read(byte...byte, from: path[path.count - 1], to: next)
                path.append(next)
            }
            let last = literal[literal.count - 1]
            read(last...last, from: path[path.count - 1], to: end)
            previous = literal
        }
    }

    // MARK: Repetition

    private mutating func write(
        _ part: GrammarExpression, _ minimum: Int, _ maximum: Int?, from start: Int32, to end: Int32
    ) throws {
        if let maximum, maximum < minimum { return }
        if maximum == 0 { return skip(from: start, to: end) }
        let copies = maximum ?? minimum + 1
        if copies > 1, part.stateCount(atMost: Self.copiedStates) > Self.copiedStates / copies {
            return try writeCounted(part, minimum, maximum, from: start, to: end)
        }
        var place = start
        for copy in 1...copies {
            if copy > minimum { skip(from: place, to: end) }
            if copy == copies, maximum == nil {
                let loop = try state()
                skip(from: place, to: loop)
                try write(part, from: loop, to: loop)
                skip(from: loop, to: end)
            } else {
                let next = copy == copies ? end : try state()
                try write(part, from: place, to: next)
                place = next
            }
        }
    }

    private mutating func writeCounted(
        _ part: GrammarExpression, _ minimum: Int, _ maximum: Int?, from start: Int32, to end: Int32
    ) throws {
        if case .rule(let rule) = part { return call(rule, minimum, maximum, from: start, to: end) }
        call(try open(part), minimum, maximum, from: start, to: end)
    }

    // MARK: Members

    /// Two rows of states run through the members: one as long as none was there, one behind at least one, where the
    /// next needs a separator.
    private mutating func write(
        _ members: [GrammarMember], _ separator: GrammarExpression, from start: Int32, to end: Int32
    ) throws {
        var (none, some) = (start, Int32?.none)
        for member in members {
            let (before, after) = (try state(), try state())
            skip(from: none, to: before)
            if let some { try write(separator, from: some, to: before) }
            try write(member.expression, from: before, to: after)
            if member.repeats { try write(separator, from: after, to: before) }
            if !member.isRequired, let some { skip(from: some, to: after) }
            // Past a required member the first row has no way on.
            let next = try state()
            if !member.isRequired { skip(from: none, to: next) }
            (none, some) = (next, after)
        }
        if let some { skip(from: some, to: end) }
    }
}

extension GrammarExpression {
    /// About how many states the expression is written with, counted no further than `limit`.
    func stateCount(atMost limit: Int) -> Int {
        func sum(_ parts: [GrammarExpression]) -> Int {
            var total = 1
            for part in parts where total <= limit { total += part.stateCount(atMost: limit - total) }
            return total
        }
        switch self {
        case .literal(let bytes): return max(bytes.count, 1)
        case .characters(let characters): return min(max(characters.ranges.count, 1), limit + 1)
        // A call costs more than its one state, and a counted one is as good.
        case .rule: return 16
        case .sequence(let parts), .beginning(let parts, _), .choice(let parts): return sum(parts)
        case .repetition(let part, let minimum, let maximum):
            let copies = max(maximum ?? minimum + 1, 1)
            let size = part.stateCount(atMost: limit)
            return size > limit / copies ? limit + 1 : size * copies
        case .members, .otherName: return limit + 1
        }
    }
}

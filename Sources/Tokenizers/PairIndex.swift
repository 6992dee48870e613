/// Pieces as tokens, how often every pair of neighbouring tokens occurs in them, and in which pieces.
struct PairIndex {
    /// Two token ids, the left one in the upper half, so that pairs order by the left id and then by the right.
    typealias Pair = UInt64

    /// All pieces' tokens, one piece after the other; a piece that was merged leaves places behind it unused.
    private var tokens: [Int32] = []
    private var starts: [Int] = []
    private var lengths: [Int32] = []
    private var times: [Int] = []

    private var numbers: [Pair: Int] = [:]
    private var counts: [Int] = []
    /// Pieces that a pair was seen in, each once or more; it may be gone from them since.
    private var places: [[Int32]] = []
    /// The merge that last made more of a pair, so that each is reported once.
    private var marks: [Int] = []
    private var mergeCount = 0

    static func pair(_ left: Int32, _ right: Int32) -> Pair {
        UInt64(UInt32(bitPattern: left)) << 32 | UInt64(UInt32(bitPattern: right))
    }

    static func left(_ pair: Pair) -> Int32 { Int32(truncatingIfNeeded: pair >> 32) }
    static func right(_ pair: Pair) -> Int32 { Int32(truncatingIfNeeded: pair & 0xFFFF_FFFF) }

    /// Adds a piece that occurs some times.
    mutating func append(_ piece: some Collection<Int32>, times count: Int) {
        let number = Int32(truncatingIfNeeded: starts.count)
        starts.append(tokens.count)
        lengths.append(Int32(truncatingIfNeeded: piece.count))
        times.append(count)
        tokens += piece
        for (left, right) in zip(piece, piece.dropFirst()) { _ = add(count, to: Self.pair(left, right), in: number) }
    }

    /// How often a pair occurs now.
    func count(_ pair: Pair) -> Int { numbers[pair].map { counts[$0] } ?? 0 }

    /// All pairs, in order.
    var pairs: [Pair] { numbers.keys.sorted() }

    /// Joins every occurrence of `pair` into `token`.
    /// - Returns: the pairs that occur more often now, each once.
    mutating func merge(_ pair: Pair, into token: Int32) -> [Pair] {
        guard let number = numbers[pair] else { return [] }
        mergeCount += 1
        let pieces = places[number]
        places[number] = []
        var grown: [Pair] = []
        for piece in pieces { merge(pair, into: token, in: piece, &grown) }
        counts[number] = 0
        return grown
    }

    private mutating func merge(_ pair: Pair, into token: Int32, in piece: Int32, _ grown: inout [Pair]) {
        let (left, right) = (Self.left(pair), Self.right(pair))
        let (start, length, count) = (starts[Int(piece)], Int(lengths[Int(piece)]), times[Int(piece)])
        var (read, write) = (start, start)
        while read < start + length {
            guard read + 1 < start + length, tokens[read] == left, tokens[read + 1] == right else {
                tokens[write] = tokens[read]
                (read, write) = (read + 1, write + 1)
                continue
            }
            if write > start {
                let before = tokens[write - 1]
                _ = add(-count, to: Self.pair(before, left), in: nil)
                grow(Self.pair(before, token), count, piece, &grown)
            }
            if read + 2 < start + length {
                let after = tokens[read + 2]
                _ = add(-count, to: Self.pair(right, after), in: nil)
                grow(Self.pair(token, after), count, piece, &grown)
            }
            tokens[write] = token
            (read, write) = (read + 2, write + 1)
        }
        lengths[Int(piece)] = Int32(truncatingIfNeeded: write - start)
    }

    private mutating func grow(_ pair: Pair, _ count: Int, _ piece: Int32, _ grown: inout [Pair]) {
        let number = add(count, to: pair, in: piece)
        if marks[number] != mergeCount {
            marks[number] = mergeCount
            grown.append(pair)
        }
    }

    private mutating func add(_ count: Int, to pair: Pair, in piece: Int32?) -> Int {
        let number = numbers[pair] ?? counts.count
        if number == counts.count {
            numbers[pair] = number
            counts.append(0)
            places.append([])
            marks.append(0)
        }
        counts[number] += count
        if let piece, places[number].last != piece { places[number].append(piece) }
        return number
    }
}

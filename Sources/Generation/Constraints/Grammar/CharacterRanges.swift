/// A set of characters (Unicode scalars) as ascending ranges that neither overlap nor touch.
struct CharacterRanges: Sendable, Equatable {
    /// Surrogates may lie inside of a range; no text has them, and `UTF8Sequences` leaves them out.
    let ranges: [ClosedRange<UInt32>]

    static let last: UInt32 = 0x10FFFF
    static let all = CharacterRanges([0...last])
    static let none = CharacterRanges([])

    /// The union of `ranges`, which may overlap and come in any order.
    init(_ ranges: [ClosedRange<UInt32>]) {
        var merged: [ClosedRange<UInt32>] = []
        for range in ranges.sorted(by: { $0.lowerBound < $1.lowerBound }) {
            if let open = merged.last, range.lowerBound <= open.upperBound || range.lowerBound - 1 == open.upperBound {
                merged[merged.count - 1] = open.lowerBound...max(open.upperBound, range.upperBound)
            } else {
                merged.append(range)
            }
        }
        self.ranges = merged
    }

    /// The characters of `text`.
    init(_ text: String) { self.init(text.unicodeScalars.map { $0.value...$0.value }) }

    var isEmpty: Bool { ranges.isEmpty }

    /// Every character that is not in this set.
    var inverted: CharacterRanges {
        var result: [ClosedRange<UInt32>] = []
        var next: UInt32 = 0
        for range in ranges {
            if range.lowerBound > next { result.append(next...range.lowerBound - 1) }
            next = range.upperBound + 1
        }
        if next <= CharacterRanges.last { result.append(next...CharacterRanges.last) }
        return CharacterRanges(result)
    }

    func union(_ other: CharacterRanges) -> CharacterRanges { CharacterRanges(ranges + other.ranges) }

    func intersection(_ other: CharacterRanges) -> CharacterRanges {
        inverted.union(other.inverted).inverted
    }

    func subtracting(_ other: CharacterRanges) -> CharacterRanges { intersection(other.inverted) }

    func contains(_ value: UInt32) -> Bool { ranges.contains { $0.contains(value) } }
}

/// The ways in which the characters of a range are written in UTF-8, each as a range for every byte.
///
/// The Unicode Standard, table 3-7. A range is cut where the number of bytes changes, and again until the first and the
/// last character of each part differ such that all combinations of bytes between them belong to it.
struct UTF8Sequences {
    private(set) var sequences: [[ClosedRange<UInt8>]] = []

    init(_ characters: CharacterRanges) {
        for range in characters.ranges {
            for part in UTF8Sequences.lengths {
                let lower = max(range.lowerBound, part.lowerBound)
                let upper = min(range.upperBound, part.upperBound)
                if lower <= upper { split(lower, upper) }
            }
        }
    }

    /// Characters of one, two, three (before and after the surrogates), and four bytes.
    private static let lengths: [ClosedRange<UInt32>] = [
        0...0x7F, 0x80...0x7FF, 0x800...0xD7FF, 0xE000...0xFFFF, 0x10000...0x10FFFF,
    ]

    private mutating func split(_ lower: UInt32, _ upper: UInt32) {
        let (first, last) = (UTF8Sequences.bytes(lower), UTF8Sequences.bytes(upper))
        // Continuation bytes hold six bits each: a part must begin and end where all that follow a differing byte are free.
        for place in 1..<max(first.count, 1) {
            let mask = UInt32(1) << UInt32(6 * place) - 1
            guard lower | mask < upper | mask else { continue }
            if lower & mask != 0 {
                split(lower, lower | mask)
                return split((lower | mask) + 1, upper)
            }
            if upper & mask != mask {
                split(lower, (upper & ~mask) - 1)
                return split(upper & ~mask, upper)
            }
        }
        sequences.append(zip(first, last).map { $0...$1 })
    }

    private static func bytes(_ value: UInt32) -> [UInt8] {
        // Safe: `lengths` has no surrogates, so that every value is a scalar.
        Unicode.Scalar(value).map { Array(String($0).utf8) } ?? []
    }
}

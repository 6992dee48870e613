/// Reads code points and their classes from bytes that need not be well-formed UTF-8.
///
/// A byte that belongs to no well-formed sequence is read alone, as `UnicodeClasses.malformed`, of no class.
struct TextScanner {
    let bytes: [UInt8]
    private let classes = UnicodeClasses.shared.table

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    struct Character {
        var value: UInt32
        var length: Int
        var kind: ScalarClass

        @inline(__always) func belongs(to kinds: ScalarClass) -> Bool { kind.rawValue & kinds.rawValue != 0 }
    }

    /// The character at `position`, which lies before `end`; a sequence cut by `end` is malformed.
    @inline(__always)
    func character(at position: Int, before end: Int) -> Character {
        let first = bytes[position]
        if first < 0x80 {
            return Character(value: UInt32(first), length: 1, kind: ScalarClass(rawValue: classes[Int(first)]))
        }
        let (value, length) = sequence(at: position, before: end, first)
        return Character(value: value, length: length, kind: ScalarClass(rawValue: classes[Int(value)]))
    }

    /// The character that ends at `position`, which lies after `start`.
    func character(before position: Int, after start: Int) -> Character {
        var first = position - 1
        while first > start, position - first < 4, bytes[first] & 0xC0 == 0x80 { first -= 1 }
        let found = character(at: first, before: position)
        if first + found.length == position { return found }
        return Character(value: UnicodeClasses.malformed, length: 1, kind: [])
    }

    /// Whether `range`, which is not empty, is one character.
    @inline(__always)
    func isOneCharacter(_ range: Range<Int>) -> Bool {
        range.count == 1
            || range.count <= 4 && character(at: range.lowerBound, before: range.upperBound).length == range.count
    }

    private func sequence(at position: Int, before end: Int, _ first: UInt8) -> (UInt32, Int) {
        let malformed = (UnicodeClasses.malformed, 1)
        guard let length = TextScanner.length(first), end - position >= length else { return malformed }
        var value = UInt32(first & (0x7F >> UInt8(length)))
        for index in 1..<length {
            let byte = bytes[position + index]
            guard byte & 0xC0 == 0x80 else { return malformed }
            value = value << 6 | UInt32(byte & 0x3F)
        }
        return TextScanner.isScalar(value, length) ? (value, length) : malformed
    }

    /// How many bytes a sequence with this first byte, which is not ASCII, has.
    private static func length(_ first: UInt8) -> Int? {
        switch first {
        case 0xC2...0xDF: 2
        case 0xE0...0xEF: 3
        case 0xF0...0xF4: 4
        default: nil
        }
    }

    /// Whether `value` is a Unicode scalar that needs as many as `length` bytes.
    private static func isScalar(_ value: UInt32, _ length: Int) -> Bool {
        switch length {
        case 2: true
        case 3: value >= 0x800 && !(0xD800...0xDFFF).contains(value)
        default: value >= 0x10000 && value <= 0x10FFFF
        }
    }
}

/// Turns token ids into text one by one: whatever is complete comes out at once, and never half a character.
///
/// All that comes out, joined, is what `Tokenizer.decode` gives for all ids.
public struct StreamingDecoder: Sendable {
    private let tokenizer: Tokenizer
    private let skipsSpecialTokens: Bool
    /// The beginning of a character that is not complete: three bytes at most.
    private var pending: [UInt8] = []

    /// A decoder at the beginning of a text.
    public init(_ tokenizer: Tokenizer, skippingSpecialTokens: Bool = false) {
        self.tokenizer = tokenizer
        skipsSpecialTokens = skippingSpecialTokens
    }

    /// Takes the next token and gives the text that is complete now, which may be none.
    public mutating func push(_ id: Int32) -> String {
        if skipsSpecialTokens, tokenizer.isSpecial(id) { return "" }
        pending.append(contentsOf: tokenizer.bytes(of: id) ?? [])
        let complete = pending.count - StreamingDecoder.incompleteSuffix(pending)
        defer { pending.removeFirst(complete) }
        return String(decoding: pending[..<complete], as: UTF8.self)
    }

    /// Ends the text: what was left incomplete comes out as U+FFFD.
    public mutating func finish() -> String {
        defer { pending.removeAll() }
        return String(decoding: pending, as: UTF8.self)
    }

    /// How many bytes at the end could still become one character.
    private static func incompleteSuffix(_ bytes: [UInt8]) -> Int {
        for length in 1...3 where length <= bytes.count {
            let first = bytes[bytes.count - length]
            if first & 0xC0 == 0x80 { continue }
            let second = length > 1 ? bytes[bytes.count - length + 1] : nil
            return isBeginning(first, second, length) ? length : 0
        }
        return 0
    }

    /// Whether a character may begin with `first`, then `second`, then continuation bytes, and have more than `length`
    /// bytes (The Unicode Standard, table 3-7).
    private static func isBeginning(_ first: UInt8, _ second: UInt8?, _ length: Int) -> Bool {
        let seconds: ClosedRange<UInt8>
        switch first {
        case 0xC2...0xDF: return length < 2
        case 0xE0: seconds = 0xA0...0xBF
        case 0xED: seconds = 0x80...0x9F
        case 0xE1...0xEF: seconds = 0x80...0xBF
        case 0xF0: seconds = 0x90...0xBF
        case 0xF1...0xF3: seconds = 0x80...0xBF
        case 0xF4: seconds = 0x80...0x8F
        default: return false
        }
        return length < (first < 0xF0 ? 3 : 4) && second.map(seconds.contains) ?? true
    }
}

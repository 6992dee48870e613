import Files

/// Text as numbers of words, digits and signs: what runs of words are compared with.
enum WordGrams {
    /// How long a run is; shorter prompts count whole.
    static let length = 13

    /// The token that begins each question in the texts.
    static let question = token("question")
    private static let lineEnd = token("\n")

    /// Numbers of the words of `text` in small letters, of decimal numbers, of each sign of arithmetic, and of the ends of lines; other
    /// marks say nothing.
    static func tokens(_ text: String) -> [UInt64] {
        var (tokens, word) = ([UInt64](), [UInt8]())
        var isAfterDigit = false
        func flush() {
            if !word.isEmpty { tokens.append(hash(word)) }
            word.removeAll(keepingCapacity: true)
        }
        let bytes = Array(text.utf8)
        for (place, byte) in bytes.enumerated() {
            let isDigit = UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte
            defer { isAfterDigit = isDigit }
            switch byte {
            case UInt8(ascii: ".") where isAfterDigit && digit(in: bytes, at: place + 1): word.append(byte)
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), 0x80...:
                word.append(byte)
            case UInt8(ascii: "A")...UInt8(ascii: "Z"): word.append(byte | 0x20)
            case UInt8(ascii: "\n"):
                flush()
                if tokens.last != lineEnd { tokens.append(lineEnd) }
            default:
                flush()
                if "+-*/^%<>=()[]".utf8.contains(byte) { tokens.append(hash([byte])) }
            }
        }
        flush()
        return tokens
    }

    private static func digit(in bytes: [UInt8], at place: Int) -> Bool {
        place < bytes.count && UInt8(ascii: "0")...UInt8(ascii: "9") ~= bytes[place]
    }

    /// The question as it stands in the texts, from its mark to the end of its line.
    static func question(_ prompt: String) -> [UInt64] { [question] + tokens(prompt) + [lineEnd] }

    /// Runs of `length` tokens, or the whole of fewer.
    static func runs(_ tokens: [UInt64]) -> [UInt64] {
        guard tokens.count > length else { return [run(tokens[...])] }
        return (0...tokens.count - length).map { run(tokens[$0..<$0 + length]) }
    }

    /// A number for a run. Wraps on purpose.
    static func run(_ tokens: ArraySlice<UInt64>) -> UInt64 {
        tokens.reduce(UInt64(tokens.count)) { ($0 ^ $1) &* 0x9E37_79B9_7F4A_7C15 &+ ($0 >> 29) }
    }

    private static func token(_ text: String) -> UInt64 { hash(Array(text.utf8)) }

    /// FNV-1a, 64 bits. Wraps on purpose.
    private static func hash(_ bytes: [UInt8]) -> UInt64 {
        bytes.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x0000_0100_0000_01B3 }
    }
}

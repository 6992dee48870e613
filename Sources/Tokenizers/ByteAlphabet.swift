/// GPT-2's spelling of bytes as visible characters: every byte is one character of a token's spelling.
///
/// Printable Latin-1 stands for itself; the other bytes take, in order, the characters from U+0100 on.
package enum ByteAlphabet {
    /// The character that spells each byte.
    package static let characters: [Unicode.Scalar] = {
        var next: UInt32 = 0x100
        return (0..<256).map { byte in
            let isVisible = (0x21...0x7E).contains(byte) || (0xA1...0xAC).contains(byte) || (0xAE...0xFF).contains(byte)
            defer { if !isVisible { next += 1 } }
            return Unicode.Scalar(isVisible ? UInt32(byte) : next) ?? "?"
        }
    }()

    /// The byte that each character spells, by code point; -1 where it spells none.
    private static let bytes: [Int16] = {
        var bytes = [Int16](repeating: -1, count: 0x200)
        for (byte, character) in characters.enumerated() { bytes[Int(character.value)] = Int16(byte) }
        return bytes
    }()

    /// How a token of these bytes is spelled.
    static func spelling(of bytes: [UInt8]) -> String {
        var spelling = String.UnicodeScalarView()
        for byte in bytes { spelling.append(characters[Int(byte)]) }
        return String(spelling)
    }

    /// The bytes that `spelling` stands for; `nil` if it has a character outside of the alphabet.
    static func bytes(of spelling: String) -> [UInt8]? {
        let table = bytes
        var result: [UInt8] = []
        result.reserveCapacity(spelling.utf8.count)
        for scalar in spelling.unicodeScalars {
            guard scalar.value < 0x200, table[Int(scalar.value)] >= 0 else { return nil }
            result.append(UInt8(table[Int(scalar.value)]))
        }
        return result
    }
}

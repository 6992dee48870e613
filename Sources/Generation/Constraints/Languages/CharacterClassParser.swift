import Files

/// Classes and escapes of characters in regular expressions.
enum CharacterClassParser {
    /// What `.` does not match.
    static let lineBreaks = CharacterRanges("\n\r\u{2028}\u{2029}")
    private static let digits = CharacterRanges([0x30...0x39])
    private static let words = CharacterRanges([0x30...0x39, 0x41...0x5A, 0x5F...0x5F, 0x61...0x7A])
    /// ECMAScript's WhiteSpace and LineTerminator.
    private static let spaces = CharacterRanges([
        0x09...0x0D, 0x20...0x20, 0xA0...0xA0, 0x1680...0x1680, 0x2000...0x200A, 0x2028...0x2029, 0x202F...0x202F,
        0x205F...0x205F, 0x3000...0x3000, 0xFEFF...0xFEFF,
    ])

    /// The class that begins here, with its brackets.
    static func parse(_ scanner: inout GrammarScanner) throws -> CharacterRanges {
        scanner.advance()
        let isInverted = scanner.take("^")
        var ranges: [ClosedRange<UInt32>] = []
        while !scanner.take("]") {
            let first = try parseMember(&scanner)
            guard scanner.next == "-", scanner.peek(1) != "]", let lower = first.onlyCharacter else {
                ranges += first.ranges
                continue
            }
            scanner.advance()
            let last = try parseMember(&scanner)
            guard let upper = last.onlyCharacter, lower <= upper else {
                throw scanner.error(
                    .invalidValue, "found a range that is none", "a range like “a-z”", "write “\\-” for the character")
            }
            ranges.append(lower...upper)
        }
        let members = CharacterRanges(ranges)
        return isInverted ? members.inverted : members
    }

    private static func parseMember(_ scanner: inout GrammarScanner) throws -> CharacterRanges {
        guard let character = scanner.next else { throw scanner.error(.truncated, "found the end", "“]”") }
        if character == "\\" { return try parseEscape(&scanner, inClass: true) }
        scanner.advance()
        return CharacterRanges([character.value...character.value])
    }

    /// The characters of the escape that begins here, with its backslash.
    static func parseEscape(_ scanner: inout GrammarScanner, inClass: Bool) throws -> CharacterRanges {
        let start = scanner.position
        guard let character = scanner.peek(1) else {
            throw scanner.error(.truncated, "found the end", "an escape sequence")
        }
        scanner.advance(2)
        switch character {
        case "d": return digits
        case "D": return digits.inverted
        case "w": return words
        case "W": return words.inverted
        case "s": return spaces
        case "S": return spaces.inverted
        default: break
        }
        if let value = try single(character, &scanner, inClass: inClass) { return CharacterRanges([value...value]) }
        scanner.goBack(to: start)
        throw scanner.error(
            .unsupported, "found “\\\(String(character))”", "a character, \\d, \\w, \\s or their opposites",
            "describe the text without back references, boundaries and properties")
    }

    private static func single(
        _ character: Unicode.Scalar, _ scanner: inout GrammarScanner, inClass: Bool
    ) throws -> UInt32? {
        switch character {
        case "n": return 10
        case "r": return 13
        case "t": return 9
        case "f": return 12
        case "v": return 11
        case "b" where inClass: return 8
        case "0" where !(scanner.next.map { ("0"..."9").contains($0) } ?? false): return 0
        case "x": return try scanner.hexadecimal(2)
        case "u": return try unicode(&scanner)
        case "a"..."z", "A"..."Z", "0"..."9": return nil
        default: return character.value
        }
    }

    /// The number behind `\u`: four digits, two such escapes for a surrogate pair, or any number of digits in braces.
    private static func unicode(_ scanner: inout GrammarScanner) throws -> UInt32 {
        var value: UInt32 = 0
        if scanner.take("{") {
            repeat { value = value << 4 | (try scanner.hexadecimal(1)) } while scanner.next != "}" && value <= 0x10FFFF
            guard scanner.take("}") else { throw scanner.error(.invalidValue, scanner.found, "“}”") }
        } else {
            value = try scanner.hexadecimal(4)
            if (0xD800..<0xDC00).contains(value), scanner.take("\\u") {
                let low = try scanner.hexadecimal(4)
                if (0xDC00..<0xE000).contains(low) { value = 0x10000 + (value - 0xD800) << 10 + low - 0xDC00 }
            }
        }
        guard Unicode.Scalar(value) != nil else {
            throw scanner.error(.invalidValue, "found a number that is no character", "a Unicode scalar value")
        }
        return value
    }
}

extension CharacterRanges {
    /// The character, if the set has one only.
    fileprivate var onlyCharacter: UInt32? {
        guard let range = ranges.first, ranges.count == 1, range.count == 1 else { return nil }
        return range.lowerBound
    }
}

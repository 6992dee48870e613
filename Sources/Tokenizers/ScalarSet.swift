/// The character classes that pre-tokenizer steps isolate runs of.
enum ScalarSet: Sendable {
    /// `[\r\n]`
    case newlines
    /// `\p{L}`
    case letters
    /// `\p{N}`
    case numbers
    /// `\p{P}`
    case punctuation
    /// The cased letters that DeepSeek LLM lists.
    case casedLetters
    /// `[!-/:-~！-／：-～‘-‟　-。]`: as DeepSeek LLM writes it, ASCII letters and the ideographic space included.
    case widePunctuation
    /// `[一-龥ࠀ-一가-퟿]`
    case ideographs
    /// `[一-龥぀-ゟ゠-ヿ]`
    case ideographsAndKana
    /// `[0-9]`
    case asciiDigits
    /// `[\p{P}\$\+<=>\^~\|]`
    case defaultPunctuation

    @inline(__always)
    func contains(_ character: TextScanner.Character) -> Bool {
        let value = character.value
        switch self {
        case .newlines: return character.belongs(to: .newline)
        case .letters: return character.belongs(to: .letter)
        case .numbers: return character.belongs(to: .number)
        case .punctuation: return character.belongs(to: .punctuation)
        case .casedLetters: return character.belongs(to: .casedLetter)
        case .widePunctuation: return ScalarSet.isWidePunctuation(value)
        case .ideographs: return (0x800...0x9FA5).contains(value) || (0xAC00...0xD7FF).contains(value)
        case .ideographsAndKana: return (0x4E00...0x9FA5).contains(value) || (0x3040...0x30FF).contains(value)
        case .asciiDigits: return (0x30...0x39).contains(value)
        case .defaultPunctuation: return character.belongs(to: .punctuation) || ScalarSet.isDefaultSymbol(value)
        }
    }

    private static func isWidePunctuation(_ value: UInt32) -> Bool {
        switch value {
        case 0x21...0x2F, 0x3A...0x7E, 0x2018...0x201F, 0x3000...0x3002, 0xFF01...0xFF0F, 0xFF1A...0xFF5E: true
        default: false
        }
    }

    private static func isDefaultSymbol(_ value: UInt32) -> Bool {
        switch value {
        case 0x24, 0x2B, 0x3C...0x3E, 0x5E, 0x7C, 0x7E: true
        default: false
        }
    }
}

extension TextScanner {
    /// The first `least` to `most` characters of `set` in a row.
    func firstRun(of set: ScalarSet, least: Int, most: Int, in range: Range<Int>) -> Range<Int>? {
        var start = range.lowerBound
        while start < range.upperBound {
            let (end, count) = run(of: set, most: most, from: start, to: range.upperBound)
            if count >= least { return start..<end }
            start = end + character(at: end == range.upperBound ? start : end, before: range.upperBound).length
        }
        return nil
    }

    /// The first run of `set` together with one white space before it.
    func firstSpacedRun(of set: ScalarSet, in range: Range<Int>) -> Range<Int>? {
        var start = range.lowerBound
        var space: Int?
        while start < range.upperBound {
            let found = character(at: start, before: range.upperBound)
            if set.contains(found) {
                // A set may hold white space itself; then the greedy `\s?` takes the first of the run, to the same end.
                return (space ?? start)..<run(of: set, most: .max, from: start, to: range.upperBound).end
            }
            space = found.belongs(to: .space) ? start : nil
            start += found.length
        }
        return nil
    }

    /// The white space at the end of `range`.
    func trailingSpace(in range: Range<Int>) -> Range<Int>? {
        var start = range.upperBound
        while start > range.lowerBound {
            let found = character(before: start, after: range.lowerBound)
            guard found.belongs(to: .space) else { break }
            start -= found.length
        }
        return start < range.upperBound ? start..<range.upperBound : nil
    }

    /// Where the run of at most `most` characters of `set` from `start` on ends, and how many they are.
    @inline(__always)
    private func run(of set: ScalarSet, most: Int, from start: Int, to end: Int) -> (end: Int, count: Int) {
        var position = start
        var count = 0
        while position < end, count < most {
            let found = character(at: position, before: end)
            guard set.contains(found) else { break }
            position += found.length
            count += 1
        }
        return (position, count)
    }
}

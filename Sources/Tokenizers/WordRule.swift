/// The patterns of several alternatives that find words; the first alternative that matches at a place is taken.
enum WordRule: Sendable {
    /// `[!"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+| ?[\p{P}\p{S}]+[\r\n]*|
    /// \s*[\r\n]+|\s+(?!\S)|\s+`
    case deepSeekV3
    /// `(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,digits}| ?[^\s\p{L}\p{N}]+[\r\n]*|
    /// \s*[\r\n]+|\s+(?!\S)|\s+`
    case gpt4(digits: Int)
    /// `'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)`
    case gpt2
}

extension TextScanner {
    /// The first match of `rule` in `range`.
    func firstWord(by rule: WordRule, in range: Range<Int>) -> Range<Int>? {
        var start = range.lowerBound
        while start < range.upperBound {
            let first = character(at: start, before: range.upperBound)
            if let end = endOfWord(by: rule, from: start, first, to: range.upperBound) { return start..<end }
            start += first.length
        }
        return nil
    }

    private func endOfWord(by rule: WordRule, from start: Int, _ first: Character, to end: Int) -> Int? {
        switch rule {
        case .deepSeekV3: endOfV3Word(from: start, first, to: end)
        case .gpt4(let digits): endOfGPT4Word(from: start, first, digits: digits, to: end)
        case .gpt2: endOfGPT2Word(from: start, first, to: end)
        }
    }

    private func endOfV3Word(from start: Int, _ first: Character, to end: Int) -> Int? {
        let next = start + first.length
        let isMark = first.belongs(to: [.punctuation, .symbol])
        if isMark, first.value < 0x80 {
            let word = skipASCIILetters(from: next, to: end)
            if word > next { return word }
        }
        if first.belongs(to: [.letter, .mark]) { return skip([.letter, .mark], from: next, to: end) }
        if !isMark, !first.belongs(to: .newline) {
            let word = skip([.letter, .mark], from: next, to: end)
            if word > next { return word }
        }
        let marks = first.value == 0x20 ? next : start
        let afterMarks = skip([.punctuation, .symbol], from: marks, to: end)
        if afterMarks > marks { return skip(.newline, from: afterMarks, to: end) }
        return first.belongs(to: .space) ? endOfSpace(from: start, to: end) : nil
    }

    private func endOfGPT4Word(from start: Int, _ first: Character, digits: Int, to end: Int) -> Int? {
        let next = start + first.length
        if first.value == 0x27, let word = endOfContraction(from: next, to: end, foldingCase: true) { return word }
        if first.belongs(to: .letter) { return skip(.letter, from: next, to: end) }
        if first.belongs(to: .number) { return skip(.number, most: digits - 1, from: next, to: end) }
        if !first.belongs(to: .newline) {
            let word = skip(.letter, from: next, to: end)
            if word > next { return word }
        }
        let others = first.value == 0x20 ? next : start
        let afterOthers = skipOthers(from: others, to: end)
        if afterOthers > others { return skip(.newline, from: afterOthers, to: end) }
        return first.belongs(to: .space) ? endOfSpace(from: start, to: end) : nil
    }

    private func endOfGPT2Word(from start: Int, _ first: Character, to end: Int) -> Int? {
        let next = start + first.length
        if first.value == 0x27, let word = endOfContraction(from: next, to: end, foldingCase: false) { return word }
        let body = first.value == 0x20 ? next : start
        for kind in [ScalarClass.letter, .number] {
            let word = skip(kind, from: body, to: end)
            if word > body { return word }
        }
        let others = skipOthers(from: body, to: end)
        if others > body { return others }
        guard first.belongs(to: .space) else { return nil }
        let spaces = skipSpace(from: start, to: end)
        if spaces.end == end { return end }
        return spaces.beforeLast > start ? spaces.beforeLast : nil
    }

    /// `\s*[\r\n]+|\s+(?!\S)|\s+` at white space: up to the last newline; or all at the end of the text; or all but the
    /// last, which goes with what follows; or the only one.
    private func endOfSpace(from start: Int, to end: Int) -> Int {
        let spaces = skipSpace(from: start, to: end)
        if let newline = spaces.afterNewline { return newline }
        if spaces.end == end || spaces.beforeLast == start { return spaces.end }
        return spaces.beforeLast
    }

    /// Where the white space from `start` on ends, where its last character begins, and where its last newline ends.
    private func skipSpace(from start: Int, to end: Int) -> (end: Int, beforeLast: Int, afterNewline: Int?) {
        var position = start
        var last = start
        var newline: Int?
        while position < end {
            let found = character(at: position, before: end)
            guard found.belongs(to: .space) else { break }
            last = position
            position += found.length
            if found.belongs(to: .newline) { newline = position }
        }
        return (position, last, newline)
    }

    /// The end of `s`, `t`, `re`, `ve`, `m`, `ll` or `d` at `start`.
    private func endOfContraction(from start: Int, to end: Int, foldingCase: Bool) -> Int? {
        func letter(_ index: Int) -> UInt8 {
            guard start + index < end else { return 0 }
            let byte = bytes[start + index]
            return foldingCase && (0x41...0x5A).contains(byte) ? byte | 0x20 : byte
        }
        switch (letter(0), letter(1)) {
        case (UInt8(ascii: "s"), _), (UInt8(ascii: "t"), _), (UInt8(ascii: "m"), _), (UInt8(ascii: "d"), _):
            return start + 1
        case (UInt8(ascii: "r"), UInt8(ascii: "e")), (UInt8(ascii: "v"), UInt8(ascii: "e")),
            (UInt8(ascii: "l"), UInt8(ascii: "l")):
            return start + 2
        default: return nil
        }
    }

    /// Skips at most `most` characters of any of `kinds`.
    @inline(__always)
    private func skip(_ kinds: ScalarClass, most: Int = .max, from start: Int, to end: Int) -> Int {
        var position = start
        var left = most
        while position < end, left > 0 {
            let found = character(at: position, before: end)
            guard found.belongs(to: kinds) else { break }
            position += found.length
            left -= 1
        }
        return position
    }

    /// Skips `[^\s\p{L}\p{N}]+`.
    private func skipOthers(from start: Int, to end: Int) -> Int {
        var position = start
        while position < end {
            let found = character(at: position, before: end)
            guard !found.belongs(to: [.space, .letter, .number]) else { break }
            position += found.length
        }
        return position
    }

    private func skipASCIILetters(from start: Int, to end: Int) -> Int {
        var position = start
        while position < end, (0x61...0x7A).contains(bytes[position] | 0x20) { position += 1 }
        return position
    }
}

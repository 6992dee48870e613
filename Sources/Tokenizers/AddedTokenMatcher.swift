/// Finds added tokens in text: the leftmost, and of several at one place the longest, as Hugging Face does.
struct AddedTokenMatcher: Sendable {
    /// A stretch of text, or a token found between such.
    enum Part: Equatable {
        case text(Range<Int>)
        case token(Int32)
    }

    /// A tree of the tokens' bytes: the node that follows node n by byte b stands at `n << 8 | b`.
    private var children: [Int: Int] = [:]
    /// The token that ends at each node.
    private var tokens: [Vocabulary.AddedToken?] = [nil]
    /// Whether any token begins with a byte.
    private var begins = [Bool](repeating: false, count: 256)

    init(_ addedTokens: [Vocabulary.AddedToken]) {
        for token in addedTokens where !token.content.isEmpty { insert(token) }
    }

    private mutating func insert(_ token: Vocabulary.AddedToken) {
        var node = 0
        for (index, byte) in token.content.utf8.enumerated() {
            if index == 0 { begins[Int(byte)] = true }
            let key = node << 8 | Int(byte)
            if children[key] == nil {
                children[key] = tokens.count
                tokens.append(nil)
            }
            node = children[key] ?? 0
        }
        tokens[node] = token
    }

    /// Cuts `range` of `text` at the tokens that lie wholly inside one of `trusted`, which are in order and do not touch.
    func parts(of text: TextScanner, _ range: Range<Int>, trusted: [Range<Int>]) -> [Part] {
        var parts: [Part] = []
        var start = range.lowerBound
        for stretch in trusted {
            let stretch = stretch.clamped(to: range)
            var position = stretch.lowerBound
            while position < stretch.upperBound {
                guard begins[Int(text.bytes[position])],
                    let token = longest(in: text, position..<stretch.upperBound)
                else {
                    position += 1
                    continue
                }
                let found = position..<position + token.content.utf8.count
                position = found.upperBound
                if token.isSingleWord, touchesWord(found, of: text, in: range) { continue }
                let whole = widened(found, token, of: text, in: start..<range.upperBound)
                if whole.lowerBound > start { parts.append(.text(start..<whole.lowerBound)) }
                parts.append(.token(Int32(truncatingIfNeeded: token.id)))
                start = max(start, whole.upperBound)
                position = max(position, start)
            }
        }
        if start < range.upperBound { parts.append(.text(start..<range.upperBound)) }
        return parts
    }

    /// The longest token that begins where `range` begins and ends inside it.
    private func longest(in text: TextScanner, _ range: Range<Int>) -> Vocabulary.AddedToken? {
        var node = 0
        var found: Vocabulary.AddedToken?
        for position in range {
            guard let child = children[node << 8 | Int(text.bytes[position])] else { break }
            node = child
            found = tokens[node] ?? found
        }
        return found
    }

    /// Whether a word goes on before or after `found`.
    private func touchesWord(_ found: Range<Int>, of text: TextScanner, in range: Range<Int>) -> Bool {
        func isWord(_ character: TextScanner.Character) -> Bool {
            character.belongs(to: [.letter, .mark, .number]) || character.value == 0x5F
        }
        if found.lowerBound > range.lowerBound,
            isWord(text.character(before: found.lowerBound, after: range.lowerBound))
        {
            return true
        }
        return found.upperBound < range.upperBound
            && isWord(text.character(at: found.upperBound, before: range.upperBound))
    }

    /// `found` with the white space that the token swallows, inside of `range`.
    private func widened(
        _ found: Range<Int>, _ token: Vocabulary.AddedToken, of text: TextScanner, in range: Range<Int>
    ) -> Range<Int> {
        var (start, end) = (found.lowerBound, found.upperBound)
        if token.stripsLeft, let space = text.trailingSpace(in: range.lowerBound..<start) { start = space.lowerBound }
        while token.stripsRight, end < range.upperBound {
            let next = text.character(at: end, before: range.upperBound)
            guard next.belongs(to: .space) else { break }
            end += next.length
        }
        return start..<end
    }
}

/// The text being edited and the place of the cursor in it, in characters as a person sees them.
struct EditBuffer: Equatable {
    private(set) var characters: [Character]
    /// How many characters stand before the cursor.
    private(set) var cursor: Int
    /// What was deleted last by more than one character.
    private var killed: [Character] = []

    init(_ text: String = "") {
        characters = Array(text)
        cursor = characters.count
    }

    var text: String { String(characters) }
    var isEmpty: Bool { characters.isEmpty }

    /// Whether the cursor stands at the end after a backslash, so that Enter goes on with a new line.
    var continues: Bool { cursor == characters.count && characters.last == "\\" }

    /// Replaces everything; the cursor goes to the end. What was deleted last stays.
    mutating func replace(with text: String) {
        characters = Array(text)
        cursor = characters.count
    }

    /// Inserts before the cursor. A combining mark joins the character that it follows.
    mutating func insert(_ text: String) {
        let before = String(characters[..<cursor]) + text
        let all = before + String(characters[cursor...])
        characters = Array(all)
        // Text and what follows it may join into one character; the cursor then stands after it.
        cursor = min(before.count, characters.count)
    }

    /// Puts a newline in place of the backslash that asked for it.
    mutating func continueLine() {
        guard continues else { return }
        remove(cursor - 1..<cursor)
        insert("\n")
    }

    // MARK: Moving

    mutating func moveLeft() { cursor = max(cursor - 1, 0) }
    mutating func moveRight() { cursor = min(cursor + 1, characters.count) }
    mutating func moveWordLeft() { cursor = wordStart }
    mutating func moveWordRight() { cursor = wordEnd }
    mutating func moveToLineStart() { cursor = lineStart }
    mutating func moveToLineEnd() { cursor = lineEnd }

    /// Moves to the line above or below, keeping the distance from the line's start where that line is long enough.
    /// - Returns: `false` if there is no such line; the cursor then stays.
    mutating func moveLine(up: Bool) -> Bool {
        let distance = cursor - lineStart
        let start: Int
        if up {
            guard lineStart > 0 else { return false }
            start = EditBuffer(characters, cursor: lineStart - 1).lineStart
        } else {
            guard lineEnd < characters.count else { return false }
            start = lineEnd + 1
        }
        cursor = min(start + distance, EditBuffer(characters, cursor: start).lineEnd)
        return true
    }

    // MARK: Deleting

    mutating func deleteLeft() { if cursor > 0 { remove(cursor - 1..<cursor) } }
    mutating func deleteRight() { if cursor < characters.count { remove(cursor..<cursor + 1) } }
    mutating func deleteWordLeft() { kill(wordStart..<cursor) }
    mutating func deleteWordRight() { kill(cursor..<wordEnd) }
    mutating func deleteToLineStart() { kill(lineStart..<cursor) }
    mutating func deleteToLineEnd() { kill(cursor..<lineEnd) }
    mutating func yank() { insert(String(killed)) }

    // MARK: Places

    private init(_ characters: [Character], cursor: Int) {
        self.characters = characters
        self.cursor = cursor
    }

    private var lineStart: Int { (characters[..<cursor].lastIndex(of: "\n") ?? -1) + 1 }
    private var lineEnd: Int { characters[cursor...].firstIndex(of: "\n") ?? characters.count }

    private var wordStart: Int {
        var place = cursor
        while place > 0, !characters[place - 1].isWordPart { place -= 1 }
        while place > 0, characters[place - 1].isWordPart { place -= 1 }
        return place
    }

    private var wordEnd: Int {
        var place = cursor
        while place < characters.count, !characters[place].isWordPart { place += 1 }
        while place < characters.count, characters[place].isWordPart { place += 1 }
        return place
    }

    private mutating func kill(_ range: Range<Int>) {
        guard !range.isEmpty else { return }
        killed = Array(characters[range])
        remove(range)
    }

    private mutating func remove(_ range: Range<Int>) {
        let before = String(characters[..<range.lowerBound])
        // What comes together may join, as a letter and the mark that stood after the removed text.
        characters = Array(before + String(characters[range.upperBound...]))
        cursor = min(before.count, characters.count)
    }
}

extension Character {
    fileprivate var isWordPart: Bool { isLetter || isNumber || self == "_" }
}

/// What a person did at the keyboard, as far as line editing knows it.
enum Key: Sendable, Equatable {
    /// A character, or a part of one such as a combining mark.
    case text(String)
    /// Text from the clipboard, which may hold newlines; never a command.
    case paste(String)
    /// Enter: ends the line.
    case enter
    /// Alt-Enter: a newline inside of the text.
    case newline
    case left, right, up, down, home, end
    case wordLeft, wordRight
    case backspace, delete
    /// Ctrl-W, Alt-Backspace, Alt-D, Ctrl-K, Ctrl-U.
    case deleteWordLeft, deleteWordRight, deleteToEnd, deleteToStart
    /// Ctrl-Y: brings back what was deleted last.
    case yank
    /// Ctrl-L.
    case clearScreen
    /// Ctrl-C, Ctrl-D, Ctrl-Z.
    case interrupt, endOfInput, suspend
    /// A key without a meaning here.
    case unknown
}

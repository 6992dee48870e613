/// What keys do to a line: editing without any terminal.
struct LineEditing {
    /// What the terminal has to do after a key.
    enum Outcome: Equatable {
        case redraw
        case clearScreen
        case suspend
        /// Enter: the line is finished.
        case line(String)
        /// Ctrl-C.
        case interrupted
        /// Ctrl-D on an empty line.
        case end
    }

    private(set) var buffer = EditBuffer()
    private(set) var history: LineHistory

    init(history: LineHistory) { self.history = history }

    mutating func apply(_ key: Key) -> Outcome {
        switch key {
        case .enter: return enter()
        case .interrupt:
            history.leave()
            return .interrupted
        case .endOfInput:
            if buffer.isEmpty { return .end }
            buffer.deleteRight()
        case .clearScreen: return .clearScreen
        case .suspend: return .suspend
        default: edit(key)
        }
        return .redraw
    }

    private mutating func enter() -> Outcome {
        if buffer.continues {
            buffer.continueLine()
            return .redraw
        }
        history.append(buffer.text)
        return .line(buffer.text)
    }

    private mutating func edit(_ key: Key) {
        switch key {
        case .text(let text), .paste(let text): buffer.insert(text)
        case .newline: buffer.insert("\n")
        case .left: buffer.moveLeft()
        case .right: buffer.moveRight()
        case .wordLeft: buffer.moveWordLeft()
        case .wordRight: buffer.moveWordRight()
        case .home: buffer.moveToLineStart()
        case .end: buffer.moveToLineEnd()
        case .backspace: buffer.deleteLeft()
        case .delete: buffer.deleteRight()
        case .deleteWordLeft: buffer.deleteWordLeft()
        case .deleteWordRight: buffer.deleteWordRight()
        case .deleteToEnd: buffer.deleteToLineEnd()
        case .deleteToStart: buffer.deleteToLineStart()
        case .yank: buffer.yank()
        case .up: moveVertically(up: true)
        case .down: moveVertically(up: false)
        default: break
        }
    }

    /// Inside of a text of several lines the arrows move; beyond its first and last line they leaf through history.
    private mutating func moveVertically(up: Bool) {
        guard !buffer.moveLine(up: up) else { return }
        if let line = up ? history.older(than: buffer.text) : history.newer() { buffer.replace(with: line) }
    }
}

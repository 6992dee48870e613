/// Turns the bytes of a terminal in raw mode into keys, wherever the borders between reads fall.
///
/// Understands UTF-8, the control characters, escape sequences as ECMA-48 forms them (xterm's, VT220's and the Linux
/// console's keys) and bracketed paste. No byte is ever taken for text that was part of a sequence.
struct KeyParser {
    /// No paste is longer than this many bytes; the rest is dropped.
    static let pasteLimit = 1 << 20
    private static let pasteEnd = Array("\u{1B}[201~".utf8)

    private enum State {
        case ground
        /// Inside of a character that takes this many more bytes.
        case character(missing: Int)
        /// After ESC, after ESC [, after ESC O, after ESC [ [ (a function key of the Linux console).
        case escape, control, shifted, function
        case paste
    }

    private var state = State.ground
    private var collected: [UInt8] = []

    /// Whether an escape sequence is unfinished, so that the caller may wait a moment for more and then call `finish`.
    /// Characters and pastes take as long as they take.
    var isEscapePending: Bool {
        switch state {
        case .escape, .control, .shifted, .function: true
        case .ground, .character, .paste: false
        }
    }

    mutating func consume(_ bytes: some Sequence<UInt8>) -> [Key] { bytes.flatMap { consume($0) } }

    /// Gives up on an unfinished sequence: a lone ESC was the Escape key.
    mutating func finish() -> [Key] {
        defer { reset() }
        switch state {
        case .ground: return []
        case .character: return [.text("\u{FFFD}")]
        case .escape, .control, .shifted, .function: return [.unknown]
        case .paste: return [pasted()]
        }
    }

    private mutating func reset() {
        state = .ground
        collected = []
    }

    private mutating func consume(_ byte: UInt8) -> [Key] {
        switch state {
        case .ground: return ground(byte)
        case .character(let missing): return character(byte, missing)
        case .escape: return escape(byte)
        case .control: return control(byte)
        case .shifted:
            reset()
            return [KeyParser.named(final: byte, parameters: [])]
        case .function:
            reset()
            return [.unknown]
        case .paste: return paste(byte)
        }
    }

    // MARK: Characters

    private mutating func ground(_ byte: UInt8) -> [Key] {
        switch byte {
        case 0x1B: state = .escape
        case 0x00..<0x20, 0x7F: return [KeyParser.controlKeys[byte] ?? .unknown]
        case 0x20..<0x7F: return [.text(String(Character(Unicode.Scalar(byte))))]
        case 0xC2..<0xE0: begin(byte, missing: 1)
        case 0xE0..<0xF0: begin(byte, missing: 2)
        case 0xF0..<0xF5: begin(byte, missing: 3)
        default: return [.text("\u{FFFD}")]
        }
        return []
    }

    private mutating func begin(_ byte: UInt8, missing: Int) {
        collected = [byte]
        state = .character(missing: missing)
    }

    private mutating func character(_ byte: UInt8, _ missing: Int) -> [Key] {
        guard byte & 0xC0 == 0x80 else {
            reset()
            return [.text("\u{FFFD}")] + ground(byte)
        }
        collected.append(byte)
        guard missing == 1 else {
            state = .character(missing: missing - 1)
            return []
        }
        let text = String(decoding: collected, as: UTF8.self)
        reset()
        // C1 controls come as two bytes of UTF-8 and are no text either.
        let isControl = text.unicodeScalars.contains { (0x80..<0xA0).contains($0.value) }
        return [isControl ? .unknown : .text(text)]
    }

    private static let controlKeys: [UInt8: Key] = [
        0x01: .home, 0x02: .left, 0x03: .interrupt, 0x04: .endOfInput, 0x05: .end, 0x06: .right, 0x08: .backspace,
        0x09: .text("\t"), 0x0A: .enter, 0x0B: .deleteToEnd, 0x0C: .clearScreen, 0x0D: .enter, 0x0E: .down,
        0x10: .up, 0x15: .deleteToStart, 0x17: .deleteWordLeft, 0x19: .yank, 0x1A: .suspend, 0x7F: .backspace,
    ]

    // MARK: Sequences

    private mutating func escape(_ byte: UInt8) -> [Key] {
        switch byte {
        case UInt8(ascii: "["): state = .control
        case UInt8(ascii: "O"): state = .shifted
        case 0x1B: return [.unknown]
        case 0x80...:
            // Alt with a letter beyond ASCII has no meaning here but that of the letter.
            reset()
            return ground(byte)
        default:
            reset()
            return [KeyParser.alternateKeys[byte] ?? .unknown]
        }
        return []
    }

    private static let alternateKeys: [UInt8: Key] = [
        0x0A: .newline, 0x0D: .newline, 0x7F: .deleteWordLeft, 0x08: .deleteWordLeft, UInt8(ascii: "b"): .wordLeft,
        UInt8(ascii: "f"): .wordRight, UInt8(ascii: "d"): .deleteWordRight,
    ]

    private mutating func control(_ byte: UInt8) -> [Key] {
        switch byte {
        case 0x20..<0x40:
            // Longer than any key's sequence: swallow it, but do not keep it.
            if collected.count < 32 { collected.append(byte) }
            return []
        case UInt8(ascii: "[") where collected.isEmpty:
            state = .function
            return []
        case 0x40..<0x7F:
            let parameters = String(decoding: collected, as: UTF8.self).split(separator: ";").map { Int($0) ?? 0 }
            reset()
            guard byte == UInt8(ascii: "~"), parameters.first == 200 else {
                return [KeyParser.named(final: byte, parameters: parameters)]
            }
            state = .paste
            return []
        default:
            // No part of a sequence, so the sequence was broken off.
            reset()
            return ground(byte)
        }
    }

    /// The key of `ESC [ parameters final` or `ESC O final`. A second parameter above 1 says which modifiers are held.
    private static func named(final: UInt8, parameters: [Int]) -> Key {
        let isModified = parameters.count > 1 && parameters[1] > 1
        switch final {
        case UInt8(ascii: "A"): return .up
        case UInt8(ascii: "B"): return .down
        case UInt8(ascii: "C"): return isModified ? .wordRight : .right
        case UInt8(ascii: "D"): return isModified ? .wordLeft : .left
        case UInt8(ascii: "H"): return .home
        case UInt8(ascii: "F"): return .end
        case UInt8(ascii: "M"): return .enter
        // CSI u, the form in which terminals tell Alt-Enter and Shift-Enter from Enter.
        case UInt8(ascii: "u"): return parameters.first == 13 ? (isModified ? .newline : .enter) : .unknown
        case UInt8(ascii: "~"):
            switch parameters.first {
            case 1, 7: return .home
            case 4, 8: return .end
            case 3: return isModified ? .deleteWordRight : .delete
            default: return .unknown
            }
        default: return .unknown
        }
    }

    // MARK: Paste

    private mutating func paste(_ byte: UInt8) -> [Key] {
        collected.append(byte)
        if collected.count > KeyParser.pasteLimit + KeyParser.pasteEnd.count {
            // Keep the tail, in which the end of the paste will show.
            collected.remove(at: collected.count - KeyParser.pasteEnd.count - 1)
        }
        guard byte == UInt8(ascii: "~"), collected.suffix(KeyParser.pasteEnd.count).elementsEqual(KeyParser.pasteEnd)
        else { return [] }
        collected.removeLast(KeyParser.pasteEnd.count)
        defer { reset() }
        return [pasted()]
    }

    /// The paste with newlines for all line ends, and without control characters, which could do anything.
    private func pasted() -> Key {
        let text = String(decoding: collected, as: UTF8.self)
        var result = String.UnicodeScalarView()
        var previous: Unicode.Scalar = " "
        for scalar in text.unicodeScalars {
            if scalar == "\r" || (scalar == "\n" && previous != "\r") {
                result.append("\n")
            } else if scalar == "\t" || !(scalar.value < 0x20 || (0x7F..<0xA0).contains(scalar.value)) {
                result.append(scalar)
            }
            previous = scalar
        }
        return .paste(String(result))
    }
}

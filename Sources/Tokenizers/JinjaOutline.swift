/// What a Jinja template says, in one spelling: the same for all layouts that render alike.
///
/// Only the borders of tags and strings are read, and white space is handled as Hugging Face sets Jinja up (`trim_blocks`,
/// `lstrip_blocks`). Nothing is interpreted.
struct JinjaOutline {
    /// The tags without white space outside of strings, and the text between them as it would be put out.
    private(set) var parts: [[UInt8]] = []

    private let bytes: [UInt8]
    private var position = 0
    /// Whether only white space can stand between the last newline and `position`.
    private var isLineStart = true
    /// Whether the tag before swallows all white space after it, or one newline.
    private var trimsAll = false
    private var trimsNewline = false

    /// The outline of `template`; `nil` if a tag or a string in it has no end.
    init?(_ template: String) {
        bytes = Array(template.utf8)
        while position < bytes.count {
            let start = position
            position = nextTag(from: start)
            addText(start..<position)
            if position < bytes.count, !addTag() { return nil }
        }
    }

    /// A number that two outlines share only if they are equal, but for wilful collisions (FNV-1a, 64 bits).
    var fingerprint: UInt64 {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        // Safe: wraps on purpose, as hashing does.
        for part in parts { for byte in part + [0] { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 } }
        return hash
    }

    private func nextTag(from start: Int) -> Int {
        var position = start
        while position + 1 < bytes.count {
            if bytes[position] == UInt8(ascii: "{"), "{%#".utf8.contains(bytes[position + 1]) { return position }
            position += 1
        }
        return bytes.count
    }

    private static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D).contains(byte) }

    /// Adds the text of `range`, which a tag or the template's end follows, as far as it is put out.
    private mutating func addText(_ range: Range<Int>) {
        var text = bytes[range]
        if trimsAll {
            text = text.drop(while: JinjaOutline.isSpace)
        } else if trimsNewline, text.first == 0x0A {
            text = text.dropFirst()
        }
        if text.startIndex > range.lowerBound { isLineStart = bytes[text.startIndex - 1] == 0x0A }
        if range.upperBound == bytes.count {
            // Jinja drops one newline at the end of a template.
            if text.last == 0x0A { text = text.dropLast() }
        } else if bytes.count > range.upperBound + 2, bytes[range.upperBound + 2] == UInt8(ascii: "-") {
            while let last = text.last, JinjaOutline.isSpace(last) { text = text.dropLast() }
        } else if bytes[range.upperBound + 1] != UInt8(ascii: "{") {
            dropIndentation(&text)
        }
        if !text.isEmpty { parts.append([UInt8(ascii: "T")] + text) }
    }

    /// Drops blanks between the start of a line and a tag that is no output.
    private func dropIndentation(_ text: inout ArraySlice<UInt8>) {
        let line = text.lastIndex(of: 0x0A).map { $0 + 1 }
        guard line != nil || isLineStart else { return }
        let indentation = text[(line ?? text.startIndex)...]
        if indentation.allSatisfy(JinjaOutline.isSpace) { text = text[..<(line ?? text.startIndex)] }
    }

    /// Reads the tag at `position`; `false` if it does not end.
    private mutating func addTag() -> Bool {
        let kind = bytes[position + 1]
        position += 2
        if position < bytes.count, "-+".utf8.contains(bytes[position]) { position += 1 }
        let closing: UInt8 = kind == UInt8(ascii: "{") ? UInt8(ascii: "}") : kind
        var part = [kind]
        while position + 1 < bytes.count {
            let byte = bytes[position]
            if byte == closing, bytes[position + 1] == UInt8(ascii: "}") {
                endTag(part, kind)
                return true
            }
            position += 1
            if kind != UInt8(ascii: "#"), byte == UInt8(ascii: "'") || byte == UInt8(ascii: "\"") {
                guard addString(to: &part, quote: byte) else { return false }
            } else if !JinjaOutline.isSpace(byte) {
                part.append(byte)
            }
        }
        return false
    }

    private mutating func endTag(_ part: [UInt8], _ kind: UInt8) {
        var part = part
        let isOutput = kind == UInt8(ascii: "{")
        let last = bytes[position - 1]
        trimsAll = last == UInt8(ascii: "-")
        trimsNewline = !isOutput && last != UInt8(ascii: "+")
        if trimsAll || last == UInt8(ascii: "+") { part.removeLast() }
        isLineStart = false
        position += 2
        if kind != UInt8(ascii: "#") { parts.append(part) }
    }

    /// Reads a string up to its closing quote, with its escapes resolved and marks of one kind around it.
    private mutating func addString(to part: inout [UInt8], quote: UInt8) -> Bool {
        part.append(1)
        while position < bytes.count, bytes[position] != quote {
            var byte = bytes[position]
            position += 1
            if byte == UInt8(ascii: "\\"), position < bytes.count {
                byte = JinjaOutline.escapes[bytes[position]] ?? byte
                if byte != UInt8(ascii: "\\") || bytes[position] == byte { position += 1 }
            }
            part.append(byte)
        }
        part.append(2)
        position += 1
        return position <= bytes.count
    }

    private static let escapes: [UInt8: UInt8] = [
        UInt8(ascii: "n"): 0x0A, UInt8(ascii: "r"): 0x0D, UInt8(ascii: "t"): 0x09,
        UInt8(ascii: "\\"): UInt8(ascii: "\\"),
        UInt8(ascii: "'"): UInt8(ascii: "'"), UInt8(ascii: "\""): UInt8(ascii: "\""),
    ]
}

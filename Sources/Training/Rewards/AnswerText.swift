/// Where in a reply its answer stands.
package enum AnswerText: String, Sendable, CaseIterable {
    /// All of it, behind thinking if there is any.
    case whole
    /// Its last line that is not empty.
    case lastLine
    /// Its last number.
    case lastNumber
    /// Inside of the last \boxed{…}.
    case boxed
    /// Between the last <answer> and </answer>.
    case tag

    /// The answer without white space around it; `nil` where the reply has none. Linear in the reply.
    package func find(in reply: String) -> String? {
        let bytes = Array(reply.utf8)
        let found: ArraySlice<UInt8>?
        switch self {
        case .whole: found = bytes[AnswerText.end(ofThinking: bytes)...]
        case .lastLine:
            found = bytes[AnswerText.end(ofThinking: bytes)...].split(whereSeparator: \.isLineEnd)
                .last { !$0.allSatisfy(\.isSpace) }
        case .lastNumber: found = AnswerText.lastNumber(bytes)
        case .boxed: found = AnswerText.lastBoxed(bytes)
        case .tag: found = AnswerText.lastTag(bytes)
        }
        return found.map { String(decoding: $0.trimmed, as: UTF8.self) }
    }

    private static func end(ofThinking bytes: [UInt8]) -> Int {
        last("</think>", in: bytes, before: bytes.count).map { $0 + 8 } ?? 0
    }

    /// Where `text` stands last, ending at `end` or before.
    private static func last(_ text: StaticString, in bytes: [UInt8], before end: Int) -> Int? {
        let wanted = text.withUTF8Buffer { Array($0) }
        guard end >= wanted.count else { return nil }
        return (0...end - wanted.count).last {
            bytes[$0] == wanted[0] && bytes[$0..<$0 + wanted.count].elementsEqual(wanted)
        }
    }

    private static func lastTag(_ bytes: [UInt8]) -> ArraySlice<UInt8>? {
        guard let end = last("</answer>", in: bytes, before: bytes.count),
            let start = last("<answer>", in: bytes, before: end)
        else { return nil }
        return bytes[start + 8..<end]
    }

    private static func lastBoxed(_ bytes: [UInt8]) -> ArraySlice<UInt8>? {
        guard let start = last("\\boxed{", in: bytes, before: bytes.count).map({ $0 + 7 }) else { return nil }
        var depth = 1
        for place in start..<bytes.count {
            if bytes[place] == UInt8(ascii: "{") { depth += 1 }
            if bytes[place] == UInt8(ascii: "}") { depth -= 1 }
            if depth == 0 { return bytes[start..<place] }
        }
        return nil
    }

    /// Digits with what may stand inside of a number, and a sign before them that no number or word precedes.
    private static func lastNumber(_ bytes: [UInt8]) -> ArraySlice<UInt8>? {
        guard let last = bytes.lastIndex(where: \.isDigit) else { return nil }
        var start = last
        while start > 0, bytes[start - 1].isDigit || isInside(bytes, start - 1) { start -= 1 }
        if start > 0, bytes[start - 1] == UInt8(ascii: "."), start < 2 || !bytes[start - 2].isDigit { start -= 1 }
        if start > 0, bytes[start - 1] == UInt8(ascii: "-"), start < 2 || !bytes[start - 2].isWord { start -= 1 }
        return bytes[start...last]
    }

    /// A mark between two digits: 0.5  3/4, and 1,250 where three digits follow.
    private static func isInside(_ bytes: [UInt8], _ place: Int) -> Bool {
        guard place > 0, bytes[place - 1].isDigit, bytes[place + 1].isDigit else { return false }
        let isGroup = bytes[(place + 1)...].prefix(4).prefix(while: \.isDigit).count == 3
        return "./".utf8.contains(bytes[place]) || bytes[place] == UInt8(ascii: ",") && isGroup
    }
}

extension UInt8 {
    var isDigit: Bool { UInt8(ascii: "0")...UInt8(ascii: "9") ~= self }
    var isSpace: Bool { self == 0x20 || 0x09...0x0D ~= self }
    var isLineEnd: Bool { self == 0x0A || self == 0x0D }
    var isWord: Bool { isDigit || UInt8(ascii: "a")...UInt8(ascii: "z") ~= self | 0x20 || self == UInt8(ascii: ")") }
}

extension ArraySlice<UInt8> {
    var trimmed: ArraySlice<UInt8> { drop(while: \.isSpace).reversed().drop(while: \.isSpace).reversed()[...] }
}

/// A run of streamed text, as what it is for.
public enum ReplyPart: Sendable, Equatable {
    /// What the model says to itself between `<think>` and `</think>`.
    case thinking(String)
    /// What it says to the reader.
    case answer(String)
}

/// Tells a reasoning model's thinking from its answer while the text streams.
///
/// DeepSeek-R1's form is `<think>\n…\n</think>\n\n…`, and its prompt may already end with the opening marker. The rules:
/// - The opening marker counts only where the text begins, after white space at most, so that an answer may speak
///   of `<think>`. Where the prompt opened the thinking, a model that repeats the marker is forgiven.
/// - The first closing marker ends the thinking for good; text never closed stays thinking.
/// - The markers vanish, and so do the white space before the opening one and the newlines right after either.
///   Newlines before the closing one belong to the thinking.
public struct ThinkingSplitter: Sendable {
    private enum Part { case opening, thinking, answer }

    /// The mark that opens the thinking.
    public static let openingMark = "<think>"
    /// The mark that closes it.
    public static let closingMark = "</think>"

    private static let opening = Array(openingMark.utf8)
    private static let closing = Array(closingMark.utf8)

    private let isOpenedByPrompt: Bool
    private var part = Part.opening
    private var skipsNewlines = false
    /// Bytes at the beginning that may still become the opening marker.
    private var undecided: [UInt8] = []
    private var matcher = StreamMatcher([ThinkingSplitter.closing])

    /// - Parameter isOpenedByPrompt: whether the prompt ended inside of the thinking.
    public init(isOpenedByPrompt: Bool) { self.isOpenedByPrompt = isOpenedByPrompt }

    /// Whether the text so far ended inside of the thinking.
    public var isThinking: Bool { part == .thinking || (part == .opening && isOpenedByPrompt) }

    /// The text that `piece` makes certain; at most one run of thinking, then at most one of the answer.
    public mutating func consume(_ piece: String) -> [ReplyPart] { consume(Array(piece.utf8)) }

    /// The text held back, once no more pieces come.
    public mutating func finish() -> [ReplyPart] {
        if part == .opening {
            let text = undecided
            undecided = []
            enter(isOpenedByPrompt ? .thinking : .answer)
            return segments(text, isLast: true)
        }
        return part == .thinking ? [segment(matcher.finish())].compactMap(\.self) : []
    }

    private mutating func consume(_ bytes: [UInt8]) -> [ReplyPart] {
        guard part == .opening else { return segments(bytes, isLast: false) }
        undecided += bytes
        let start = undecided.firstIndex { !ThinkingSplitter.isSpace($0) } ?? undecided.count
        let marker = undecided[start...].prefix(ThinkingSplitter.opening.count)
        if marker.count < ThinkingSplitter.opening.count, ThinkingSplitter.opening.starts(with: marker) { return [] }
        let isMarker = marker.elementsEqual(ThinkingSplitter.opening)
        let text = isMarker ? Array(undecided[marker.endIndex...]) : undecided
        undecided = []
        enter(isMarker || isOpenedByPrompt ? .thinking : .answer)
        return segments(text, isLast: false)
    }

    /// Newlines are skipped after a marker: always at the head of thinking, and after the closing one.
    private mutating func enter(_ part: Part) {
        skipsNewlines = part == .thinking || self.part == .thinking
        self.part = part
    }

    private mutating func segments(_ bytes: [UInt8], isLast: Bool) -> [ReplyPart] {
        guard part == .thinking else { return [segment(bytes)].compactMap(\.self) }
        let step = matcher.consume(bytes)
        var result = [segment(step.clear)]
        if step.match != nil {
            enter(.answer)
            result.append(segment(step.rest))
        } else if isLast {
            result.append(segment(matcher.finish()))
        }
        return result.compactMap(\.self)
    }

    private mutating func segment(_ bytes: [UInt8]) -> ReplyPart? {
        var bytes = bytes[...]
        if skipsNewlines {
            bytes = bytes.drop { $0 == UInt8(ascii: "\n") || $0 == UInt8(ascii: "\r") }
            skipsNewlines = bytes.isEmpty
        }
        guard !bytes.isEmpty else { return nil }
        let text = String(decoding: bytes, as: UTF8.self)
        return part == .thinking ? .thinking(text) : .answer(text)
    }

    private static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D).contains(byte) }
}

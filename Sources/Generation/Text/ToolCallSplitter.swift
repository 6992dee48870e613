import Tokenizers

/// A run of streamed text, told apart from the calls of tools in it.
public enum ToolReplyPart: Sendable, Equatable {
    /// What the model says to the reader.
    case text(String)
    /// A call of this tool begins.
    case call(name: String)
    /// More of the JSON text of the arguments of the call that began last.
    case arguments(String)
}

/// Tells a model's calls of tools from its text while it streams, wherever the pieces are cut.
///
/// The family writes calls between marks of its own. V3 and R1: `<｜tool▁call▁begin｜>function<｜tool▁sep｜>NAME`, then the arguments
/// as a fenced block; V3.1: `<｜tool▁call▁begin｜>NAME<｜tool▁sep｜>ARGUMENTS`; either closed by `<｜tool▁call▁end｜>`, and all calls
/// between `<｜tool▁calls▁begin｜>` and `<｜tool▁calls▁end｜>`, after which nothing is said. Forms are told apart by what stands
/// there, not by the model; a call whose marks are spelled only in part stays as it is. Linear in the text.
public struct ToolCallSplitter: Sendable {
    private enum State { case text, between, type, name, fence, arguments, after }

    /// All marks, as they are spelled.
    public static let marks = [
        callsBegin, callBegin, separator, callEnd, callsEnd,
    ]
    private static let callsBegin = "<｜tool▁calls▁begin｜>"
    private static let callBegin = "<｜tool▁call▁begin｜>"
    private static let separator = "<｜tool▁sep｜>"
    private static let callEnd = "<｜tool▁call▁end｜>"
    private static let callsEnd = "<｜tool▁calls▁end｜>"
    private static let fenceEnd = "\n```" + callEnd
    private static let fenceMarks = ["```json\n", "```\n", callEnd]

    private var state = State.text
    private var matcher = Self.matcher([callsBegin, callBegin])
    /// A name, a type, or the beginning of a fence, as far as it came.
    private var gathered = ""

    /// A splitter at the beginning of an answer.
    public init() {}

    /// What `piece` makes certain.
    public mutating func consume(_ piece: String) -> [ToolReplyPart] {
        var parts: [ToolReplyPart] = []
        var rest = Array(piece.utf8)[...]
        while !rest.isEmpty { rest = step(rest, &parts) }
        return parts
    }

    /// What was held back, once no more pieces come.
    public mutating func finish() -> [ToolReplyPart] {
        let held = String(decoding: matcher.finish(), as: UTF8.self)
        switch state {
        case .text: return held.isEmpty ? [] : [.text(held)]
        case .arguments: return held.isEmpty ? [] : [.arguments(held)]
        case .between, .type, .name, .fence, .after: return []
        }
    }

    /// Goes on until the state changes or the bytes end; gives those that are left.
    private mutating func step(_ bytes: ArraySlice<UInt8>, _ parts: inout [ToolReplyPart]) -> ArraySlice<UInt8> {
        if state == .after { return [] }
        let step = matcher.consume(bytes)
        let clear = String(decoding: step.clear, as: UTF8.self)
        switch state {
        case .text: if !clear.isEmpty { parts.append(.text(clear)) }
        case .arguments: if !clear.isEmpty { parts.append(.arguments(clear)) }
        case .type, .name, .fence: gathered += clear
        case .between, .after: break
        }
        if state == .fence, let bare = leaveFence(step) { return bare }
        if let match = step.match { advance(match, &parts) }
        return step.rest[...]
    }

    /// What comes after the mark `match` of those that were searched for.
    private mutating func advance(_ match: Int, _ parts: inout [ToolReplyPart]) {
        switch state {
        case .text:
            match == 0
                ? enter(.between, [Self.callBegin, Self.callsEnd]) : enter(.type, [Self.separator, Self.callEnd])
        case .between: match == 0 ? enter(.type, [Self.separator, Self.callEnd]) : enter(.after, [])
        case .type: match == 0 ? readType(&parts) : enter(.between, [Self.callBegin, Self.callsEnd])
        case .name: match == 0 ? begin(gathered, &parts) : end(gathered, &parts)
        case .fence:
            match < 2
                ? enter(.arguments, [Self.fenceEnd, Self.callEnd]) : enter(.between, [Self.callBegin, Self.callsEnd])
        case .arguments: enter(.between, [Self.callBegin, Self.callsEnd])
        case .after: break
        }
    }

    /// V3 and R1 say the type first, and then the name on the rest of the line; V3.1 says the name.
    private mutating func readType(_ parts: inout [ToolReplyPart]) {
        let type = Self.trimmed(gathered)
        if type == "function" || type.isEmpty {
            enter(.name, ["\n", Self.callEnd])
        } else {
            parts.append(.call(name: type))
            enter(.arguments, [Self.callEnd])
        }
    }

    private mutating func begin(_ name: String, _ parts: inout [ToolReplyPart]) {
        parts.append(.call(name: Self.trimmed(name)))
        enter(.fence, Self.fenceMarks)
    }

    private mutating func end(_ name: String, _ parts: inout [ToolReplyPart]) {
        parts.append(.call(name: Self.trimmed(name)))
        enter(.between, [Self.callBegin, Self.callsEnd])
    }

    /// Arguments that stand without a fence begin with anything but its first character: all that came is read again as such. `nil`
    /// as long as a fence may come.
    private mutating func leaveFence(_ step: StreamMatcher.Step) -> ArraySlice<UInt8>? {
        let start = gathered.drop(while: \.isWhitespace)
        guard !start.isEmpty, !start.hasPrefix("`") else { return nil }
        let held = step.match.map { Array(Self.fenceMarks[$0].utf8) } ?? matcher.finish()
        let bytes = Array(start.utf8) + held + step.rest
        enter(.arguments, [Self.fenceEnd, Self.callEnd])
        return bytes[...]
    }

    private mutating func enter(_ state: State, _ marks: [String]) {
        self.state = state
        gathered = ""
        matcher = Self.matcher(marks)
    }

    private static func matcher(_ marks: [String]) -> StreamMatcher { StreamMatcher(marks.map { Array($0.utf8) }) }

    private static func trimmed(_ text: String) -> String {
        let start = text.drop(while: \.isWhitespace)
        return String(start.reversed().drop(while: \.isWhitespace).reversed())
    }
}

/// Parses one JSON document (RFC 8259) from untrusted bytes.
///
/// Linear in the document's size; memory is proportional to it. Nesting is limited to `depthLimit`, so no input can
/// exhaust the stack.
public struct JSONParser {
    /// The deepest nesting of arrays and objects.
    public static let depthLimit = 128

    private let bytes: UnsafeBufferPointer<UInt8>
    private let source: String
    private let base: UInt64
    private var position = 0

    /// Parses all of `file`.
    public static func parse(_ file: MappedFile) throws -> JSONValue {
        try parse(file, range: 0..<file.byteCount)
    }

    /// Parses `range` of `file`; offsets in errors count from the file's start.
    public static func parse(_ file: MappedFile, range: Range<Int>) throws -> JSONValue {
        try file.withBytes(in: range) { raw in
            try raw.withMemoryRebound(to: UInt8.self) {
                try parse($0, source: file.path, base: UInt64(range.lowerBound))
            }
        }
    }

    /// Parses `text`; `source` names it in errors.
    public static func parse(_ text: String, source: String) throws -> JSONValue {
        try Array(text.utf8).withUnsafeBufferPointer { try parse($0, source: source, base: 0) }
    }

    /// Parses `bytes`; `source` names them in errors.
    public static func parse(_ bytes: [UInt8], source: String) throws -> JSONValue {
        try bytes.withUnsafeBufferPointer { try parse($0, source: source, base: 0) }
    }

    private static func parse(_ bytes: UnsafeBufferPointer<UInt8>, source: String, base: UInt64) throws -> JSONValue {
        var parser = JSONParser(bytes: bytes, source: source, base: base)
        // A byte order mark is not JSON, but editors on Windows leave one.
        if bytes.count >= 3, bytes[0] == 0xEF, bytes[1] == 0xBB, bytes[2] == 0xBF { parser.position = 3 }
        parser.skipSpace()
        let value = try parser.value(depth: 0)
        parser.skipSpace()
        guard parser.position == bytes.count else { throw parser.defect("more text", expected: "the end") }
        return value
    }

    private init(bytes: UnsafeBufferPointer<UInt8>, source: String, base: UInt64) {
        self.bytes = bytes
        self.source = source
        self.base = base
    }

    // MARK: Values

    private mutating func value(depth: Int) throws -> JSONValue {
        guard depth < JSONParser.depthLimit else {
            throw defect(
                "nesting deeper than \(JSONParser.depthLimit) levels", expected: "a flatter document", .excessive)
        }
        guard let byte = peek else { throw defect("the end", expected: "a value", .truncated) }
        switch byte {
        case UInt8(ascii: "{"): return try object(depth: depth)
        case UInt8(ascii: "["): return try array(depth: depth)
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"): return try literal("true", .boolean(true))
        case UInt8(ascii: "f"): return try literal("false", .boolean(false))
        case UInt8(ascii: "n"): return try literal("null", .null)
        default: return try number()
        }
    }

    private mutating func object(depth: Int) throws -> JSONValue {
        var members: [(key: String, value: JSONValue)] = []
        var positions: [String: Int] = [:]
        try elements(closedBy: UInt8(ascii: "}")) { parser in
            let start = parser.position
            let key = try parser.string()
            parser.skipSpace()
            try parser.expect(UInt8(ascii: ":"), "a colon after the key")
            parser.skipSpace()
            let value = try parser.value(depth: depth + 1)
            guard positions.updateValue(members.count, forKey: key) == nil else {
                parser.position = start
                throw parser.defect("the key \"\(key)\" a second time", expected: "every key once", .duplicate)
            }
            members.append((key, value))
        }
        return .object(JSONObject(members: members, positions: positions))
    }

    private mutating func array(depth: Int) throws -> JSONValue {
        var elements: [JSONValue] = []
        try self.elements(closedBy: UInt8(ascii: "]")) { elements.append(try $0.value(depth: depth + 1)) }
        return .array(elements)
    }

    /// Walks a comma-separated list from its opening to its closing character.
    private mutating func elements(closedBy end: UInt8, _ element: (inout JSONParser) throws -> Void) throws {
        position += 1
        skipSpace()
        if peek == end {
            position += 1
            return
        }
        while true {
            try element(&self)
            skipSpace()
            if peek == end {
                position += 1
                return
            }
            try expect(UInt8(ascii: ","), "a comma or the end of the list")
            skipSpace()
        }
    }

    private mutating func literal(_ text: StaticString, _ value: JSONValue) throws -> JSONValue {
        for offset in 0..<text.utf8CodeUnitCount {
            guard position + offset < bytes.count, bytes[position + offset] == text.utf8Start[offset] else {
                throw defect("an unknown word", expected: "true, false, null or another value")
            }
        }
        position += text.utf8CodeUnitCount
        return value
    }

    // MARK: Numbers

    private mutating func number() throws -> JSONValue {
        let start = position
        if peek == UInt8(ascii: "-") { position += 1 }
        if peek == UInt8(ascii: "0") { position += 1 } else { try digits() }
        if peek == UInt8(ascii: ".") {
            position += 1
            try digits()
        }
        if peek == UInt8(ascii: "e") || peek == UInt8(ascii: "E") {
            position += 1
            if peek == UInt8(ascii: "+") || peek == UInt8(ascii: "-") { position += 1 }
            try digits()
        }
        return .number(String(decoding: bytes[start..<position], as: UTF8.self))
    }

    private mutating func digits() throws {
        let start = position
        while let byte = peek, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) { position += 1 }
        guard position > start else { throw defect(found, expected: "a value") }
    }

    // MARK: Strings

    private mutating func string() throws -> String {
        try expect(UInt8(ascii: "\""), "a string")
        let start = position
        while let byte = peek, byte != UInt8(ascii: "\""), byte != UInt8(ascii: "\\"), byte >= 0x20 { position += 1 }
        if peek == UInt8(ascii: "\"") {
            defer { position += 1 }
            return try text(bytes[start..<position], at: start)
        }
        return try escapedString(from: start)
    }

    private mutating func escapedString(from start: Int) throws -> String {
        var units = Array(bytes[start..<position])
        while let byte = peek {
            position += 1
            switch byte {
            case UInt8(ascii: "\""): return try units.withUnsafeBufferPointer { try text($0[...], at: start) }
            case UInt8(ascii: "\\"): units.append(contentsOf: Array(String(try escape()).utf8))
            case 0..<0x20:
                position -= 1
                throw defect("a control character", expected: "an escape sequence in its place")
            default: units.append(byte)
            }
        }
        throw defect("the end", expected: "the closing quote of a string", .truncated)
    }

    private func text(_ units: Slice<UnsafeBufferPointer<UInt8>>, at start: Int) throws -> String {
        guard let text = String(validating: units, as: UTF8.self) else {
            throw InputError(
                .invalidValue, source: source, field: "JSON", offset: base + UInt64(start),
                found: "found a string that is not UTF-8", expected: "UTF-8", advice: advice)
        }
        return text
    }

    private mutating func escape() throws -> Unicode.Scalar {
        guard let byte = peek else { throw defect("the end", expected: "an escape sequence", .truncated) }
        position += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return Unicode.Scalar(byte)
        case UInt8(ascii: "b"): return "\u{8}"
        case UInt8(ascii: "f"): return "\u{C}"
        case UInt8(ascii: "n"): return "\n"
        case UInt8(ascii: "r"): return "\r"
        case UInt8(ascii: "t"): return "\t"
        case UInt8(ascii: "u"): return try unicodeEscape()
        default:
            position -= 1
            throw defect(found, expected: "an escape sequence")
        }
    }

    /// `\uXXXX`, or two of them for a surrogate pair. A lone surrogate is no character and becomes U+FFFD.
    private mutating func unicodeEscape() throws -> Unicode.Scalar {
        let first = try hexadecimal()
        guard (0xD800..<0xE000).contains(first) else { return Unicode.Scalar(first) ?? "\u{FFFD}" }
        let mark = position
        guard first < 0xDC00, peek == UInt8(ascii: "\\") else { return "\u{FFFD}" }
        position += 1
        guard peek == UInt8(ascii: "u") else {
            position = mark
            return "\u{FFFD}"
        }
        position += 1
        let second = try hexadecimal()
        guard (0xDC00..<0xE000).contains(second) else {
            position = mark
            return "\u{FFFD}"
        }
        return Unicode.Scalar(0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00)) ?? "\u{FFFD}"
    }

    private mutating func hexadecimal() throws -> UInt32 {
        var result: UInt32 = 0
        for _ in 0..<4 {
            guard let byte = peek, let digit = Character(Unicode.Scalar(byte)).hexDigitValue else {
                throw defect(found, expected: "four hexadecimal digits")
            }
            result = result << 4 | UInt32(digit)
            position += 1
        }
        return result
    }

    // MARK: Bytes

    private var peek: UInt8? { position < bytes.count ? bytes[position] : nil }

    private var found: String { peek.map { "the character \(Unicode.Scalar($0).debugDescription)" } ?? "the end" }

    private var advice: String { "repair the document or fetch it again" }

    private mutating func skipSpace() {
        while let byte = peek, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { position += 1 }
    }

    private mutating func expect(_ byte: UInt8, _ what: String) throws {
        guard peek == byte else { throw defect(found, expected: what, peek == nil ? .truncated : .invalidValue) }
        position += 1
    }

    private func defect(
        _ found: String, expected: String, _ kind: InputError.Kind = .invalidValue
    ) -> InputError {
        InputError(
            kind, source: source, field: "JSON", offset: base + UInt64(position),
            found: "found \(found)", expected: expected, advice: advice)
    }
}

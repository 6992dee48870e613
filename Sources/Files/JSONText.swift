extension JSONValue {
    /// The value as JSON text, members in their order, two spaces a level; arrays of plain values on one line.
    public var text: String {
        var writer = JSONTextWriter(isFlat: false)
        writer.append(self, depth: 0)
        return String(decoding: writer.bytes, as: UTF8.self) + "\n"
    }

    /// The value as JSON text on one line.
    public var line: String { String(decoding: lineBytes, as: UTF8.self) }

    /// `line` in UTF-8.
    public var lineBytes: [UInt8] {
        var writer = JSONTextWriter(isFlat: true)
        writer.append(self, depth: 0)
        return writer.bytes
    }

    /// A whole number.
    public static func integer(_ value: Int) -> JSONValue { .number(String(value)) }

    /// The shortest decimal that reads back as the same number; `null` for what is none.
    public static func decimal(_ value: Float) -> JSONValue { value.isFinite ? .number(value.description) : .null }
}

/// Writes bytes rather than characters: a server writes a value for every token.
private struct JSONTextWriter {
    let isFlat: Bool
    private(set) var bytes: [UInt8] = []

    init(isFlat: Bool) {
        self.isFlat = isFlat
        bytes.reserveCapacity(256)
    }

    mutating func append(_ value: JSONValue, depth: Int) {
        switch value {
        case .null: write("null")
        case .boolean(let value): write(value ? "true" : "false")
        case .number(let written): write(written)
        case .string(let value): append(value)
        case .array(let values):
            let isPlain = values.allSatisfy { $0.array == nil && $0.object == nil }
            list("[", "]", values, depth, onOneLine: isPlain && values.count <= 16) { $0.append($1, depth: depth + 1) }
        case .object(let object):
            list("{", "}", object.members, depth, onOneLine: false) { writer, member in
                writer.append(member.key)
                writer.write(": ")
                writer.append(member.value, depth: depth + 1)
            }
        }
    }

    private mutating func write(_ text: String) { bytes += text.utf8 }

    private mutating func list<Element>(
        _ open: String, _ close: String, _ elements: [Element], _ depth: Int, onOneLine: Bool,
        _ append: (inout JSONTextWriter, Element) -> Void
    ) {
        let isFlat = isFlat || onOneLine || elements.isEmpty
        write(open)
        for (index, element) in elements.enumerated() {
            if index > 0 { write(isFlat ? ", " : ",") }
            if !isFlat { breakLine(depth + 1) }
            append(&self, element)
        }
        if !isFlat { breakLine(depth) }
        write(close)
    }

    private mutating func breakLine(_ depth: Int) {
        write("\n")
        bytes += repeatElement(UInt8(ascii: " "), count: 2 * depth)
    }

    private mutating func append(_ string: String) {
        write("\"")
        // What has to be escaped is ASCII, whose bytes are part of nothing else in UTF-8.
        for byte in string.utf8 {
            switch byte {
            case UInt8(ascii: "\""): write("\\\"")
            case UInt8(ascii: "\\"): write("\\\\")
            case UInt8(ascii: "\n"): write("\\n")
            case UInt8(ascii: "\r"): write("\\r")
            case UInt8(ascii: "\t"): write("\\t")
            case 0..<0x20, 0x7F: write((byte < 0x10 ? "\\u000" : "\\u00") + String(byte, radix: 16))
            default: bytes.append(byte)
            }
        }
        write("\"")
    }
}

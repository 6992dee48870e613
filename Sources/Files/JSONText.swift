extension JSONValue {
    /// The value as JSON text, members in their order, two spaces a level; arrays of plain values on one line.
    public var text: String {
        var writer = JSONTextWriter(isFlat: false)
        writer.append(self, depth: 0)
        return writer.text + "\n"
    }

    /// The value as JSON text on one line.
    public var line: String {
        var writer = JSONTextWriter(isFlat: true)
        writer.append(self, depth: 0)
        return writer.text
    }

    /// A whole number.
    public static func integer(_ value: Int) -> JSONValue { .number(String(value)) }

    /// The shortest decimal that reads back as the same number; `null` for what is none.
    public static func decimal(_ value: Float) -> JSONValue { value.isFinite ? .number(value.description) : .null }
}

private struct JSONTextWriter {
    let isFlat: Bool
    private(set) var text = ""

    init(isFlat: Bool) { self.isFlat = isFlat }

    mutating func append(_ value: JSONValue, depth: Int) {
        switch value {
        case .null: text += "null"
        case .boolean(let value): text += value ? "true" : "false"
        case .number(let written): text += written
        case .string(let value): append(value)
        case .array(let values):
            let isPlain = values.allSatisfy { $0.array == nil && $0.object == nil }
            list("[", "]", values, depth, onOneLine: isPlain && values.count <= 16) { $0.append($1, depth: depth + 1) }
        case .object(let object):
            list("{", "}", object.members, depth, onOneLine: false) { writer, member in
                writer.append(member.key)
                writer.text += ": "
                writer.append(member.value, depth: depth + 1)
            }
        }
    }

    private mutating func list<Element>(
        _ open: String, _ close: String, _ elements: [Element], _ depth: Int, onOneLine: Bool,
        _ append: (inout JSONTextWriter, Element) -> Void
    ) {
        let isFlat = isFlat || onOneLine || elements.isEmpty
        text += open
        for (index, element) in elements.enumerated() {
            if index > 0 { text += isFlat ? ", " : "," }
            if !isFlat { text += "\n" + String(repeating: "  ", count: depth + 1) }
            append(&self, element)
        }
        if !isFlat { text += "\n" + String(repeating: "  ", count: depth) }
        text += close
    }

    private mutating func append(_ string: String) {
        text += "\""
        for scalar in string.unicodeScalars {
            switch scalar {
            case "\"": text += "\\\""
            case "\\": text += "\\\\"
            case "\n": text += "\\n"
            case "\r": text += "\\r"
            case "\t": text += "\\t"
            case "\u{0}"..<"\u{20}", "\u{7F}":
                let digits = String(scalar.value, radix: 16)
                text += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: text.unicodeScalars.append(scalar)
            }
        }
        text += "\""
    }
}

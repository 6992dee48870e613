/// What was wrong with something that came from outside: a file, a socket, a model's output or a person.
///
/// Every instance reads as one full sentence that says what, where, what was expected, and what to do next.
public struct InputError: Error, Sendable, Equatable {
    /// The class of the defect, so that callers and tests need not read the sentence.
    public enum Kind: String, Sendable, CaseIterable {
        /// The file or folder does not exist or cannot be opened.
        case unreadable
        /// The bytes are no file of the expected format at all.
        case unrecognized
        /// The file ends before something that it announced.
        case truncated
        /// A count, length or product of sizes does not fit, or exceeds what the file could hold.
        case overflow
        /// An offset points outside of the file or of its data section.
        case outOfBounds
        /// Two tensors claim the same bytes.
        case overlap
        /// A name, key or shard stands twice.
        case duplicate
        /// A tensor, field or shard that must be there is not.
        case missing
        /// A tensor's shape is not the one that the configuration implies.
        case wrongShape
        /// A field's or tensor's type is not one that can be used here.
        case wrongType
        /// A value is present and of the right type, but not admissible.
        case invalidValue
        /// Nesting or repetition beyond any sensible limit.
        case excessive
        /// Well formed, but of a kind or generation that this program does not run.
        case unsupported
    }

    /// The class of the defect.
    public let kind: Kind
    /// The path of the file, or another name for where the input came from.
    public let source: String
    /// The field, tensor or line inside the source.
    public let field: String?
    /// The byte offset inside the source.
    public let offset: UInt64?
    /// What was found, as a clause: "found 3 bytes".
    public let found: String
    /// What would have been right, as a noun phrase: "a length of at most 12 bytes".
    public let expected: String
    /// What the reader can do about it, as an imperative clause: "download the file again".
    public let advice: String

    /// What was wrong, and where; see the properties for the form of each part.
    public init(
        _ kind: Kind, source: String, field: String? = nil, offset: UInt64? = nil,
        found: String, expected: String, advice: String
    ) {
        self.kind = kind
        self.source = source
        self.field = field
        self.offset = offset
        self.found = found
        self.expected = expected
        self.advice = advice
    }
}

extension InputError: CustomStringConvertible {
    /// The whole sentence.
    public var description: String {
        var place = printable(source)
        if let field { place += ", \(printable(field))" }
        if let offset { place += ", at byte \(offset)" }
        return "\(place): \(printable(found)), where \(printable(expected)) was expected; \(advice)."
    }
}

/// `text` without control characters and cut to a sensible length, so that a hostile file cannot write to the terminal.
public func printable(_ text: String, limit: Int = 400) -> String {
    var result = String.UnicodeScalarView()
    var count = 0
    for scalar in text.unicodeScalars {
        guard count < limit else { return String(result) + "…" }
        result.append(movesText(scalar) ? "\u{FFFD}" : scalar)
        count += 1
    }
    return String(result)
}

/// Whether a character is a control, ends a line, or turns the direction of what follows.
private func movesText(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0..<0x20, 0x7F...0x9F, 0x2028...0x202E, 0x2066...0x2069: true
    default: false
    }
}

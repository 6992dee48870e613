import Files

/// Reads the text of a grammar character by character, and says where something is wrong with it.
struct GrammarScanner {
    let source: String
    let limits: GrammarLimits
    /// Where in the source the text stands.
    var field: String?
    private let characters: [Unicode.Scalar]
    private(set) var position = 0

    /// - Throws: `InputError` if the text is longer than the limits allow.
    init(_ text: String, source: String, limits: GrammarLimits) throws {
        try Grammar.check(text.utf8.count, limits, source: source)
        self.source = source
        self.limits = limits
        characters = Array(text.unicodeScalars)
    }

    var isAtEnd: Bool { position == characters.count }

    /// The next character; `nil` at the end.
    var next: Unicode.Scalar? { peek(0) }

    func peek(_ distance: Int) -> Unicode.Scalar? {
        position + distance < characters.count ? characters[position + distance] : nil
    }

    mutating func advance(_ count: Int = 1) { position = min(position + count, characters.count) }

    /// Goes back to where `position` was before.
    mutating func goBack(to earlier: Int) { position = earlier }

    /// Passes over `text` if it is next.
    mutating func take(_ text: String) -> Bool {
        let scalars = Array(text.unicodeScalars)
        guard characters[position...].starts(with: scalars) else { return false }
        advance(scalars.count)
        return true
    }

    /// A decimal number; `nil` if there is none.
    /// - Throws: `InputError` if it is larger than a repetition may be.
    mutating func number() throws -> Int? {
        var value: Int?
        while let digit = next.flatMap({ ("0"..."9").contains($0) ? Int($0.value - 48) : nil }) {
            let larger = (value ?? 0) * 10 + digit
            guard larger <= limits.repetition else {
                throw error(.excessive, "found a repetition of more than \(limits.repetition)", "at most that many")
            }
            value = larger
            advance()
        }
        return value
    }

    /// A character written as `count` hexadecimal digits.
    mutating func hexadecimal(_ count: Int) throws -> UInt32 {
        var value: UInt32 = 0
        for _ in 0..<count {
            guard let digit = next.flatMap({ Character($0).hexDigitValue }), value < 0x1000_0000 else {
                throw error(.invalidValue, found, "\(count) hexadecimal digits")
            }
            value = value << 4 | UInt32(digit)
            advance()
        }
        return value
    }

    /// What comes next, for errors.
    var found: String { next.map { "found \(String($0).debugDescription)" } ?? "found the end" }

    func error(
        _ kind: InputError.Kind, _ found: String, _ expected: String, _ advice: String = "correct it"
    ) -> InputError {
        let offset = characters[..<position].reduce(0) { $0 + UTF8.width($1) }
        return InputError(
            kind, source: source, field: field, offset: UInt64(offset), found: found, expected: expected, advice: advice
        )
    }
}

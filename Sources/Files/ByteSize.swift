/// A number of bytes as people write it: `8G`, `512M`, `1.5 GiB`, `65536`.
///
/// All units are powers of 1024, however they are spelled: K, KB and KiB are the same.
package struct ByteSize: Sendable, Equatable {
    package let bytes: Int

    private static let units: [Character: Int] = ["k": 10, "m": 20, "g": 30, "t": 40]

    package init(_ bytes: Int) { self.bytes = bytes }

    /// - Parameters:
    ///   - text: a number of at least 0, perhaps with a fraction, and perhaps a unit.
    ///   - option: where it stands, for the error.
    /// - Throws: `InputError` if it is something else, or more than 63 bits hold.
    package init(parsing text: String, option: String) throws {
        let number = text.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
        let suffix = text.dropFirst(number.count).drop { $0 == " " }.lowercased()
        guard let shift = ByteSize.shift(of: suffix), let value = Double(number), value >= 0 else {
            throw ByteSize.defect(.invalidValue, text, option, "a size like 8G, 512M or 1.5GiB")
        }
        // Whole numbers stay exact; the last unit below 2⁶³ is far beyond any memory.
        let scaled = value * Double(1 << shift)
        guard scaled < 0x1p62 else { throw ByteSize.defect(.overflow, text, option, "a size that fits 62 bits") }
        self.bytes = Int(number).map { $0 << shift } ?? Int(scaled)
    }

    /// The binary logarithm of a unit; `nil` for what is none.
    private static func shift(of suffix: String) -> Int? {
        guard let first = suffix.first else { return 0 }
        if suffix == "b" { return 0 }
        guard ["", "b", "ib"].contains(suffix.dropFirst()) else { return nil }
        return units[first]
    }

    private static func defect(
        _ kind: InputError.Kind, _ text: String, _ option: String, _ expected: String
    ) -> InputError {
        InputError(
            kind, source: "command line", field: option, found: "found \"\(text)\"", expected: expected,
            advice: "correct the option")
    }
}

extension ByteSize: CustomStringConvertible {
    /// The size in the largest unit that gives a whole number, as `init(parsing:)` reads it.
    package var description: String {
        for (unit, shift) in [("G", 30), ("M", 20), ("K", 10)] where bytes > 0 && bytes % (1 << shift) == 0 {
            return "\(bytes >> shift)\(unit)"
        }
        return "\(bytes)"
    }
}

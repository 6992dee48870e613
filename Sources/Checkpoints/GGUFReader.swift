import Files

/// A cursor over a GGUF file. Nothing is read, skipped or allocated before it is known to lie inside the file.
///
/// The format: github.com/ggml-org/ggml, docs/gguf.md.
struct GGUFReader {
    /// Longest key or tensor name that the format allows.
    static let nameLimit = 65_535

    let file: MappedFile
    private(set) var position: UInt64 = 0

    init(_ file: MappedFile, at position: UInt64 = 0) {
        self.file = file
        self.position = position
    }

    var remaining: UInt64 { UInt64(file.byteCount) - position }

    /// The next little-endian integer; `field` names it in errors.
    mutating func integer<Integer: FixedWidthInteger>(_ type: Integer.Type, _ field: String) throws -> Integer {
        guard let value = file.integer(type, at: position) else {
            throw defect(
                .truncated, field, "found the end of the file", "\(MemoryLayout<Integer>.size) more bytes")
        }
        position += UInt64(MemoryLayout<Integer>.size)
        return value
    }

    /// A count of things that take at least `minimumBytes` each, so that as many can lie in the rest of the file.
    mutating func count(_ field: String, minimumBytes: UInt64) throws -> Int {
        let start = position
        let count = try integer(UInt64.self, field)
        guard count <= remaining / minimumBytes else {
            throw defect(
                .overflow, field, "found a count of \(count) with \(remaining) bytes left",
                "at most \(remaining / minimumBytes)", at: start)
        }
        return Int(count)
    }

    /// A string: a 64-bit length and as many bytes of UTF-8.
    mutating func string(_ field: String, limit: Int = .max) throws -> String {
        let start = position
        let range = try stringRange(field)
        guard range.count <= limit else {
            throw defect(.excessive, field, "found a string of \(range.count) bytes", "at most \(limit)", at: start)
        }
        guard let text = file.withBytes(in: range, { String(validating: $0, as: UTF8.self) }) else {
            throw defect(.invalidValue, field, "found a string that is not UTF-8", "UTF-8", at: start)
        }
        return text
    }

    /// Passes over a string without reading its bytes.
    mutating func skipString(_ field: String) throws { _ = try stringRange(field) }

    /// Passes over `count` bytes.
    mutating func skip(_ count: UInt64, _ field: String) throws {
        guard count <= remaining else {
            throw defect(.truncated, field, "found \(remaining) bytes left", "\(count) bytes")
        }
        position += count
    }

    private mutating func stringRange(_ field: String) throws -> Range<Int> {
        let start = position
        let length = try integer(UInt64.self, field)
        guard length <= remaining else {
            throw defect(
                .overflow, field, "found a string of \(length) bytes with \(remaining) bytes left",
                "a string that ends inside the file", at: start)
        }
        let first = Int(position)
        position += length
        return first..<first + Int(length)
    }

    /// An error about `field`, at the cursor or at `offset`.
    func defect(
        _ kind: InputError.Kind, _ field: String, _ found: String, _ expected: String, at offset: UInt64? = nil,
        advice: String = InputError.refetch
    ) -> InputError {
        InputError(
            kind, source: file.path, field: field, offset: offset ?? position, found: found, expected: expected,
            advice: advice)
    }
}

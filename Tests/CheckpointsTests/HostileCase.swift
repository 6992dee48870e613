import Files
import Testing

/// A broken file, and the error that it must give.
struct HostileCase: Sendable, CustomTestStringConvertible {
    let name: String
    let bytes: [UInt8]
    let kind: InputError.Kind
    /// What the sentence must name beside the file.
    let field: String

    init(_ name: String, _ bytes: [UInt8], _ kind: InputError.Kind, _ field: String) {
        self.name = name
        self.bytes = bytes
        self.kind = kind
        self.field = field
    }

    init(_ name: String, _ file: GGUFBytes, _ kind: InputError.Kind, _ field: String) {
        self.init(name, file.bytes, kind, field)
    }

    var testDescription: String { name }
}

/// Checks that `body` throws an `InputError` of `kind` whose sentence names `source` and `field`.
func expectError(
    _ kind: InputError.Kind, naming source: String, _ field: String, location: SourceLocation = #_sourceLocation,
    _ body: () throws -> Void
) {
    let error = #expect(throws: InputError.self, sourceLocation: location) { try body() }
    guard let error else { return }
    #expect(error.kind == kind, "\(error)", sourceLocation: location)
    #expect(error.description.contains(source), sourceLocation: location)
    #expect(error.description.contains(field), "\(error)", sourceLocation: location)
    #expect(error.description.hasSuffix(".") && !error.advice.isEmpty, sourceLocation: location)
}

import Files
import Foundation

/// What a hub knows a person by. It never appears in a message.
struct HubToken: Sendable, Equatable {
    /// What is sent.
    let value: String

    /// - Parameter source: where it comes from, for errors.
    /// - Throws: `InputError` if it could not stand in a header; the text is not repeated.
    init(_ text: String, source: String) throws {
        let trimmed = text.trimmingCharacters(in: .whitespacesAndNewlines)
        guard !trimmed.isEmpty, trimmed.utf8.count <= 4096, trimmed.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
            throw InputError(
                .invalidValue, source: source, found: "found something that is no token", expected: "a hub's token",
                advice: "copy the token again from the hub's settings, or unset it")
        }
        value = trimmed
    }

    /// The token of the person that runs the program: `HF_TOKEN`, or else the file into which the hub's own client
    /// writes it; `nil` if there is none, or none is to be used.
    static func find(_ environment: [String: String], home: String) throws -> HubToken? {
        if isTrue(environment["HF_HUB_DISABLE_IMPLICIT_TOKEN"]) { return nil }
        for name in ["HF_TOKEN", "HUGGING_FACE_HUB_TOKEN"] {
            if let text = environment[name], !text.isEmpty { return try HubToken(text, source: name) }
        }
        let path = environment["HF_TOKEN_PATH"].map { NSString(string: $0).expandingTildeInPath } ?? home + "/token"
        guard let file = try? MappedFile(path: path), (1...(16 << 10)).contains(file.byteCount) else { return nil }
        let text = file.withBytes(in: 0..<file.byteCount) { String(decoding: $0, as: UTF8.self) }
        return text.allSatisfy(\.isWhitespace) ? nil : try HubToken(text, source: path)
    }

    /// As the hub's own client reads switches of the environment.
    static func isTrue(_ text: String?) -> Bool { ["1", "ON", "YES", "TRUE"].contains(text?.uppercased()) }
}

extension HubToken: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    var description: String { "(token)" }
    var debugDescription: String { description }
    var customMirror: Mirror { Mirror(self, children: []) }
}

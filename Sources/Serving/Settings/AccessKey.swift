import Crypto
import Files
import Foundation

/// A secret that a client shows to be answered. Only its hash is kept.
package struct AccessKey: Sendable {
    private let digest: SHA256Digest

    /// - Throws: `InputError` for a key that is empty, or has characters that no header field can carry.
    package init(_ text: String, source: String) throws {
        guard !text.isEmpty, text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            throw InputError(
                .invalidValue, source: source, field: "API key",
                found: text.isEmpty ? "found an empty key" : "found a key with spaces or other than ASCII characters",
                expected: "at least one visible ASCII character", advice: "make one with: openssl rand -hex 24")
        }
        digest = SHA256.hash(data: Array(text.utf8))
    }

    /// The keys in a file, one a line; empty lines and those that begin with # are passed over.
    package static func keys(inFile path: String) throws -> [AccessKey] {
        let file = try MappedFile(path: path)
        guard file.byteCount <= 1 << 20 else {
            throw InputError(
                .excessive, source: path, found: "found \(file.byteCount) bytes", expected: "at most 1 MiB of keys",
                advice: "give a file with one key a line")
        }
        let text = file.withBytes(in: 0..<file.byteCount) { String(decoding: $0, as: UTF8.self) }
        let lines = text.split(whereSeparator: \.isNewline).map { $0.trimmingCharacters(in: .whitespaces) }
        return try lines.filter { !$0.isEmpty && !$0.hasPrefix("#") }.map { try AccessKey($0, source: path) }
    }

    /// Whether `text` is the key. Digests are compared, in constant time: how long it takes tells nothing of the key.
    func matches(_ text: String) -> Bool { digest == SHA256.hash(data: Array(text.utf8)) }
}

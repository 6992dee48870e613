import Crypto
import Files

/// What identifies the content of a file on a hub: the hash under which it is stored.
public struct BlobDigest: Sendable, Hashable {
    /// Which hash it is.
    public enum Kind: String, Sendable, Codable {
        /// Of a large file: SHA-256 of its bytes.
        case sha256
        /// Of a file kept in Git itself: SHA-1 of `blob SIZE`, a zero byte, and its bytes.
        case gitSHA1
    }

    /// Which hash it is.
    public let kind: Kind
    /// Its hexadecimal digits, in lower case. The file has this name in the store.
    public let text: String

    /// - Returns: `nil` if `text` is not as many digits as that hash has.
    init?(_ kind: Kind, _ text: String) {
        guard text.utf8.count == (kind == .sha256 ? 64 : 40), HexadecimalText.isValid(text) else { return nil }
        (self.kind, self.text) = (kind, text)
    }
}

/// Text of lower-case hexadecimal digits.
enum HexadecimalText {
    static func isValid(_ text: String) -> Bool {
        text.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) || (97...102).contains($0) }
    }

    static func of(_ bytes: some Sequence<UInt8>) -> String {
        bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    /// Whether `text` is the full name of a Git commit.
    static func isCommit(_ text: String) -> Bool { text.utf8.count == 40 && isValid(text) }
}

/// Adds up a `BlobDigest` piece by piece.
struct BlobHasher {
    private var sha256 = SHA256()
    private var sha1 = Insecure.SHA1()
    private let kind: BlobDigest.Kind

    /// - Parameter byteCount: how large the file is, which is a part of Git's hash.
    init(_ kind: BlobDigest.Kind, byteCount: Int) {
        self.kind = kind
        if kind == .gitSHA1 { sha1.update(data: Array("blob \(byteCount)\0".utf8)) }
    }

    mutating func update(_ bytes: [UInt8]) {
        switch kind {
        case .sha256: sha256.update(data: bytes)
        case .gitSHA1: sha1.update(data: bytes)
        }
    }

    /// The hexadecimal digits of all bytes so far.
    var text: String {
        switch kind {
        case .sha256: HexadecimalText.of(sha256.finalize())
        case .gitSHA1: HexadecimalText.of(sha1.finalize())
        }
    }
}

extension BlobHasher {
    /// The hexadecimal digits of a whole file.
    /// - Throws: `InputError` if it cannot be read.
    static func text(of path: String, _ kind: BlobDigest.Kind) throws -> String {
        let file = try MappedFile(path: path)
        var hasher = BlobHasher(kind, byteCount: file.byteCount)
        // A piece at a time, so that memory stays small whatever the size.
        for start in stride(from: 0, to: file.byteCount, by: 1 << 22) {
            let piece = start..<min(start + 1 << 22, file.byteCount)
            file.withBytes(in: piece) { hasher.update(Array($0)) }
            file.forget(piece)
        }
        return hasher.text
    }
}

import Crypto
import Foundation

/// A repository of the stub: files at one commit.
package struct StubRepository: Sendable {
    /// One of its files.
    package struct File: Sendable {
        package var path: String
        package let content: Data
        /// The hashes of the content: they are asked for with every request.
        let (gitHash, largeHash): (String, String)
        /// Whether it is kept outside of Git, as large files are.
        package var isLarge: Bool
        /// What the list says instead of the truth.
        package var listedSize: Int?
        package var listedHash: String?

        package init(_ path: String, _ content: Data, isLarge: Bool? = nil) {
            self.path = path
            self.content = content
            gitHash = hexadecimal(Insecure.SHA1.hash(data: Data("blob \(content.count)\0".utf8) + content))
            largeHash = hexadecimal(SHA256.hash(data: content))
            let extensions = [".gguf", ".safetensors"]
            self.isLarge = isLarge ?? extensions.contains { path.hasSuffix($0) }
        }

        package init(_ path: String, _ text: String) { self.init(path, Data(text.utf8)) }

        /// The hash under which the file is stored.
        package var hash: String { isLarge ? largeHash : gitHash }
    }

    package var name: String
    package var commit: String
    package var files: [File]
    /// Branches and tags besides `main` that stand for the commit.
    package var revisions: [String] = ["main"]
    /// The token without which nothing is shown.
    package var token: String?

    package init(_ name: String, commit: String = String(repeating: "c", count: 40), _ files: [File]) {
        (self.name, self.commit, self.files) = (name, commit, files)
    }

    package func file(_ path: String) -> File? { files.first { $0.path == path } }
}

func hexadecimal(_ bytes: some Sequence<UInt8>) -> String {
    bytes.map { String(format: "%02x", $0) }.joined()
}

extension Data {
    /// Bytes that look random and are the same for the same seed (SplitMix64).
    package static func stub(_ count: Int, seed: UInt64 = 1) -> Data {
        var state = seed
        var bytes: [UInt8] = []
        bytes.reserveCapacity(count + 8)
        while bytes.count < count {
            state &+= 0x9E37_79B9_7F4A_7C15
            var word = (state ^ state >> 30) &* 0xBF58_476D_1CE4_E5B9
            word = (word ^ word >> 27) &* 0x94D0_49BB_1331_11EB
            Swift.withUnsafeBytes(of: word ^ word >> 31) { bytes.append(contentsOf: $0) }
        }
        return Data(bytes.prefix(count))
    }
}

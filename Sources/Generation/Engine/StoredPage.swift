import Files
import Models
import Tensors

/// All tokens up to the end of a page, and the form that latent attention took for each page.
struct StoredPrefix: Sendable, Equatable {
    let tokens: [Int32]
    let forms: [LatentForm]
}

/// A page of keys and values as a file: a header, the page's bytes, and a checksum over both.
///
/// The header is all that the page depends on: the model's identity and every token up to its end. Whoever looks for a
/// page knows its header before, byte for byte, and its size. So nothing that a file says is interpreted, no size in it
/// is believed, and no collision of hashes, accidental or wilful, can bring in a page of other tokens.
struct StoredPage: Sendable {
    private static let magic = Array("ISOBATHKV1\n".utf8)
    private static let checksumBytes = 8

    /// The name of its file.
    let name: String
    private let header: [UInt8]

    init(_ identity: ModelIdentity, _ prefix: StoredPrefix) {
        var header = StoredPage.magic
        StoredPage.append(Array(identity.description.utf8), to: &header)
        StoredPage.append(prefix.forms.map { UInt8(LatentForm.allCases.firstIndex(of: $0) ?? 255) }, to: &header)
        // In the order of this machine's bytes: files of another order are as foreign as any other.
        prefix.tokens.withUnsafeBytes { StoredPage.append(Array($0), to: &header) }
        // The page's bytes begin at a cache line.
        header += [UInt8](repeating: 0, count: (64 - header.count % 64) % 64)
        self.header = header
        self.name =
            [0, 1].map { StoredPage.hexadecimal(ContentHash.of(header, seed: $0)) }.joined() + StoredPage.suffix
    }

    static let suffix = ".kvpage"

    /// Writes the file; it is complete or not there.
    func write(_ storage: Storage, to folder: String) throws {
        try writeAtomically(to: folder + "/" + name) { file in
            try file.append(header)
            try storage.withBytes { try file.append($0) }
            try file.append(StoredPage.bytes(checksum(storage)))
        }
    }

    /// Fills `storage` with the page's bytes.
    /// - Returns: whether the file is there, whole and the one that was looked for; otherwise `storage` holds anything.
    func read(from folder: String, into storage: Storage) -> Bool {
        var (found, sum) = ([UInt8](repeating: 0, count: header.count), [UInt8](repeating: 0, count: 8))
        let isRead = found.withUnsafeMutableBytes { found in
            sum.withUnsafeMutableBytes { sum in
                storage.withMutableBytes { readExactly(folder + "/" + name, into: [found, $0, sum]) }
            }
        }
        return isRead && found == header && sum == StoredPage.bytes(checksum(storage))
    }

    /// The size of the file.
    func byteCount(_ layout: KeyValueLayout) -> Int { header.count + layout.bytesPerPage + StoredPage.checksumBytes }

    private func checksum(_ storage: Storage) -> UInt64 {
        var hash = ContentHash()
        hash.update(header)
        storage.withBytes { hash.update($0) }
        return hash.value
    }

    /// A list with its length before it, so that lists one after another have one meaning only.
    private static func append(_ list: [UInt8], to header: inout [UInt8]) {
        header += bytes(UInt64(list.count)) + list
    }

    private static func bytes<Number: FixedWidthInteger>(_ number: Number) -> [UInt8] {
        withUnsafeBytes(of: number.littleEndian) { Array($0) }
    }

    private static func hexadecimal(_ number: UInt64) -> String {
        let digits = String(number, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}

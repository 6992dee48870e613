import Files

/// The first 64 bytes of a token shard. All numbers of a shard are little-endian.
///
///     0   "ISOTOKEN"
///     8   version, 4 bytes: 1
///     12  flags, 4 bytes: 1 ids have 32 bits, not 16; 2 there is a mask
///     16  tokenizer's identity, 8 bytes
///     24  size of its vocabulary, 8
///     32  documents, 8
///     40  tokens, 8
///     48  bytes of text that they were made from, 8
///     56  checksum, 8: XXH64 of everything behind the header, seeded with XXH64 of the 56 bytes before
///     64  for each document, where it ends, counted in tokens, 8
///         the ids
///         the mask, if there is one: a bit a token, the first in the lowest; 1 where the token is learned
struct ShardHeader: Equatable {
    static let byteCount = 64
    static let magic = Array("ISOTOKEN".utf8)
    static let version: UInt32 = 1
    /// More than any tokenizer has.
    static let vocabularyLimit: UInt64 = 1 << 31 - 1

    var hasWideIds: Bool
    var hasMask: Bool
    /// `Vocabulary.identity`.
    var tokenizer: UInt64
    var vocabularySize: Int
    var documentCount: Int
    var tokenCount: Int
    /// Bytes of the texts, without marks.
    var textByteCount: Int

    var idBytes: Int { hasWideIds ? 4 : 2 }
    private var maskBytes: Int { hasMask ? (tokenCount + 7) / 8 : 0 }

    /// Where the ids begin.
    var idOffset: Int { Self.byteCount + 8 * documentCount }
    var maskOffset: Int { idOffset + idBytes * tokenCount }
    /// How long a shard with this header is.
    var fileByteCount: Int { maskOffset + maskBytes }

    /// The bytes before the checksum.
    var bytes: [UInt8] {
        var bytes = Self.magic
        func append(_ value: some FixedWidthInteger) {
            withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
        }
        append(Self.version)
        append(UInt32(hasWideIds ? 1 : 0) | UInt32(hasMask ? 2 : 0))
        append(tokenizer)
        for number in [vocabularySize, documentCount, tokenCount, textByteCount] { append(UInt64(number)) }
        return bytes
    }

    /// A checksum to which everything behind the header is still to be added.
    var checksum: ContentHash { ContentHash(seed: ContentHash.of(bytes)) }
}

extension ShardHeader {
    /// Reads the header of `file` and compares what it announces with the file's length.
    /// - Throws: `InputError` if it is no shard, of another version, or of another length than it says.
    init(_ file: MappedFile) throws {
        func defect(_ kind: InputError.Kind, _ field: String, _ found: String, _ expected: String) -> InputError {
            ShardHeader.defect(kind, file.path, field, found, expected)
        }
        guard file.byteCount >= Self.magic.count,
            file.withBytes(in: 0..<Self.magic.count, { $0.elementsEqual(Self.magic) })
        else { throw defect(.unrecognized, "magic", "found other bytes", "a file that begins with ISOTOKEN") }
        guard file.byteCount >= Self.byteCount else {
            throw defect(.truncated, "header", "found \(file.byteCount) bytes", "at least \(Self.byteCount)")
        }
        let (version, flags) = (file.integer(UInt32.self, at: 8) ?? 0, file.integer(UInt32.self, at: 12) ?? 0)
        guard version == Self.version, flags < 4 else {
            throw defect(.unsupported, "version", "found \(version) with the flags \(flags)", "version 1")
        }
        func count(_ field: String, at offset: UInt64, most: UInt64) throws -> Int {
            let number = file.integer(UInt64.self, at: offset) ?? 0
            guard number <= most else { throw defect(.overflow, field, "found \(number)", "at most \(most)") }
            return Int(number)
        }
        // Counts that are no larger than the file cannot overflow below.
        let most = UInt64(file.byteCount)
        hasWideIds = flags & 1 != 0
        hasMask = flags & 2 != 0
        tokenizer = file.integer(UInt64.self, at: 16) ?? 0
        vocabularySize = try count("vocabulary", at: 24, most: Self.vocabularyLimit)
        documentCount = try count("documents", at: 32, most: most)
        tokenCount = try count("tokens", at: 40, most: most)
        textByteCount = try count("text bytes", at: 48, most: 1 << 62)
        guard file.byteCount == fileByteCount else {
            throw defect(
                file.byteCount < fileByteCount ? .truncated : .invalidValue, "length", "found \(file.byteCount) bytes",
                "\(fileByteCount), as \(documentCount) documents of \(tokenCount) tokens have")
        }
    }

    static func defect(
        _ kind: InputError.Kind, _ path: String, _ field: String, _ found: String, _ expected: String
    ) -> InputError {
        InputError(
            kind, source: path, field: field, found: found, expected: expected,
            advice: "pack the text again with isobath data pack")
    }
}

import Files
import Foundation

/// A document as token ids.
struct TokenDocument: Sendable, Equatable {
    var tokens: [Int32]
    /// Which of them are learned; `nil` for all.
    var learned: [Bool]?
    /// Bytes of its text.
    var textByteCount: Int
}

/// Collects documents and writes them as shards of limited size: `STEM-00000.tokens`, `STEM-00001.tokens`, …
struct ShardWriter {
    static let fileExtension = "tokens"

    private let folder: String
    private let stem: String
    private let tokenizer: UInt64
    private let vocabularySize: Int
    /// A shard is written when it has as many tokens.
    private let limit: Int
    /// Names of the shards that are written.
    private(set) var written: [String] = []

    private var ids: [Int32] = []
    private var learned: [Bool] = []
    private var ends: [UInt64] = []
    private var textByteCount = 0

    init(folder: String, stem: String, tokenizer: UInt64, vocabularySize: Int, limit: Int = 1 << 25) {
        (self.folder, self.stem, self.tokenizer) = (folder, stem, tokenizer)
        (self.vocabularySize, self.limit) = (vocabularySize, limit)
    }

    /// Adds a document that has tokens. Documents with masks and without are not for one writer.
    mutating func append(_ document: TokenDocument) throws {
        precondition(!document.tokens.isEmpty)
        ids += document.tokens
        learned += document.learned ?? []
        precondition(learned.isEmpty || learned.count == ids.count, "a mask for all documents or for none")
        ends.append(UInt64(ids.count))
        textByteCount += document.textByteCount
        if ids.count >= limit { try flush() }
    }

    /// Writes what was added since the last shard.
    mutating func flush() throws {
        guard !ids.isEmpty else { return }
        let number = String(written.count)
        let name = "\(stem)-\(String(repeating: "0", count: max(0, 5 - number.count)))\(number).\(Self.fileExtension)"
        try write(to: "\(folder)/\(name)")
        written.append(name)
        ids.removeAll(keepingCapacity: true)
        learned.removeAll(keepingCapacity: true)
        ends.removeAll(keepingCapacity: true)
        textByteCount = 0
    }

    private func write(to path: String) throws {
        let header = ShardHeader(
            hasWideIds: vocabularySize > 1 << 16, hasMask: !learned.isEmpty, tokenizer: tokenizer,
            vocabularySize: vocabularySize, documentCount: ends.count, tokenCount: ids.count,
            textByteCount: textByteCount)
        var sum = header.checksum
        forEachPart(header) { sum.update($0) }
        try writeAtomically(to: path, byteCount: header.fileByteCount) { file in
            try file.append(header.bytes)
            try file.append(Self.bytes([sum.value]))
            try forEachPart(header) { try file.append($0) }
        }
    }

    /// Calls `body` with what stands behind the header, piece by piece.
    private func forEachPart(_ header: ShardHeader, _ body: ([UInt8]) throws -> Void) rethrows {
        let step = 1 << 16
        try body(Self.bytes(ends))
        for start in stride(from: 0, to: ids.count, by: step) {
            let part = ids[start..<min(start + step, ids.count)]
            // Ids are below the vocabulary's size, which says how wide they are.
            try body(header.hasWideIds ? Self.bytes(part) : Self.bytes(part.map { UInt16(truncatingIfNeeded: $0) }))
        }
        for start in stride(from: 0, to: learned.count, by: 8 * step) {
            try body(Self.bits(learned[start..<min(start + 8 * step, learned.count)]))
        }
    }

    private static func bytes<Number: FixedWidthInteger>(_ numbers: some Collection<Number>) -> [UInt8] {
        numbers.map(\.littleEndian).withUnsafeBytes { Array($0) }
    }

    private static func bits(_ flags: ArraySlice<Bool>) -> [UInt8] {
        stride(from: flags.startIndex, to: flags.endIndex, by: 8).map { start in
            (start..<min(start + 8, flags.endIndex)).reduce(0) { $0 | (flags[$1] ? 1 << UInt8($1 - start) : 0) }
        }
    }
}

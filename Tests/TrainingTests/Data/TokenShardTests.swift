import Files
import Foundation
import TestSupport
import Testing

@testable import Training

@Suite struct TokenShardTests {
    static func documents(masked: Bool, vocabulary: Int) -> [TokenDocument] {
        (1...20).map { length in
            let tokens = (0..<length).map { Int32(($0 * 7919 + length) % vocabulary) }
            return TokenDocument(
                tokens: tokens, learned: masked ? tokens.map { $0 % 3 == 0 } : nil, textByteCount: length * 4)
        }
    }

    static func written(_ documents: [TokenDocument], vocabulary: Int) throws -> String {
        let folder = try Fixture.temporaryFolder()
        var writer = ShardWriter(folder: folder, stem: "part", tokenizer: 42, vocabularySize: vocabulary)
        for document in documents { try writer.append(document) }
        try writer.flush()
        return folder + "/" + writer.written[0]
    }

    static let kinds: [(Bool, Int)] = [(false, 500), (true, 500), (false, 100_000), (true, 100_000)]

    @Test func documentsReadBack() throws {
        for (masked, vocabulary) in Self.kinds {
            let documents = Self.documents(masked: masked, vocabulary: vocabulary)
            let shard = try TokenShard(path: Self.written(documents, vocabulary: vocabulary))
            #expect(shard.documentCount == 20 && shard.tokenCount == 210 && shard.textByteCount == 840)
            #expect(shard.isSupervised == masked && shard.tokenizerIdentity == 42)
            #expect(shard.vocabularySize == vocabulary)
            for (index, document) in documents.enumerated() {
                #expect(shard.tokens(ofDocument: index) == document.tokens)
                #expect(shard.mask(ofDocument: index) == document.learned)
                #expect(shard.length(ofDocument: index) == document.tokens.count)
            }
        }
    }

    @Test func shardsAreCutAtTheLimit() throws {
        let folder = try Fixture.temporaryFolder()
        var writer = ShardWriter(folder: folder, stem: "part", tokenizer: 1, vocabularySize: 500, limit: 50)
        for document in Self.documents(masked: false, vocabulary: 500) { try writer.append(document) }
        try writer.flush()
        let shards = try writer.written.map { try TokenShard(path: "\(folder)/\($0)") }
        #expect(writer.written.first == "part-00000.tokens" && shards.count == 4)
        #expect(shards.reduce(0) { $0 + $1.documentCount } == 20)
    }

    // MARK: Broken files

    /// Writes `bytes`, with the checksum that belongs to them unless told otherwise, and opens them.
    static func open(_ bytes: [UInt8], signed: Bool = true) throws -> TokenShard {
        var bytes = bytes
        if signed {
            var sum = ContentHash(seed: ContentHash.of(bytes[..<56]))
            sum.update(bytes[64...])
            bytes.replaceSubrange(56..<64, with: withUnsafeBytes(of: sum.value.littleEndian) { Array($0) })
        }
        let path = try Fixture.temporaryFolder() + "/broken.tokens"
        try Data(bytes).write(to: URL(filePath: path))
        return try TokenShard(path: path)
    }

    static func kind(_ bytes: [UInt8], signed: Bool = true) -> InputError.Kind? {
        do {
            _ = try open(bytes, signed: signed)
            return nil
        } catch { return (error as? InputError)?.kind }
    }

    static func sample() throws -> [UInt8] {
        let path = try written(documents(masked: true, vocabulary: 500), vocabulary: 500)
        return Array(try Data(contentsOf: URL(filePath: path)))
    }

    @Test func brokenShardsAreRefused() throws {
        let sample = try Self.sample()
        #expect(Self.kind(sample) == nil)
        func changed(_ place: Int, _ bytes: [UInt8]) -> [UInt8] {
            var copy = sample
            copy.replaceSubrange(place..<place + bytes.count, with: bytes)
            return copy
        }
        #expect(Self.kind([], signed: false) == .unrecognized)
        #expect(Self.kind(changed(0, [0x58])) == .unrecognized)
        #expect(Self.kind(Array(sample[..<60]), signed: false) == .truncated)
        #expect(Self.kind(sample.dropLast()) == .truncated)
        #expect(Self.kind(sample + [0]) == .invalidValue)
        #expect(Self.kind(changed(8, [2])) == .unsupported)
        #expect(Self.kind(changed(12, [8])) == .unsupported)
        // Counts: too many documents or tokens, few more, and none.
        #expect(Self.kind(changed(32, [255, 255, 255, 255, 255, 255, 255, 127])) == .overflow)
        #expect(Self.kind(changed(40, [255, 255, 255, 255, 255, 255, 255, 255])) == .overflow)
        #expect(Self.kind(changed(40, [211])) == .truncated)
        #expect(Self.kind(changed(32, [19])) == .invalidValue)
        // Ends of documents: not ascending, and beyond the tokens.
        #expect(Self.kind(changed(64, [0])) == .outOfBounds)
        #expect(Self.kind(changed(64 + 8 * 19, [255, 1])) == .outOfBounds)
        #expect(Self.kind(changed(64 + 8 * 19, [209])) == .invalidValue)
        // An id that the vocabulary lacks, and a vocabulary beyond any.
        #expect(Self.kind(changed(64 + 8 * 20, [255, 255])) == .outOfBounds)
        #expect(Self.kind(changed(24, [255, 255, 255, 255, 255, 255, 255, 255])) == .overflow)
        #expect(Self.kind(changed(200, [sample[200] ^ 1]), signed: false) == .invalidValue)
        #expect(Self.kind(changed(16, [7]), signed: false) == .invalidValue)
    }

    @Test func everyTruncationIsRefused() throws {
        let sample = try Self.sample()
        for count in 0..<sample.count { #expect(Self.kind(Array(sample[..<count]), signed: count >= 64) != nil) }
    }

    @Test func changedBytesAreNoticed() throws {
        let sample = try Self.sample()
        for place in stride(from: 0, to: sample.count, by: 3) {
            var copy = sample
            copy[place] ^= 0x10
            #expect(Self.kind(copy, signed: false) != nil, "byte \(place)")
        }
    }
}

import Files
import Foundation
import TestSupport
import Testing
import Tokenizers

@testable import Evaluation

struct LogitFileTests {
    /// A file of one chunk of `length` tokens and `vocabulary` codes a row.
    private func bytes(length: Int32 = 5, vocabulary: Int32 = 7, chunks: Int32 = 1, tokens: [Int32]? = nil) -> [UInt8] {
        var bytes = LogitFile.magic
        for number in [length, vocabulary, chunks] + (tokens ?? Array(repeating: 6, count: Int(length))) {
            append(number, to: &bytes)
        }
        for row in 0..<TokenChunks.scoredRows(ofLength: Int(length)).count {
            let codes = (0..<UInt16(vocabulary)).map { $0 * 100 + UInt16(row) }
            bytes += CodedLogits(scale: 1e-4, minimum: -8, codes: codes).bytes
        }
        return bytes
    }

    private func replaced<Integer: FixedWidthInteger>(_ value: Integer, at offset: Int) -> [UInt8] {
        var bytes = bytes()
        var raw: [UInt8] = []
        append(value, to: &raw)
        bytes.replaceSubrange(offset..<offset + raw.count, with: raw)
        return bytes
    }

    private func open(_ bytes: [UInt8]) throws -> LogitFile { try LogitFile(path: try PerplexityFixtures.file(bytes)) }

    @Test(arguments: [3, 4, 5, 64]) func filesAreReadAsTheyWereWritten(_ length: Int32) throws {
        for vocabulary: Int32 in [1, 2, 7] {
            let tokens = (0..<length).map { $0 % vocabulary }
            let file = try open(bytes(length: length, vocabulary: vocabulary, tokens: tokens))
            #expect(file.chunks(beginOfSequence: nil).tokens == tokens && file.vocabularySize == Int(vocabulary))
            #expect(file.rowCount == Int(length) - 1 - Int(length) / 2)
            for row in 0..<file.rowCount {
                let codes = (0..<UInt16(vocabulary)).map { $0 * 100 + UInt16(row) }
                #expect(try file.row(row) == CodedLogits(scale: 1e-4, minimum: -8, codes: codes))
            }
        }
    }

    @Test func everyPrefixIsCutOff() throws {
        let whole = bytes()
        for count in 0..<whole.count {
            let error = #expect(throws: InputError.self) { try open(Array(whole[..<count])) }
            #expect(error?.kind == (count < 8 ? .unrecognized : .truncated))
        }
        #expect(throws: InputError.self) { try open(whole + [0]) }
    }

    /// Sizes that overflow, or that no file has.
    @Test(arguments: [8, 12, 16]) func hugeAndNegativeCountsAreRefused(_ offset: Int) throws {
        for value: Int32 in [.max, .max - 1, 0, -1, .min, 1 << 20, 6] {
            #expect(throws: InputError.self) { try open(replaced(value, at: offset)) }
        }
        var bytes = LogitFile.magic
        for _ in 0..<3 { append(Int32.max, to: &bytes) }
        #expect(throws: InputError.self) { try open(bytes + Array(repeating: 0, count: 100)) }
    }

    /// Whatever stands in the file, it is refused or read; numbers come from a linear congruential generator.
    @Test func noBytesTrap() throws {
        var state: UInt64 = 2026
        func next(_ limit: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % limit
        }
        var read = 0
        for _ in 0..<1000 {
            var broken = bytes()
            for _ in 0...next(3) { broken[8 + next(broken.count - 8)] = UInt8(next(256)) }
            do {
                let file = try open(broken)
                for row in 0..<file.rowCount { _ = try file.row(row) }
                read += 1
            } catch is InputError {}
        }
        #expect(read > 0 && read < 1000)
    }

    @Test func otherFilesAreRefused() throws {
        #expect(throws: InputError.self) { try LogitFile(path: Fixture.path("gguf/v3.gguf")) }
        #expect(throws: InputError.self) { try LogitFile(path: Fixture.path("nowhere")) }
        #expect(throws: InputError.self) { try LogitFile(path: Fixture.root) }
    }

    @Test(arguments: [7, -1, Int32.max]) func strayTokensAreRefused(_ token: Int32) throws {
        #expect(throws: InputError.self) { try open(replaced(token, at: 24)) }
    }

    /// Row 1 begins after 20 bytes, 5 tokens and a row of 8 + 16 bytes.
    @Test(arguments: [.nan, .infinity, -1, 1e9] as [Float]) func brokenScalesAreRefused(_ scale: Float) throws {
        let file = try open(replaced(scale.bitPattern, at: 64))
        #expect(throws: Never.self) { try file.row(0) }
        #expect(throws: InputError.self) { try file.row(1) }
    }

    @Test(arguments: [.nan, -.infinity, 5] as [Float]) func brokenMinimaAreRefused(_ minimum: Float) throws {
        let file = try open(replaced(minimum.bitPattern, at: 68))
        #expect(throws: InputError.self) { try file.row(1) }
    }

    @Test func otherVocabulariesAreRefused() throws {
        let file = try open(bytes())
        let error = #expect(throws: InputError.self) {
            try PerplexityRun.divergence(of: try PerplexityFixtures.model("v3"), from: file)
        }
        #expect(error?.field == "vocabulary")
    }

    @Test func otherTextsAreRefused() throws {
        let file = try open(bytes())
        #expect(throws: Never.self) { try file.requireText([6, 6, 6, 6, 6, 1, 2], source: "text") }
        #expect(throws: InputError.self) { try file.requireText([6, 6, 5], source: "text") }
    }
}

import Files
import TestSupport
import Testing

@testable import Tokenizers

/// Ids that Hugging Face's `tokenizers` gives for DeepSeek-V3's vocabulary (Tests/Fixtures/make/tokenizer_v3.py).
@Suite struct TokenizerGoldenTests {
    struct Row {
        let text: String
        let ids: [Int32]
        let plainIds: [Int32]
    }

    static func rows() throws -> [Row] {
        let file = try MappedFile(path: Fixture.path("tokenizers/deepseek-v3/strings.json"))
        let strings = try #require(try JSONParser.parse(file)["strings"]?.array)
        return try strings.map { row in
            func ids(_ key: String) throws -> [Int32] {
                try #require(row[key]?.array).map { Int32(try #require($0.integer)) }
            }
            return Row(text: try #require(row["text"]?.string), ids: try ids("ids"), plainIds: try ids("plain_ids"))
        }
    }

    @Test func idsEqualTheReference() throws {
        let tokenizer = try ReferenceTokenizers.deepSeekV3.get()
        let rows = try Self.rows()
        #expect(rows.count == 314)
        for row in rows {
            #expect(tokenizer.encode(row.text, parsingSpecialTokens: true) == row.ids, "\(row.text.debugDescription)")
            #expect(tokenizer.encode(row.text) == row.plainIds, "\(row.text.debugDescription)")
            #expect(Array(tokenizer.decode(row.ids).utf8) == Array(row.text.utf8))
            #expect(Array(tokenizer.decode(row.plainIds).utf8) == Array(row.text.utf8))
        }
    }

    @Test func releasedVocabularyHasItsSpecialTokens() throws {
        let tokenizer = try ReferenceTokenizers.deepSeekV3.get()
        #expect(tokenizer.vocabularySize == 128815)
        #expect(tokenizer.beginOfSequence == 0)
        #expect(tokenizer.endOfSequence == 1)
        #expect(tokenizer.id(of: "<think>") == 128798)
        #expect(tokenizer.id(of: "<｜User｜>") == 128803)
        #expect(tokenizer.id(of: "深度") != nil)
        #expect(tokenizer.bytes(of: 128799) == Array("</think>".utf8))
        #expect(tokenizer.isSpecial(0) && tokenizer.isSpecial(128805))
        #expect(!tokenizer.isSpecial(128798) && tokenizer.isAdded(128798) && !tokenizer.isAdded(67))
        #expect(tokenizer.preTokenizerKind == .deepSeekV3)
    }
}

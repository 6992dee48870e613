import Files
import TestSupport
import Testing

@testable import Tokenizers

@Suite struct TokenChunksTests {
    private func tokenizer(begins: Bool) throws -> Tokenizer {
        var vocabulary = try Vocabulary(
            tokenizerFile: MappedFile(path: Fixture.unpacked("tokenizers/deepseek-v3/tokenizer.json.gz")),
            configuration: nil)
        vocabulary.addsBeginOfSequence = begins
        if begins { vocabulary.beginOfSequence = 7 }
        return try Tokenizer(vocabulary)
    }

    @Test func piecesAreTheTextInOrder() throws {
        let tokenizer = try tokenizer(begins: false)
        let text = "What stands behind the last whole piece is left out."
        let tokens = tokenizer.encode(text)
        let chunks = try TokenChunks(of: text.utf8, tokenizer, length: 5, source: "text")
        #expect(chunks.count == tokens.count / 5)
        #expect((0..<chunks.count).flatMap { chunks[$0] } == Array(tokens.prefix(chunks.count * 5)))
        #expect(try TokenChunks(of: text.utf8, tokenizer, length: 5, limit: 2, source: "text").count == 2)
    }

    @Test func everyPieceBeginsAsASequenceDoes() throws {
        let tokenizer = try tokenizer(begins: true)
        let text = "What stands behind the last whole piece is left out."
        let tokens = [7] + tokenizer.encode(text)
        let chunks = try TokenChunks(of: text.utf8, tokenizer, length: 5, source: "text")
        #expect(chunks.count == tokens.count / 5)
        #expect(chunks[0] == Array(tokens[0..<5]))
        #expect(chunks[1] == [7] + tokens[6..<10])
    }

    @Test func shortTextsAreRefused() throws {
        let tokenizer = try tokenizer(begins: false)
        let count = tokenizer.encode("ten").count
        #expect(try TokenChunks(of: "ten".utf8, tokenizer, length: count, source: "text").count == 1)
        let error = #expect(throws: InputError.self) {
            try TokenChunks(of: "ten".utf8, tokenizer, length: count, least: 2, source: "text")
        }
        #expect(error?.source == "text" && error?.found == "found \(count) tokens")
        #expect(throws: InputError.self) { try TokenChunks(of: [], tokenizer, length: 1, source: "text") }
    }
}

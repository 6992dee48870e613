import Files
import Foundation
import TestSupport
import Testing
import Tokenizers

@testable import Checkpoints

/// Vocabularies written as GGUF metadata and read back.
@Suite final class GGUFVocabularyFieldsTests {
    private let folder: String

    init() throws { folder = try Fixture.temporaryFolder() }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    private func written(_ vocabulary: Vocabulary, count: Int) throws -> Vocabulary {
        let path = folder + "/vocabulary.gguf"
        let header = try GGUFHeader(metadata: try vocabulary.ggufFields(count: count), tensors: [], source: path)
        try writeGGUF(header, to: path) { _ in }
        return try openVocabulary(at: path)
    }

    static let sources = [
        "tokenizers/ggml-vocab-deepseek-coder.gguf.gz", "tokenizers/ggml-vocab-deepseek-llm.gguf.gz",
        "tokenizers/ggml-vocab-llama-bpe.gguf.gz", "tokenizers/ggml-vocab-qwen2.gguf.gz",
    ]

    @Test(arguments: sources)
    func fileBecomesTheSameFile(source: String) throws {
        let vocabulary = try openVocabulary(at: try Fixture.unpacked(source))
        let found = try written(vocabulary, count: 160_000)
        #expect(found.tokens.prefix(vocabulary.tokens.count) == vocabulary.tokens[...])
        #expect(found.tokens.dropFirst(vocabulary.tokens.count).allSatisfy { $0 == nil })
        #expect(found.tokens.count == 160_000)
        #expect(found.merges.elementsEqual(vocabulary.merges, by: ==))
        #expect(found.addedTokens == vocabulary.addedTokens)
        #expect(found.preTokenizer == vocabulary.preTokenizer)
        #expect(found.beginOfSequence == vocabulary.beginOfSequence && found.endOfSequence == vocabulary.endOfSequence)
        #expect(found.padding == vocabulary.padding)
        #expect(found.addsBeginOfSequence == vocabulary.addsBeginOfSequence)
        #expect(found.addsEndOfSequence == vocabulary.addsEndOfSequence)
    }

    @Test func folderGivesTheSameIds() throws {
        let vocabulary = try openVocabulary(at: Fixture.path("../../Sources/Hub/Resources/first-light"))
        let found = try Tokenizer(try written(vocabulary, count: 512))
        let original = try Tokenizer(vocabulary)
        for text in ["What is 347 + 586?", "äöü, 漢字 and\nlines", "", "<｜User｜>"] {
            for parsing in [false, true] {
                #expect(
                    found.encode(text, parsingSpecialTokens: parsing)
                        == original.encode(text, parsingSpecialTokens: parsing))
            }
        }
    }

    @Test func spellingsAreAllDifferent() throws {
        var vocabulary = Vocabulary(
            source: "test", tokens: ["a", nil, "[PAD1]", "[PAD4]'"], merges: [],
            addedTokens: [.init(id: 5, content: "[PAD4]", isSpecial: true)], preTokenizer: .default)
        vocabulary.endOfSequence = 5
        let fields = try vocabulary.ggufFields(count: 8)
        guard case .array(_, let values) = fields.first(where: { $0.key == "tokenizer.ggml.tokens" })?.value else {
            return #expect(Bool(false), "no tokens")
        }
        let spellings = values.map { value in if case .string(let text) = value { text } else { "" } }
        #expect(spellings == ["a", "[PAD1]'", "[PAD1]", "[PAD4]'", "[PAD4]''", "[PAD4]", "[PAD6]", "[PAD7]"])
    }

    @Test func vocabularyThatDoesNotFitIsASentence() throws {
        let token = Vocabulary.AddedToken(id: .max, content: "x", isSpecial: true)
        for added in [[], [token]] {
            let vocabulary = Vocabulary(
                source: "test", tokens: ["a", "b"], merges: [], addedTokens: added, preTokenizer: .default)
            let error = try #require(throws: InputError.self) { try vocabulary.ggufFields(count: 1) }
            #expect(error.kind == .excessive && error.source == "test")
        }
    }
}

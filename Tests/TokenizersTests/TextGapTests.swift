import Files
import TestSupport
import Testing

@testable import Tokenizers

@Suite struct TextGapTests {
    static let marks: [[String]] = [
        ["<｜fim▁begin｜>", "<｜fim▁hole｜>", "<｜fim▁end｜>"], ["<|fim_prefix|>", "<|fim_suffix|>", "<|fim_middle|>"],
    ]

    /// V3's vocabulary, its marks under the names of either family.
    private func tokenizer(_ marks: [String]) throws -> Tokenizer {
        let file = try MappedFile(path: Fixture.unpacked("tokenizers/deepseek-v3/tokenizer.json.gz"))
        var vocabulary = try Vocabulary(tokenizerFile: file, configuration: ReferenceTokenizers.configuration())
        for (old, new) in zip(Self.marks[0], marks) {
            let place = try #require(vocabulary.addedTokens.firstIndex { $0.content == old })
            vocabulary.addedTokens[place].content = new
            let id = vocabulary.addedTokens[place].id
            if vocabulary.tokens.indices.contains(id), vocabulary.tokens[id] != nil { vocabulary.tokens[id] = new }
        }
        return try Tokenizer(vocabulary)
    }

    @Test(arguments: marks) func marksStandAroundTexts(_ marks: [String]) throws {
        let tokenizer = try tokenizer(marks)
        let prompt = try #require(tokenizer.promptFillingGap(prefix: "let x =", suffix: "\n" + marks[0]))
        let ids = try marks.map { try #require(tokenizer.id(of: $0)) }
        let expected =
            [ids[0]] + tokenizer.encode("let x =") + [ids[1]] + tokenizer.encode("\n" + marks[0]) + [ids[2]]
        #expect(prompt == tokenizer.addingSequenceMarks(to: expected))
        #expect(prompt.filter { $0 == ids[0] }.count == 1)
    }
}

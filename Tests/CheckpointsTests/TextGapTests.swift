import TestSupport
import Testing
import Tokenizers

@testable import Checkpoints

/// The marks around a gap, in the vocabularies of the models that fill gaps.
@Suite struct TextGapTests {
    @Test func marksStandAroundTexts() throws {
        let source = "tokenizers/ggml-vocab-deepseek-coder.gguf.gz"
        let tokenizer = try Tokenizer(try openVocabulary(at: try Fixture.unpacked(source)))
        let marks = ["<｜fim▁begin｜>", "<｜fim▁hole｜>", "<｜fim▁end｜>"]
        let prompt = try #require(tokenizer.promptFillingGap(prefix: "def f(x):\n", suffix: "\nreturn " + marks[1]))
        let places = marks.map { mark in prompt.indices.filter { prompt[$0] == tokenizer.id(of: mark) } }
        // One of each: the mark that the suffix spells stays text.
        #expect(places.map(\.count) == [1, 1, 1])
        let (begin, hole, end) = (places[0][0], places[1][0], places[2][0])
        #expect(tokenizer.decode(prompt[(begin + 1)..<hole]) == "def f(x):\n")
        #expect(tokenizer.decode(prompt[(hole + 1)..<end]) == "\nreturn " + marks[1])
        #expect(end == prompt.count - 1)
    }

    @Test func othersHaveNone() throws {
        for source in ["tokenizers/ggml-vocab-deepseek-llm.gguf.gz", "tokenizers/ggml-vocab-llama-bpe.gguf.gz"] {
            let tokenizer = try Tokenizer(try openVocabulary(at: try Fixture.unpacked(source)))
            #expect(tokenizer.promptFillingGap(prefix: "a", suffix: "b") == nil)
        }
    }
}

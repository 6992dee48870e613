import Files
import Foundation
import Testing

@testable import Tokenizers

@Suite struct TextCorpusTests {
    @Test func specialTokensAreTextUnlessAskedFor() throws {
        let tokenizer = try ReferenceTokenizers.deepSeekV3.get()
        var corpus = try Corpus(Data("<｜User｜>Hello<｜Assistant｜>\n".utf8), source: "talk")
        let marks = [tokenizer.beginOfChunk].compactMap(\.self)
        #expect(corpus.tokens(tokenizer) == marks + tokenizer.encode("<｜User｜>Hello<｜Assistant｜>"))
        corpus.parsesSpecialTokens = true
        let user = try #require(tokenizer.id(of: "<｜User｜>"))
        let assistant = try #require(tokenizer.id(of: "<｜Assistant｜>"))
        #expect(corpus.tokens(tokenizer) == marks + [user] + tokenizer.encode("Hello") + [assistant])
    }
}

import Files
import Foundation
import Generation
import TestSupport
import Testing
import Tokenizers

@testable import Evaluation

/// What llama-perplexity recorded, and models to compare with it.
enum PerplexityFixtures {
    static let text = Fixture.path("perplexity/text.txt")
    static let base = Fixture.path("perplexity/base.logits")
    static let context = 33

    static func golden() throws -> JSONValue {
        try JSONParser.parse(try MappedFile(path: Fixture.path("perplexity/recorded.json")))
    }

    static func model(_ name: String, _ settings: EngineSettings? = nil) throws -> LanguageModel {
        try LanguageModel(path: Fixture.path("gguf/\(name).gguf"), settings: settings ?? exact)
    }

    static var exact: EngineSettings {
        var settings = EngineSettings()
        settings.arithmetic = .exact
        return settings
    }

    /// The text's chunks, as `model` takes them.
    static func chunks(_ model: LanguageModel, length: Int = context, limit: Int? = nil) throws -> TokenChunks {
        let tokenizer = try model.requiredTokenizer()
        return try TokenChunks(
            try Corpus(path: text).tokens(tokenizer), length: length, limit: limit,
            beginOfSequence: tokenizer.beginOfChunk, source: text)
    }

    /// qwen2 as a model that wants a mark before every sequence.
    static func beginningModel() throws -> LanguageModel {
        var bytes = try Fixture.data("gguf/qwen2.gguf")
        let key = Data("tokenizer.ggml.add_bos_token".utf8) + Data([7, 0, 0, 0])
        bytes[try #require(bytes.range(of: key)).upperBound] = 1
        return try LanguageModel(path: try file(bytes, "begin.gguf"), settings: exact)
    }

    /// The path of a fresh file with these bytes.
    static func file(_ bytes: some DataProtocol, _ name: String = "broken.logits") throws -> String {
        let path = try Fixture.temporaryFolder() + "/" + name
        try Data(bytes).write(to: URL(filePath: path))
        return path
    }
}

/// Whether two numbers differ by no more than `tolerance` of the second.
func isClose(_ value: Double, _ expected: Double, _ tolerance: Double) -> Bool {
    abs(value - expected) <= tolerance * abs(expected)
}

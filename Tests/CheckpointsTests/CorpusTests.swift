import Files
import Foundation
import TestSupport
import Testing
import Tokenizers

@testable import Checkpoints

/// The seeds that fuzzing starts from are whole: from them it reaches what lies behind the first checks.
@Suite struct CorpusTests {
    private func seeds(_ target: String) throws -> [MappedFile] {
        let folder = Fixture.root + "/../../Fuzz/Corpus/" + target
        return try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
            .map { try MappedFile(path: folder + "/" + $0) }
    }

    @Test func filesOpen() throws {
        let checkpoints = try seeds("gguf").map { try GGUFCheckpoint($0) }
        let vocabularies = try checkpoints.compactMap { try $0.vocabulary() }
        #expect(Set(vocabularies.map(\.preTokenizer)) == Set(PreTokenizerKind.allCases))
        for vocabulary in vocabularies { _ = try Tokenizer(vocabulary) }
        #expect(Set(checkpoints.flatMap { $0.tensors.map(\.tensor.elementType) }).count == 27)
    }

    @Test func safetensorsOpen() throws {
        let types = try seeds("safetensors").flatMap { try SafetensorsFile($0).entries.map(\.tensor.elementType) }
        #expect(Set(types).count == 11)
    }

    @Test func tokenizersOpen() throws {
        let vocabularies = try seeds("tokenizer").map { try Vocabulary(tokenizerFile: $0, configuration: nil) }
        #expect(Set(vocabularies.map(\.preTokenizer)).count == 4)
        for vocabulary in vocabularies { _ = try Tokenizer(vocabulary) }
    }

    @Test func configurationsOpen() throws {
        for file in try seeds("configuration") { #expect(try JSONParser.parse(file)["model_type"]?.string != nil) }
    }
}

import Checkpoints
import Files
import Foundation
import TestSupport
import Testing
import Tokenizers

/// Ids that llama.cpp's own test expects of its vocabulary-only files, and vocabularies of folders.
@Suite struct VocabularyGoldenTests {
    @Test(
        arguments: [
            ("deepseek-llm", PreTokenizerKind.deepSeekLLM), ("deepseek-coder", .deepSeekCoder), ("qwen2", .qwen2),
            ("llama-bpe", .llamaBPE),
        ])
    func idsEqualTheReference(_ name: String, _ kind: PreTokenizerKind) throws {
        let file = "tokenizers/ggml-vocab-\(name).gguf"
        let vocabulary = try openVocabulary(at: Fixture.unpacked(file + ".gz"))
        #expect(vocabulary.preTokenizer == kind)
        let tokenizer = try Tokenizer(vocabulary)
        let texts = String(decoding: try Fixture.data(file + ".inp"), as: UTF8.self)
            .components(separatedBy: "\n__ggml_vocab_test__\n")
        let lines = String(decoding: try Fixture.data(file + ".out"), as: UTF8.self).components(separatedBy: "\n")
        // Both files end with a separator.
        #expect(texts.count > 40 && lines.count >= texts.count - 1)
        for (text, line) in zip(texts.dropLast(), lines) {
            let ids = line.split(separator: " ").compactMap { Int32($0) }
            #expect(tokenizer.encode(text) == ids, "\(text.debugDescription)")
            #expect(tokenizer.decode(ids) == text)
        }
    }

    /// The same vocabulary, however its place is named.
    @Test func folderWithOnlyATokenizerOpens() throws {
        let folder = try Fixture.temporaryFolder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let source = try Fixture.unpacked("tokenizers/deepseek-v3/tokenizer.json.gz")
        try FileManager.default.copyItem(atPath: source, toPath: folder + "/tokenizer.json")
        let configuration = Fixture.path("tokenizers/deepseek-v3/tokenizer_config.json")
        try FileManager.default.copyItem(atPath: configuration, toPath: folder + "/tokenizer_config.json")
        for path in [folder, folder + "/tokenizer.json"] {
            let vocabulary = try openVocabulary(at: path)
            #expect(vocabulary.preTokenizer == .deepSeekV3)
            #expect(vocabulary.beginOfSequence == 0 && vocabulary.endOfSequence == 1)
        }
        expectError(.missing, naming: folder, "weights") { _ = try openCheckpoint(at: folder) }
    }

    @Test func shippedCheckpointOpens() throws {
        let checkpoint = try openCheckpoint(at: Fixture.root + "/../../Sources/Hub/Resources/first-light")
        let tokenizer = try Tokenizer(try #require(try checkpoint.vocabulary()))
        #expect(tokenizer.decode(tokenizer.encode("12+30=")) == "12+30=")
        #expect(checkpoint.fields["model_type"]?.string == "deepseek_v3")
        #expect(checkpoint.chatTemplate?.isEmpty == false)
    }
}

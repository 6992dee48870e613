import Files
import Testing
import Tokenizers

@testable import Checkpoints

/// The tokenizer in GGUF metadata: what is read, and what is refused (CVE-2025-49847, CVE-2025-52566 and their like).
@Suite struct GGUFVocabularyTests {
    @Test func sampleIsRead() throws {
        let vocabulary = try #require(try read(GGUFBytes.sample))
        #expect(vocabulary.tokens == ["a", "b", "ab", nil])
        #expect(vocabulary.merges.map(\.left) == ["a"] && vocabulary.merges.map(\.right) == ["b"])
        #expect(vocabulary.addedTokens == [Vocabulary.AddedToken(id: 3, content: "<end>", isSpecial: true)])
        #expect(vocabulary.preTokenizer == .qwen2)
        #expect(vocabulary.endOfSequence == 3)
        #expect(vocabulary.beginOfSequence == nil && vocabulary.padding == nil)
        #expect(!vocabulary.addsBeginOfSequence && !vocabulary.addsEndOfSequence && !vocabulary.ignoresMerges)
    }

    @Test(
        arguments: [
            ("deepseek-llm", PreTokenizerKind.deepSeekLLM), ("deepseek-coder", .deepSeekCoder),
            ("deepseek-v3", .deepSeekV3), ("joyai-llm", .deepSeekV3), ("deepseek-r1-qwen", .deepSeekR1Qwen),
            ("qwen2", .qwen2), ("llama-bpe", .llamaBPE), ("llama3", .llamaBPE), ("llama-v3", .llamaBPE),
        ])
    func preTokenizerIsNamed(_ name: String, _ kind: PreTokenizerKind) throws {
        let vocabulary = try #require(try read(setting("pre", .string(name))))
        #expect(vocabulary.preTokenizer == kind)
        #expect(vocabulary.ignoresMerges == (kind == .llamaBPE))
        #expect(vocabulary.addsBeginOfSequence == (kind == .llamaBPE))
    }

    @Test func flagsAndIdsAreRead() throws {
        let file = setting("add_bos_token", .boolean(1)).setting("tokenizer.ggml.add_eos_token", .boolean(1))
            .setting("tokenizer.ggml.bos_token_id", .uint32(2)).setting("tokenizer.ggml.padding_token_id", .int32(0))
        let vocabulary = try #require(try read(file))
        #expect(vocabulary.addsBeginOfSequence && vocabulary.addsEndOfSequence)
        #expect(vocabulary.beginOfSequence == 2 && vocabulary.padding == 0)
    }

    @Test func everyTokenTypeIsRead() throws {
        let vocabulary = try #require(
            try read(setting("token_type", .array(5, [1, 2, 4, 5].map(GGUFBytes.Value.int32)))))
        #expect(vocabulary.tokens == ["a", nil, nil, nil])
        #expect(vocabulary.addedTokens.map(\.content) == ["b", "ab"])
        #expect(vocabulary.addedTokens.map(\.isSpecial) == [true, false])
    }

    @Test(arguments: [nil, "none", "no_vocab"]) func absentVocabularyIsNil(_ model: String?) throws {
        #expect(try read(setting("model", model.map(GGUFBytes.Value.string))) == nil)
    }

    static let broken: [(String, GGUFBytes.Value?, InputError.Kind, String)] = [
        ("model", .string("llama"), .unsupported, "llama"), ("model", .uint32(1), .wrongType, "model"),
        ("pre", .string("gpt-4o"), .unsupported, "gpt-4o"),
        ("pre", nil, .missing, "pre"), ("pre", .uint8(1), .wrongType, "pre"), ("tokens", nil, .missing, "tokens"),
        ("tokens", .array(4, [.uint32(1)]), .wrongType, "tokens"), ("tokens", .string("a"), .missing, "tokens"),
        ("tokens", .array(8, [bad]), .invalidValue, "tokens"),
        ("token_type", .array(5, [.int32(1)]), .invalidValue, "1 types for 4 tokens"),
        ("token_type", .array(5, [1, 1, 1, 7].map(GGUFBytes.Value.int32)), .invalidValue, "token_type"),
        ("token_type", .array(5, [1, 1, 1, -1].map(GGUFBytes.Value.int32)), .invalidValue, "token_type"),
        // A byte token belongs to other kinds of vocabulary; its spelling would be parsed as a number ("<0x-1>").
        ("token_type", .array(5, [1, 1, 1, 6].map(GGUFBytes.Value.int32)), .invalidValue, "token_type"),
        ("token_type", .strings(["1", "1", "1", "1"]), .invalidValue, "token_type"),
        ("merges", nil, .missing, "merges"),
        ("merges", .strings(["ab"]), .invalidValue, "merges"), ("merges", .strings([""]), .invalidValue, "merges"),
        ("merges", .strings(["a "]), .invalidValue, "merges"), ("merges", .strings([" a"]), .invalidValue, "merges"),
        ("eos_token_id", .uint32(4), .outOfBounds, "eos_token_id"),
        ("bos_token_id", .int32(-1), .outOfBounds, "bos_token_id"),
        ("bos_token_id", .uint64(.max), .outOfBounds, "bos_token_id"),
        ("padding_token_id", .string("3"), .outOfBounds, "padding_token_id"),
        ("add_bos_token", .uint8(1), .wrongType, "add_bos_token"),
    ]

    @Test(arguments: broken.indices) func brokenVocabularyIsRefused(_ index: Int) {
        let (key, value, kind, word) = Self.broken[index]
        expectError(kind, naming: "vocabulary.gguf", word) { _ = try read(setting(key, value)) }
    }

    private static let bad = GGUFBytes.Value(type: 8, bytes: littleEndian(UInt64(1)) + [0xFF])

    private func setting(_ key: String, _ value: GGUFBytes.Value?) -> GGUFBytes {
        GGUFBytes.sample.withoutTensors().setting("tokenizer.ggml.\(key)", value)
    }

    private func read(_ file: GGUFBytes) throws -> Vocabulary? {
        try GGUFCheckpoint(.copy(of: file.bytes, path: "vocabulary.gguf")).vocabulary()
    }
}

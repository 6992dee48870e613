import Checkpoints
import Files
import Foundation
import TestSupport
import Testing

@testable import Models
@testable import Quantization
@testable import Tensors
@testable import Tokenizers

/// GGUF files as folders with safetensors, and folders in other types.
struct ConversionToFolderTests {
    private let folder = Result { try ConversionFolder() }

    private static let bytesTokens = Fixture.path("gguf/llama-mha.gguf")

    private func converted(
        _ source: String, to name: String, _ type: ConversionType = .auto, vocabulary: String? = nil,
        splitSize: Int? = nil
    ) throws -> any Checkpoint {
        try folder.get().converted(source, to: name, type, vocabulary: vocabulary, splitSize: splitSize)
    }

    /// A model, llama.cpp's file of it, and the type of both. What is f32 in every GGUF file stays so where nothing else is
    /// asked for; where it was bf16, asking for that gives back the released bytes.
    struct Pair: Sendable {
        let model: String
        let file: String
        let type: ConversionType
    }

    static let pairs = [
        Pair(model: "llama-mha", file: "llama-mha", type: .auto),
        Pair(model: "llama-gqa", file: "llama-gqa", type: .bf16),
        Pair(model: "llama3-tied", file: "llama3-tied", type: .bf16), Pair(model: "qwen2", file: "qwen2", type: .auto),
        Pair(model: "qwen3-yarn", file: "qwen3-yarn", type: .bf16),
        Pair(model: "deepseek-moe", file: "deepseek-moe", type: .bf16),
        Pair(model: "v2-lite", file: "v2-lite", type: .auto), Pair(model: "v3", file: "v3-mtp", type: .f32),
    ]

    @Test(arguments: pairs)
    func bytesAndFieldsAreTheReleased(_ pair: Pair) throws {
        let found = try converted("gguf/\(pair.file).gguf", to: pair.model, pair.type)
        let expected = try openCheckpoint(at: Fixture.path("text/" + pair.model))
        try expectEqualTensors(found, expected)
        #expect(try DecoderConfiguration(of: found) == DecoderConfiguration(of: expected))
        for (key, value) in found.fields.members {
            guard let other = expected.fields[key] else { continue }
            let inner = (value.object?.members ?? []).filter { other[$0.key] != nil && $0.value.double != nil }
            #expect(inner.allSatisfy { $0.value.double == other[$0.key]?.double || $0.key == "attn_factor" }, "\(key)")
            #expect(value == other || value.object != nil || value.double == other.double, "\(key)")
        }
    }

    /// There and back: the same tensors under the same keys.
    @Test(arguments: [
        "llama-mha", "llama-gqa", "llama3-tied", "qwen2", "qwen3-yarn", "qwen3-yarn-attn-factor", "deepseek-moe",
        "v2-lite",
        "v2", "v3", "v3-mtp",
    ])
    func roundTripsChangeNothing(_ file: String) throws {
        let original = try openCheckpoint(at: Fixture.path("gguf/\(file).gguf"))
        let back = try converted(converted("gguf/\(file).gguf", to: file).path, to: file + ".gguf")
        try expectEqualTensors(back, original)
        let isOwn = ["general.name", "general.version", "general.size_label", "tokenizer.ggml.add_eos_token"].contains
        let others: Set<String> = [
            "deepseek2.attention.q_lora_rank", "qwen3.rope.scaling.yarn_beta_fast",
            "qwen3.rope.scaling.yarn_beta_slow",
        ]
        for (key, value) in original.fields.members where !isOwn(key) && !others.contains(key) {
            if file.hasSuffix("attn-factor"), key.hasSuffix("yarn_attn_factor") { continue }
            #expect(back.fields[key] == value, "\(key)")
        }
        let (own, expected) = (try back.vocabulary(), try original.vocabulary())
        #expect(own?.tokens == expected?.tokens && own?.preTokenizer == expected?.preTokenizer)
        #expect(own?.merges.map(\.left) == expected?.merges.map(\.left))
    }

    /// The expansions of latent attention in one matrix, as older files have them.
    @Test func olderFilesAreRead() throws {
        let found = try converted("gguf/v2-lite-joined-Q8_0.gguf", to: "old", .f32)
        let source = try openCheckpoint(at: Fixture.path("gguf/v2-lite-joined-Q8_0.gguf"))
        for layer in 0..<3 {
            let name = "model.layers.\(layer).self_attn.kv_b_proj.weight"
            let joined = try #require(source.entry(named: "blk.\(layer).attn_kv_b.weight")).tensor
            #expect(try #require(found.entry(named: name)).tensor.floats == joined.decoded().floats)
        }
    }

    @Test func quantizedWeightsAreDecoded() throws {
        let found = try converted("gguf/v3-k256-Q4_K_M.gguf", to: "decoded")
        let source = try openCheckpoint(at: Fixture.path("gguf/v3-k256-Q4_K_M.gguf"))
        let up = try #require(source.entry(named: "blk.0.ffn_up.weight")).tensor
        let own = try #require(found.entry(named: "model.layers.0.mlp.up_proj.weight")).tensor
        #expect(up.elementType.valuesPerBlock == 256 && own.elementType == .bf16)
        #expect(bytes(own) == ElementType.bf16.encoded(up.decoded().floats))
        #expect(found.fields["torch_dtype"]?.string == "bfloat16")
    }

    /// Biases of queries and keys change places with their rows.
    @Test func biasesGoWithTheirRows() throws {
        let released = try openCheckpoint(at: Fixture.path("text/llama-gqa")).fields
        let fields = released.members.filter { $0.key != "attention_bias" } + [("attention_bias", .boolean(true))]
        let model = try SyntheticModel(
            name: "biased", fields: JSONObject(fields), source: "test", recipe: Recipe("f32"))
        let path = try folder.get().path + "/biased.gguf"
        try model.write(
            model.header(vocabulary: openVocabulary(at: Self.bytesTokens), path: path), to: path, seed: 1
        ) { _ in }
        let original = try openCheckpoint(at: path)
        let found = try converted(path, to: "biased")
        let bias = try #require(original.entry(named: "blk.0.attn_q.bias")).tensor.floats
        let turned = try #require(found.entry(named: "model.layers.0.self_attn.q_proj.bias")).tensor.floats
        // Heads of 8 values: neighbours go to the two halves.
        #expect(turned.prefix(8).elementsEqual([0, 2, 4, 6, 1, 3, 5, 7].map { bias[$0] }))
        let (own, other) = (try logits(found), try logits(original))
        for (a, b) in zip(own, other) { #expect(abs(a - b) <= 1e-5 * (other.map(abs).max() ?? 0)) }
        try expectEqualTensors(converted(found.path, to: "back.gguf"), original)
    }

    // MARK: FP8

    /// The tensors that DeepSeek-V3 has in FP8, with scales, and others as it has them.
    @Test func eightBitsAreTheReleaseds() throws {
        let plain = try converted("text/v3-fp8", to: "plain", .f32)
        #expect(plain.fields["quantization_config"] == nil && plain.fields["torch_dtype"]?.string == "float32")
        let found = try converted(plain.path, to: "fp8", .fp8)
        let original = try openCheckpoint(at: Fixture.path("text/v3-fp8"))
        #expect(Set(found.tensors.map(\.name)) == Set(original.tensors.map(\.name)))
        for entry in original.tensors where !entry.name.hasSuffix("_scale_inv") {
            let own = try #require(found.entry(named: entry.name)).tensor
            #expect(own.elementType == entry.tensor.elementType && own.shape == entry.tensor.shape, "\(entry.name)")
        }
        let (fields, expected) = (found.fields["quantization_config"], original.fields["quantization_config"])
        #expect(Set(fields?.object?.members.map(\.key) ?? []) == Set(expected?.object?.members.map(\.key) ?? []))
        #expect(fields?["weight_block_size"] == expected?["weight_block_size"])
        // What the released codes stand for is a multiple of a scale again, so that codes come back but where the quotient of
        // a scale is rounded.
        let loaders = (WeightLoader(found), WeightLoader(original))
        let (own, other) = (
            try loaders.0.expert(.expertDown, layer: 1, expert: 2, count: 6, rows: 192, columns: 160),
            try loaders.1.expert(.expertDown, layer: 1, expert: 2, count: 6, rows: 192, columns: 160)
        )
        for row in [0, 127, 128, 191] {
            for (a, b) in zip(own.row(row), other.row(row)) { #expect(abs(a - b) <= 1e-6 * abs(b)) }
        }
    }

    /// Kept as they are where nothing else is asked for, codes and scales, in one file or in several.
    @Test(arguments: [ConversionType.auto, .fp8])
    func eightBitsStayAsTheyAre(_ type: ConversionType) throws {
        let found = try converted("text/v3-fp8", to: "copy", type, splitSize: 1_000_000)
        try expectEqualTensors(found, openCheckpoint(at: Fixture.path("text/v3-fp8")))
        #expect(found.fields == (try openCheckpoint(at: Fixture.path("text/v3-fp8"))).fields)
        #expect(Set(found.tensors.map(\.file)).count == 3)
    }

    @Test func eightBitsOfGGUFCompute() throws {
        let found = try converted("gguf/v3-mtp.gguf", to: "fp8", .fp8, splitSize: 200_000)
        #expect(found.fields["quantization_config"]?["quant_method"]?.string == "fp8")
        #expect(found.entry(named: "model.layers.1.mlp.gate.e_score_correction_bias")?.tensor.elementType == .f32)
        let decoder = try Decoder(found)
        #expect(decoder.predictions.count == 1)
    }

    // MARK: Tokenizer

    @Test(arguments: ["deepseek-llm", "deepseek-coder", "llama-bpe", "qwen2"])
    func vocabulariesComeBack(_ name: String) throws {
        let original = try #require(
            try openVocabulary(at: Fixture.unpacked("tokenizers/ggml-vocab-\(name).gguf.gz")) as Vocabulary?)
        let (path, settings) = try folder.get().files(of: original)
        let read = try Vocabulary(tokenizerFile: MappedFile(path: path), configuration: settings)
        #expect(read.preTokenizer == original.preTokenizer && read.ignoresMerges == original.ignoresMerges)
        #expect(read.addedTokens == original.addedTokens)
        #expect(read.beginOfSequence == original.beginOfSequence && read.endOfSequence == original.endOfSequence)
        #expect(read.addsBeginOfSequence == original.addsBeginOfSequence)
        let (own, other) = (try Tokenizer(read), try Tokenizer(original))
        let texts = try Fixture.data("tokenizers/ggml-vocab-\(name).gguf.inp")
        for text in String(decoding: texts, as: UTF8.self).components(separatedBy: "\n__ggml_vocab_test__\n") {
            #expect(own.encode(text) == other.encode(text))
        }
    }
}

extension ConversionFolder {
    /// The tokenizer.json of `vocabulary`, written, and the fields of its tokenizer_config.json.
    fileprivate func files(of vocabulary: Vocabulary) throws -> (path: String, settings: JSONObject?) {
        let file = path + "/tokenizer.json"
        try writeAtomically(Data(vocabulary.tokenizerFile().text.utf8), to: file)
        let settings = vocabulary.tokenizerConfiguration(chatTemplate: nil, contextLength: 4096)
        return (file, settings.object)
    }
}

import Checkpoints
import Files
import TestSupport
import Testing

@testable import Models
@testable import Quantization
@testable import Tensors

/// Released checkpoints in GGUF: what llama.cpp's converter made of the same, and the numbers that come out of both.
struct ConversionToGGUFTests {
    private let folder = Result { try ConversionFolder() }

    private func converted(
        _ model: String, _ type: ConversionType = .auto, vocabulary: String? = Fixture.path("gguf/llama-mha.gguf"),
        splitSize: Int? = nil
    ) throws -> any Checkpoint {
        try folder.get().converted(
            "text/" + model, to: "\(model).gguf", type, vocabulary: vocabulary, splitSize: splitSize)
    }

    // MARK: llama.cpp's converter

    struct Pair: Sendable {
        let model: String
        let file: String
        let type: ConversionType
        /// Keys that differ: what llama.cpp's converter takes from the folder's name, or leaves out with the prediction layer.
        var others: Set<String> = []
    }

    static let pairs: [Pair] = [
        Pair(model: "llama-mha", file: "llama-mha", type: .auto),
        Pair(model: "llama-gqa", file: "llama-gqa", type: .auto),
        Pair(model: "llama3-tied", file: "llama3-tied", type: .bf16),
        Pair(model: "qwen2", file: "qwen2", type: .auto),
        Pair(model: "qwen3-yarn", file: "qwen3-yarn", type: .auto),
        Pair(model: "deepseek-moe", file: "deepseek-moe", type: .auto),
        Pair(model: "v2-lite", file: "v2-lite", type: .f32),
        Pair(model: "v2", file: "v2", type: .bf16, others: ["general.version"]),
        Pair(
            model: "v3", file: "v3", type: .auto,
            others: [
                "general.version", "general.size_label", "deepseek2.block_count", "deepseek2.nextn_predict_layers",
            ]),
        Pair(model: "v3", file: "v3-mtp", type: .auto, others: ["general.version", "general.size_label"]),
    ]

    @Test(arguments: pairs)
    func bytesAndKeysAreTheConverters(_ pair: Pair) throws {
        let found = try converted(pair.model, pair.type)
        let expected = try openCheckpoint(at: Fixture.path("gguf/\(pair.file).gguf"))
        for entry in expected.tensors {
            let own = try #require(found.entry(named: entry.name), "\(entry.name)").tensor
            #expect(own.elementType == entry.tensor.elementType && own.shape == entry.tensor.shape, "\(entry.name)")
            #expect(bytes(own) == bytes(entry.tensor), "\(entry.name)")
        }
        let extra = found.tensors.filter { expected.entry(named: $0.name) == nil }
        #expect(extra.allSatisfy { pair.file == "v3" && $0.name.hasPrefix("blk.3.") })
        // The converter writes the second never, the first not for V2-Lite, whose layers llama.cpp counts.
        let written: Set<String> = ["deepseek2.attention.q_lora_rank", "tokenizer.ggml.add_eos_token"]
        for (key, value) in expected.fields.members where !pair.others.contains(key) {
            #expect(found.fields[key] == value, "\(key)")
        }
        for (key, _) in found.fields.members where expected.fields[key] == nil {
            #expect(written.contains(key) || pair.others.contains(key), "\(key)")
        }
        let (own, recorded) = (try found.vocabulary(), try expected.vocabulary())
        #expect(own?.tokens == recorded?.tokens && own?.preTokenizer == recorded?.preTokenizer)
    }

    // MARK: Numbers

    /// Families whose rows stay in place, and those whose rotated pairs lie elsewhere: no sum changes its order but that
    /// over a head, and no more than that.
    @Test(arguments: [
        "llama-mha", "llama-gqa", "llama-linear", "qwen2", "qwen3-yarn", "deepseek-moe", "v2-lite", "v2", "v3",
        "v3-k256",
    ])
    func logitsAreTheSame(_ model: String) throws {
        let original = try logits(openCheckpoint(at: Fixture.path("text/" + model)))
        let found = try logits(converted(model))
        let isTurned = model.hasPrefix("llama") || model == "deepseek-moe"
        if !isTurned { #expect(found == original) }
        for start in stride(from: 0, to: original.count, by: 256) {
            let (own, other) = (found[start..<start + 256], original[start..<start + 256])
            #expect(own.firstIndex(of: own.max() ?? 0) == other.firstIndex(of: other.max() ?? 0))
        }
        let largest = original.map(abs).max() ?? 0
        for (a, b) in zip(found, original) { #expect(abs(a - b) <= 1e-5 * largest) }
    }

    /// Llama 3.1's divisors are rounded once more than its rule.
    @Test func dividedFrequenciesGiveTheSameLogits() throws {
        let original = try logits(openCheckpoint(at: Fixture.path("text/llama3-tied")))
        let found = try logits(converted("llama3-tied"))
        for (a, b) in zip(found, original) { #expect(abs(a - b) <= 1e-5 * (original.map(abs).max() ?? 0)) }
    }

    /// FP8 weights become what they stand for: exactly in f32, and in bf16 its nearest.
    @Test func eightBitsAreDecoded() throws {
        let original = try openCheckpoint(at: Fixture.path("text/v3-fp8"))
        let exact = try converted("v3-fp8", .f32)
        #expect(try logits(exact) == logits(original))
        let loader = WeightLoader(original)
        let gate = try loader.experts(.expertUp, layer: 1, count: 6, rows: 160, columns: 192)
        let stacked = try #require(exact.entry(named: "blk.1.ffn_up_exps.weight")).tensor
        for (index, weight) in gate.enumerated() {
            #expect(stacked.entry(index).floats == (0..<160).flatMap(weight.row))
        }
        let half = try converted("v3-fp8")
        let rounded = try #require(half.entry(named: "blk.1.ffn_up_exps.weight")).tensor
        #expect(rounded.elementType == .bf16)
        #expect(bytes(rounded) == ElementType.bf16.encoded(stacked.floats))
        #expect(half.fields["general.file_type"]?.integer == 32)
    }

    // MARK: Types, files, vocabularies

    @Test(arguments: [(ConversionType.f16, 1), (.q8_0, 7), (.bf16, 32), (.f32, 0)])
    func typesAreAskedFor(_ type: ConversionType, number: Int) throws {
        let found = try converted("v3", type)
        #expect(found.fields["general.file_type"]?.integer == number)
        let wanted = try #require(type.elementType)
        for entry in found.tensors {
            let isExact = entry.tensor.shape.rank == 1 || entry.name.hasSuffix("ffn_gate_inp.weight")
            // Rows of 16 and 48 values are no whole blocks of 32.
            let type = isExact ? ElementType.f32 : wanted.fitting(width: entry.tensor.shape.width)
            #expect(entry.tensor.elementType == type, "\(entry.name)")
        }
        _ = try Decoder(found)
    }

    @Test func splitFilesOpenAsOne() throws {
        let whole = try converted("v3")
        let split = try converted("v3", splitSize: 400_000)
        #expect(split.path.hasSuffix("/v3-00001-of-00005.gguf"))
        #expect(split.tensors.map(\.name) == whole.tensors.map(\.name))
        for (a, b) in zip(split.tensors, whole.tensors) { #expect(bytes(a.tensor) == bytes(b.tensor)) }
        #expect(Set(split.tensors.map(\.file)).count == 5)
        let keys = split.fields.members.filter { !$0.key.hasPrefix("split.") }
        #expect(JSONObject(keys) == whole.fields)
        #expect(split.fields["split.count"]?.integer == 5)
        #expect(split.fields["split.tensors.count"]?.integer == whole.tensors.count)
    }

    @Test func modelsWithoutTokensSaySo() throws {
        let found = try converted("qwen2", vocabulary: nil)
        #expect(found.fields["tokenizer.ggml.model"]?.string == "none")
        #expect(found.fields["qwen2.vocab_size"]?.integer == 256)
        #expect(try found.vocabulary() == nil)
        let conversion = try makeConversion(
            from: Fixture.path("text/qwen2"), to: "x.gguf", type: .auto)
        #expect(!conversion.hasVocabulary && conversion.unused.isEmpty)
    }

    /// First Light has all that a release has.
    @Test func tokenizerAndSettingsGoAlong() throws {
        let source = Fixture.path("../../Sources/Hub/Resources/first-light")
        let found = try folder.get().converted(source, to: "light.gguf")
        let original = try openCheckpoint(at: source)
        let (own, expected) = (try #require(try found.vocabulary()), try #require(try original.vocabulary()))
        #expect(found.chatTemplate == original.chatTemplate && found.chatTemplate != nil)
        #expect(own.merges.map(\.left) == expected.merges.map(\.left))
        #expect(own.addedTokens.map(\.content) == expected.addedTokens.map(\.content))
        #expect(own.endOfSequence == expected.endOfSequence && own.beginOfSequence == expected.beginOfSequence)
        #expect(own.addsBeginOfSequence == expected.addsBeginOfSequence)
        // Its generation_config.json says to take the likeliest token, always.
        #expect(found.generationFields["temperature"]?.double == 0)
        let back = try folder.get().converted(found.path, to: "light")
        #expect(back.generationFields["do_sample"]?.boolean == false)
        #expect(back.chatTemplate == original.chatTemplate)
        #expect(try back.vocabulary()?.addedTokens.map(\.content) == expected.addedTokens.map(\.content))
    }
}

import Checkpoints
import Files
import Foundation
import Models
import Tensors
import Tokenizers

/// The files of a released checkpoint beside its tensors: configuration, tokenizer, chat template.
struct ReleasedDocuments {
    /// Names and contents.
    private(set) var files: [(name: String, bytes: Data)] = []
    private(set) var hasVocabulary = false
    private let checkpoint: any Checkpoint
    private let model: ReleasedModel
    /// How most weights are stored that are not FP8.
    private let type: ElementType
    private let hasEightBits: Bool

    /// - Parameter given: a vocabulary to take instead of the checkpoint's own.
    /// - Throws: `InputError` for what the files have no words for, and a vocabulary that is broken or larger than the
    ///   embedding table.
    init(_ checkpoint: any Checkpoint, _ model: ReleasedModel, vocabulary given: Vocabulary?) throws {
        (self.checkpoint, self.model) = (checkpoint, model)
        hasEightBits = model.tensors.contains { $0.type == .f8e4m3 }
        type = hasEightBits ? .bf16 : mostCommon(model.tensors.map { ($0.name, $0.shape, $0.type) })
        let isReleased = checkpoint.format == .safetensors
        if isReleased { try copyFiles(besidesTokenizer: given != nil) }
        let vocabulary = try given ?? (isReleased ? nil : checkpoint.vocabulary())
        if let vocabulary { try addTokenizer(vocabulary) }
        add("config.json", .object(isReleased ? changedFields() : try fields(vocabulary)))
        if !isReleased { addGeneration(vocabulary) }
    }

    private mutating func add(_ name: String, _ value: JSONValue) { files.append((name, Data(value.text.utf8))) }

    // MARK: From safetensors

    /// What lies beside the weights and is small goes along as it is.
    private mutating func copyFiles(besidesTokenizer: Bool) throws {
        guard let file = checkpoint.tensors.first?.file else { return }
        let folder = URL(filePath: file).deletingLastPathComponent()
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path(percentEncoded: false))) ?? []
        for name in names.sorted() where ReleasedDocuments.goesAlong(name, withTokenizer: !besidesTokenizer) {
            let mapped = try MappedFile(path: folder.appending(path: name).path(percentEncoded: false))
            files.append((name, mapped.withBytes(in: 0..<mapped.byteCount) { Data($0) }))
        }
        hasVocabulary = files.contains { $0.name == "tokenizer.json" }
    }

    private static func goesAlong(_ name: String, withTokenizer: Bool) -> Bool {
        guard name != "config.json", !name.hasSuffix(".index.json"), !name.hasPrefix(".") else { return false }
        let isTokenizer = ["tokenizer", "special_tokens", "added_tokens", "vocab", "merges"].contains(
            where: name.hasPrefix)
        return (withTokenizer || !isTokenizer) && [".json", ".jinja", ".txt", ".py"].contains(where: name.hasSuffix)
    }

    /// The checkpoint's own fields, but for those that say how weights are stored.
    private func changedFields() -> JSONObject {
        let isSame = checkpoint.fields["quantization_config"] != nil && hasEightBits
        let changed = checkpoint.fields.members.compactMap { key, value -> (key: String, value: JSONValue)? in
            switch key {
            case "torch_dtype", "dtype": (key, .string(type.torchName))
            case "quantization_config": isSame ? (key, value) : nil
            default: (key, value)
            }
        }
        return JSONObject(isSame ? changed : changed + quantization)
    }

    // MARK: From GGUF

    private func fields(_ vocabulary: Vocabulary?) throws -> JSONObject {
        let model = try model.configuration.huggingFaceFields(
            checkpoint.fields, type: type.torchName, source: checkpoint.path)
        return JSONObject(model.members + ReleasedDocuments.marks(vocabulary) + quantization)
    }

    private static func marks(_ vocabulary: Vocabulary?) -> [(key: String, value: JSONValue)] {
        [("bos_token_id", vocabulary?.beginOfSequence), ("eos_token_id", vocabulary?.endOfSequence)]
            .compactMap { key, id in id.map { (key, .integer($0)) } }
    }

    private var quantization: [(key: String, value: JSONValue)] {
        guard hasEightBits else { return [] }
        let blocks = JSONValue.array([.integer(BlockScales.blockExtent), .integer(BlockScales.blockExtent)])
        let fields: [(key: String, value: JSONValue)] = [
            ("activation_scheme", .string("dynamic")), ("fmt", .string("e4m3")), ("quant_method", .string("fp8")),
            ("weight_block_size", blocks),
        ]
        return [("quantization_config", .object(JSONObject(fields)))]
    }

    private mutating func addTokenizer(_ vocabulary: Vocabulary) throws {
        _ = try Tokenizer(vocabulary)
        // Throws for one that is larger than the table.
        _ = try vocabulary.ggufFields(count: model.configuration.vocabularySize)
        var vocabulary = vocabulary
        // GGUF does not say that Qwen's tokenizers compose text first; all released ones do.
        if checkpoint.format == .gguf, vocabulary.preTokenizer == .qwen2 {
            vocabulary.normalization = .canonicalComposition
        }
        add("tokenizer.json", try vocabulary.tokenizerFile())
        add(
            "tokenizer_config.json",
            vocabulary.tokenizerConfiguration(
                chatTemplate: checkpoint.chatTemplate, contextLength: model.configuration.contextLength))
        hasVocabulary = true
    }

    private mutating func addGeneration(_ vocabulary: Vocabulary?) {
        let settings = checkpoint.generationFields.members
        let isGreedy = checkpoint.generationFields["temperature"]?.double == 0
        let fields =
            ReleasedDocuments.marks(vocabulary) + (settings.isEmpty ? [] : [("do_sample", .boolean(!isGreedy))])
            + settings.filter { !isGreedy || $0.key != "temperature" }
        if !fields.isEmpty { add("generation_config.json", .object(JSONObject(fields))) }
    }
}

import Checkpoints
import Files
import Foundation
import Models
import Tokenizers

/// The files of a model beside its tensors: configuration and tokenizer, as transformers has them.
package struct ModelDocuments: Sendable {
    /// Names and contents.
    package private(set) var files: [(name: String, bytes: Data)] = []

    /// Of a model that a run begins with: tokenizer files are copied where there are some, and made of the vocabulary where
    /// it stands in another file.
    /// - Throws: `InputError` if there is no such vocabulary, or it is broken or larger than the model's.
    package init(_ model: TrainableCheckpoint, _ settings: ModelSettings) throws {
        add("config.json", .object(Self.floating(model.fields)))
        let configuration = try DecoderConfiguration(of: model)
        if let vocabulary = try settings.vocabulary(of: model) {
            _ = try Tokenizer(vocabulary)
            _ = try vocabulary.ggufFields(count: configuration.vocabularySize)
            if try !copy(from: settings.tokenizerFolder) { try add(vocabulary, model, configuration) }
        }
        if !model.generationFields.members.isEmpty {
            add("generation_config.json", .object(model.generationFields))
        }
    }

    /// Those that lie in a checkpoint of a run already.
    /// - Throws: `InputError` if one cannot be read.
    package init(of checkpoint: String) throws {
        for name in ["config.json", "generation_config.json"] + Self.tokenizerFiles {
            try copy(name, from: checkpoint)
        }
    }

    private static let tokenizerFiles = [
        "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "chat_template.jinja",
    ]

    private mutating func copy(from folder: String?) throws -> Bool {
        guard let folder else { return false }
        for name in Self.tokenizerFiles { try copy(name, from: folder) }
        return files.contains { $0.name == "tokenizer.json" }
    }

    private mutating func copy(_ name: String, from folder: String) throws {
        let path = folder + "/" + name
        guard FileManager.default.fileExists(atPath: path) else { return }
        let file = try MappedFile(path: path)
        files.append((name, file.withBytes(in: 0..<file.byteCount) { Data($0) }))
    }

    private mutating func add(
        _ vocabulary: Vocabulary, _ model: TrainableCheckpoint, _ configuration: DecoderConfiguration
    ) throws {
        add("tokenizer.json", try vocabulary.tokenizerFile())
        add(
            "tokenizer_config.json",
            vocabulary.tokenizerConfiguration(
                chatTemplate: model.chatTemplate, contextLength: configuration.contextLength))
    }

    private mutating func add(_ name: String, _ value: JSONValue) { files.append((name, Data(value.text.utf8))) }

    /// A run's weights are f32, however they were stored before.
    private static func floating(_ fields: JSONObject) -> JSONObject {
        let stored: Set<String> = ["torch_dtype", "dtype", "quantization_config"]
        return JSONObject(
            fields.members.filter { !stored.contains($0.key) } + [("torch_dtype", .string("float32"))])
    }
}

extension ModelSettings {
    /// The vocabulary that the recipe names, or the model's own, or else the bytes, for a model that has room for them.
    package func vocabulary(of model: any Checkpoint) throws -> Vocabulary? {
        if let tokenizer { return try openVocabulary(at: tokenizer) }
        if let vocabulary = try model.vocabulary() { return vocabulary }
        return try DecoderConfiguration(of: model).vocabularySize < 256 ? nil : .bytes
    }

    /// Where tokenizer files as transformers has them may lie.
    fileprivate var tokenizerFolder: String? {
        let path: String
        switch start {
        case .checkpoint(let from): path = tokenizer ?? from
        case .configuration: path = tokenizer ?? ""
        }
        if path.hasSuffix("/tokenizer.json") { return String(path.dropLast("/tokenizer.json".count)) }
        return path.isEmpty ? nil : path
    }
}

extension Vocabulary {
    /// 256 tokens, whose ids are the bytes that they are.
    package static var bytes: Vocabulary {
        Vocabulary(
            source: "bytes", tokens: ByteAlphabet.characters.map { String($0) }, merges: [], addedTokens: [],
            preTokenizer: .default)
    }
}

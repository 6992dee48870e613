import Files
import Foundation
import Tokenizers

/// The tokenizer files of a folder in Hugging Face's layout.
struct HuggingFaceTokenizer {
    static let fileName = "tokenizer.json"

    private let folder: String
    private let names: Set<String>
    /// `tokenizer_config.json`, where there is one.
    private let configuration: JSONObject?

    /// - Throws: `InputError` if the folder cannot be listed or `tokenizer_config.json` is broken.
    init(folder: String) throws {
        self.folder = folder
        self.names = Set(try FolderContent(folder).names)
        let name = "tokenizer_config.json"
        self.configuration = names.contains(name) ? try parseJSONObject(at: folder.appendingComponent(name)) : nil
    }

    /// The vocabulary; `nil` if the folder has no `tokenizer.json`.
    func vocabulary() throws -> Vocabulary? {
        guard names.contains(HuggingFaceTokenizer.fileName) else { return nil }
        let file = try MappedFile(path: folder.appendingComponent(HuggingFaceTokenizer.fileName))
        try ForeignFormat.refuse(file)
        return try Vocabulary(tokenizerFile: file, configuration: configuration)
    }

    /// The Jinja text of the chat template: a file of its own, or in the configuration, where it is one text or a list of
    /// named ones, of which "default" is meant.
    var chatTemplate: String? {
        get throws {
            if names.contains("chat_template.jinja") {
                return try text(at: folder.appendingComponent("chat_template.jinja"))
            }
            let value = configuration?["chat_template"]
            if let list = value?.array {
                return list.first { $0["name"]?.string == "default" }?["template"]?.string
            }
            return value?.string
        }
    }

    private func text(at path: String) throws -> String {
        let file = try MappedFile(path: path)
        let text = file.withBytes(in: 0..<file.byteCount) { String(validating: $0, as: UTF8.self) }
        guard let text else {
            throw InputError(
                .invalidValue, source: path, found: "found text that is not UTF-8",
                expected: "a Jinja template in UTF-8",
                advice: InputError.refetch)
        }
        return text
    }
}

import Files
import Foundation
import Tokenizers

/// A checkpoint in Hugging Face's layout: safetensors files with `config.json` and, where it talks, a tokenizer.
struct SafetensorsCheckpoint: Checkpoint {
    let path: String
    let fields: JSONObject
    let chatTemplate: String?
    let generationFields: JSONObject
    private let folder: String
    private let table: TensorTable

    var format: CheckpointFormat { .safetensors }
    var tensors: [TensorEntry] { table.entries }
    func entry(named name: String) -> TensorEntry? { table.entry(named: name) }

    /// Opens what `shards` names in `folder`; `path` is what the caller asked for.
    init(path: String, folder: String, shards: SafetensorsShards) throws {
        let names = Set(try FolderContent(folder).names)
        guard names.contains("config.json") else {
            throw InputError(
                .missing, source: path, field: "config.json", found: "found no such file beside the weights",
                expected: "the model's configuration", advice: "download config.json into the same folder")
        }
        self.path = path
        self.folder = folder
        self.fields = try parseJSONObject(at: folder.appendingComponent("config.json"))
        self.table = try SafetensorsCheckpoint.read(shards, model: fields["model_type"]?.string)
        self.chatTemplate = try HuggingFaceTokenizer(folder: folder).chatTemplate
        let generation = folder.appendingComponent("generation_config.json")
        self.generationFields =
            names.contains("generation_config.json") ? try parseJSONObject(at: generation) : JSONObject()
    }

    private static func read(_ shards: SafetensorsShards, model: String?) throws -> TensorTable {
        do {
            var table = TensorTable()
            for path in shards.paths { try table.append(contentsOf: SafetensorsFile(MappedFile(path: path)).entries) }
            try shards.verify(table)
            return table
        } catch let error as InputError {
            throw error.naming(model: model)
        }
    }

    func vocabulary() throws -> Vocabulary? { try HuggingFaceTokenizer(folder: folder).vocabulary() }
}

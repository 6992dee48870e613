import Files
import Tokenizers

/// A checkpoint in GGUF: one file or a split set, which also holds configuration, tokenizer and chat template.
struct GGUFCheckpoint: Checkpoint {
    let path: String
    private let table: TensorTable
    /// The file that holds the metadata.
    let first: GGUFFile
    /// The files of the set.
    let paths: [String]

    var format: CheckpointFormat { .gguf }
    var fields: JSONObject { first.fields }
    var tensors: [TensorEntry] { table.entries }
    var chatTemplate: String? { fields["tokenizer.chat_template"]?.string }
    var generationFields: JSONObject { GGUFSamplingKeys.generationFields(fields) }
    func entry(named name: String) -> TensorEntry? { table.entry(named: name) }

    /// Opens the file at `path`, with all others of its set if it is one of several.
    init(path: String) throws {
        try self.init(path: path, shards: GGUFShards(path: path))
    }

    /// Opens a file that is mapped already; it must stand for itself.
    init(_ file: MappedFile) throws {
        try self.init(path: file.path, shards: GGUFShards(single: GGUFFile(file)))
    }

    private init(path: String, shards: GGUFShards) throws {
        var table = TensorTable()
        for file in shards.files { try table.append(contentsOf: file.entries) }
        self.path = path
        self.table = table
        self.first = shards.files[0]
        self.paths = shards.files.map(\.path)
    }

    func vocabulary() throws -> Vocabulary? { try GGUFVocabulary(first).vocabulary() }
}

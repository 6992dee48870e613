import Files
import Tokenizers

/// Opens the checkpoint at `path`: a GGUF file (any one of a split set), a folder with safetensors and `config.json`, a
/// folder with one GGUF, or a safetensors file, which stands for its folder.
///
/// What a file is, is told by its content and not by its name. Reads headers only: linear in their size, whatever the
/// size of the weights. One exception: tensors of old safetensors files that are not aligned to their elements are
/// copied into memory, up to 1 GiB.
/// - Throws: `InputError` if there is no checkpoint at `path`, it is broken, or it is of a kind that is not run here.
public func openCheckpoint(at path: String) throws -> any Checkpoint {
    if FolderContent.exists(path) { return try openFolder(path) }
    let file = try MappedFile(path: path)
    switch try FileKind(file) {
    case .gguf: return try GGUFCheckpoint(path: path)
    case .safetensors:
        return try SafetensorsCheckpoint(
            path: path, folder: path.splitLastComponent().folder, shards: SafetensorsShards(file: path))
    }
}

/// Opens the vocabulary at `path`: of a checkpoint, of a folder with only a `tokenizer.json`, of that file itself, or of
/// a GGUF file without tensors.
/// - Throws: `InputError` if there is none, or it is broken.
public func openVocabulary(at path: String) throws -> Vocabulary {
    let found: Vocabulary?
    if FolderContent.exists(path) {
        if let vocabulary = try HuggingFaceTokenizer(folder: path).vocabulary() { return vocabulary }
        found = try soleGGUF(in: path).flatMap { try GGUFCheckpoint(path: $0).vocabulary() }
    } else if path.splitLastComponent().name == HuggingFaceTokenizer.fileName {
        found = try HuggingFaceTokenizer(folder: path.splitLastComponent().folder).vocabulary()
    } else {
        found = try openCheckpoint(at: path).vocabulary()
    }
    guard let found else {
        throw InputError(
            .missing, source: path, field: "vocabulary",
            found: "found no \(HuggingFaceTokenizer.fileName) and no GGUF vocabulary",
            expected: "a tokenizer",
            advice: "download the model's \(HuggingFaceTokenizer.fileName) into the same folder")
    }
    return found
}

/// The Jinja text of the chat template that lies with the vocabulary at `path`; `nil` where there is none.
/// - Throws: `InputError` if a file that may hold it is broken.
package func openChatTemplate(at path: String) throws -> String? {
    let isTokenizer = path.splitLastComponent().name == HuggingFaceTokenizer.fileName
    let folder = isTokenizer ? path.splitLastComponent().folder : path
    if FolderContent.exists(folder) {
        let released = try HuggingFaceTokenizer(folder: folder)
        if try released.vocabulary() != nil { return try released.chatTemplate }
        return try soleGGUF(in: folder).flatMap { try GGUFCheckpoint(path: $0).chatTemplate }
    }
    return try openCheckpoint(at: path).chatTemplate
}

/// The checkpoint in a GGUF file that is mapped already and stands for itself; `nil` if the file is of another kind.
/// - Throws: `InputError` if it is broken.
package func openGGUF(_ file: MappedFile) throws -> (any Checkpoint)? {
    GGUFFile.recognizes(file) ? try GGUFCheckpoint(file) : nil
}

private enum FileKind {
    case gguf, safetensors

    init(_ file: MappedFile) throws {
        try ForeignFormat.refuse(file)
        let name = file.path.lowercased()
        if GGUFFile.recognizes(file) {
            self = .gguf
        } else if file.integer(UInt8.self, at: 8) == UInt8(ascii: "{") || name.hasSuffix(".safetensors") {
            self = .safetensors
        } else if name.hasSuffix(".gguf") {
            self = .gguf
        } else {
            throw InputError(
                .unrecognized, source: file.path, found: "found neither GGUF nor safetensors",
                expected: "a GGUF file or a folder with safetensors and config.json",
                advice: "give the path of the model's folder or of its GGUF file")
        }
    }
}

private func openFolder(_ path: String) throws -> any Checkpoint {
    if let shards = try SafetensorsShards(folder: path) {
        return try SafetensorsCheckpoint(path: path, folder: path, shards: shards)
    }
    if let file = try soleGGUF(in: path) { return try GGUFCheckpoint(path: file) }
    for name in try FolderContent(path).names { try refuseForeignWeights(path.appendingComponent(name), name) }
    throw InputError(
        .missing, source: path, found: "found no weights in this folder",
        expected: "safetensors files or one GGUF file",
        advice: "give the folder of a model, or download its weights into this one")
}

/// Says so where weights lie in a form that is refused: PyTorch's by their name, any other file by its content.
private func refuseForeignWeights(_ path: String, _ name: String) throws {
    let name = name.lowercased()
    if name.hasPrefix("pytorch_model") || [".pt", ".pth", ".ckpt"].contains(where: name.hasSuffix) {
        throw ForeignFormat.pickle.error(path: path)
    }
    if name.hasSuffix(".bin") { try ForeignFormat.refuse(try MappedFile(path: path)) }
}

/// The one GGUF file, or first file of the one split set, in `folder`; `nil` if there is none.
private func soleGGUF(in folder: String) throws -> String? {
    let names = try FolderContent(folder).names.filter { $0.lowercased().hasSuffix(".gguf") }
    let sets = Set(names.map { ShardName($0)?.stem ?? $0 })
    guard sets.count <= 1 else {
        throw InputError(
            .invalidValue, source: folder,
            found: "found \(sets.count) GGUF checkpoints in one folder: \(sets.sorted().joined(separator: ", "))",
            expected: "one", advice: "give the path of one of the files")
    }
    return names.first.map(folder.appendingComponent)
}

import Files
import Foundation

/// A model that is in the store: a folder of safetensors or a GGUF file, at one commit of its repository.
public struct StoredModel: Sendable, Equatable {
    /// What commands call it.
    public let name: String
    /// The repository that it came from.
    public let repository: RepositoryName
    /// The commit that it is from.
    public let commit: String
    /// The branches and tags that stood for the commit when it was pulled.
    public let revisions: [String]
    /// How it is stored.
    public let format: ModelSelection.Format
    /// How its values are stored, as far as names and `config.json` tell.
    public let quantization: String?
    /// Its files.
    public let files: [StoredFile]
    /// The path in the repository of the file to open; `nil` if it is the folder that is opened.
    let entry: String?
    /// What to open: a file or a folder.
    public let path: String

    /// Bytes of all its files.
    public var byteCount: Int { files.reduce(0) { $0 + $1.byteCount } }

    /// When one of its files was last read or written, as far as the file system notes it.
    public var lastUsed: Date { files.map(\.lastUsed).max() ?? .distantPast }

    init(
        _ folder: RepositoryFolder, _ commit: String, _ revisions: [String], _ selection: ModelSelection,
        _ files: [StoredFile], path: String
    ) {
        repository = folder.name
        self.commit = commit
        self.revisions = revisions
        format = selection.format
        self.files = files
        entry = selection.entry
        self.path = path
        quantization = selection.quantization ?? ReleasedQuantization.of(folder: folder.snapshot(commit), format)
        let isUsual = revisions.contains(ModelReference.defaultRevision)
        let revision = isUsual ? "" : "@" + (revisions.first ?? commit)
        name = "\(folder.name)\(revision)" + (selection.selector.map { ":" + $0 } ?? "")
    }

    /// The models of a repository that are here, those of each commit together.
    static func all(in folder: RepositoryFolder) -> [StoredModel] {
        let references = folder.references()
        return folder.commits().flatMap { commit in
            let files = folder.files(commit)
            return ModelSelection.all(of: files.map(\.named)).map {
                StoredModel(folder, commit, references[commit] ?? [], $0, files)
            }
        }
    }

    init(
        _ folder: RepositoryFolder, _ commit: String, _ revisions: [String], _ selection: ModelSelection,
        _ files: [StoredFile]
    ) {
        let paths = Set(selection.files.map(\.path))
        let snapshot = folder.snapshot(commit)
        self.init(
            folder, commit, revisions, selection, files.filter { paths.contains($0.path) },
            path: selection.entry.map { snapshot + "/" + $0 } ?? snapshot)
    }
}

/// How the weights of a released folder are stored, by what its `config.json` says.
enum ReleasedQuantization {
    /// `FP8`, `BF16`, …; `nil` for GGUF files, and where the file says nothing.
    static func of(folder: String, _ format: ModelSelection.Format) -> String? {
        guard format == .safetensors, let file = try? MappedFile(path: folder + "/config.json"),
            file.byteCount <= 1 << 20, let fields = try? JSONParser.parse(file)
        else { return nil }
        let type =
            fields["quantization_config"]?["quant_method"]?.string
            ?? fields["torch_dtype"]?.string ?? fields["dtype"]?.string
        guard let type, type.utf8.count <= 32 else { return nil }
        let short = ["float32": "F32", "float16": "F16", "bfloat16": "BF16"]
        return short[type] ?? printable(type.uppercased())
    }
}

extension ModelStore {
    /// The models that are here, in the order of their names.
    public func models() -> [StoredModel] { repositories().flatMap { StoredModel.all(in: $0) } }

    /// The model that `reference` names; `nil` if it is not here.
    ///
    /// Without a revision it is the one that was pulled last, or, where that has no such file, any other.
    /// - Throws: `InputError` if the name fits several.
    public func model(_ reference: ModelReference) throws -> StoredModel? {
        let folder = repository(reference.repository)
        let named = folder.commit(of: reference.revisionOrDefault).map { [$0] } ?? []
        let others = reference.revision == nil ? folder.commits().filter { !named.contains($0) } : []
        var ambiguity: InputError?
        for commit in named + others {
            let files = folder.files(commit)
            do {
                let selection = try ModelSelection.choose(
                    files.map(\.named), selector: reference.selector, source: reference.description)
                return StoredModel(folder, commit, folder.references()[commit] ?? [], selection, files)
            } catch let error as InputError where error.kind == .invalidValue {
                ambiguity = ambiguity ?? error
            } catch is InputError {
                continue
            }
        }
        if let ambiguity { throw ambiguity }
        return nil
    }
}

extension ModelStore {
    /// The repositories of which parts of files have come, with the bytes that they take.
    public func unfinished() -> [RepositoryName: Int] {
        let pairs = repositories().map { folder -> (RepositoryName, Int) in
            let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path + "/blobs")) ?? []
            let parts = names.filter { $0.hasSuffix(".incomplete") }
            return (
                folder.name, parts.compactMap { FileStatus("\(folder.path)/blobs/\($0)")?.storedBytes }.reduce(0, +)
            )
        }
        return Dictionary(uniqueKeysWithValues: pairs).filter { $0.value > 0 }
    }
}

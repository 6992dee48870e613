import Files
import Foundation

/// Which files of a folder make up one safetensors checkpoint, and what its index promises about them.
struct SafetensorsShards {
    static let indexName = "model.safetensors.index.json"

    /// The paths in order.
    let paths: [String]
    /// For each tensor of the index the path of its file; `nil` without an index.
    private let promised: [(tensor: String, path: String)]

    /// The files for `folder`: those of its index, else `model.safetensors`, else all safetensors files there.
    /// - Returns: `nil` if the folder has none.
    init?(folder: String) throws {
        let names = Set(try FolderContent(folder).names)
        if names.contains(SafetensorsShards.indexName) {
            try self.init(folder: folder, index: folder.appendingComponent(SafetensorsShards.indexName))
        } else if names.contains("model.safetensors") {
            self.init(paths: [folder.appendingComponent("model.safetensors")])
        } else {
            let shards = names.filter { $0.lowercased().hasSuffix(".safetensors") }.sorted()
            guard !shards.isEmpty else { return nil }
            try ShardName.requireWholeSets(shards, folder: folder)
            self.init(paths: shards.map(folder.appendingComponent))
        }
    }

    /// The one file at `path`, or all shards of its folder if it is one of them.
    init(file path: String) throws {
        let (folder, name) = path.splitLastComponent()
        if ShardName(name) != nil, let all = try SafetensorsShards(folder: folder),
            all.paths.contains(folder.appendingComponent(name))
        {
            self = all
        } else {
            self.init(paths: [path])
        }
    }

    private init(paths: [String]) {
        self.paths = paths
        self.promised = []
    }

    private init(folder: String, index path: String) throws {
        let index = try parseJSONObject(at: path)
        guard let map = index["weight_map"]?.object else {
            throw InputError(
                .missing, source: path, field: "weight_map",
                found: "found \(index["weight_map"]?.kindName ?? "none")", expected: "an object of file names",
                advice: InputError.refetch)
        }
        let present = Set(try FolderContent(folder).names)
        self.promised = try map.members.map { tensor, value in
            let name = try SafetensorsShards.fileName(value, tensor: tensor, index: path)
            guard present.contains(name) else {
                throw InputError(
                    .missing, source: path, field: tensor, found: "found no file \(name) beside the index",
                    expected: "every shard that the index names", advice: "download \(name) into the same folder")
            }
            return (tensor, folder.appendingComponent(name))
        }
        self.paths = Set(promised.map(\.path)).sorted()
    }

    /// A plain name: an index must not reach outside of its folder.
    private static func fileName(_ value: JSONValue, tensor: String, index: String) throws -> String {
        guard let name = value.string else {
            throw InputError(
                .wrongType, source: index, field: tensor, found: "found \(value.kindName)", expected: "a file name",
                advice: InputError.refetch)
        }
        let isPlain = !name.isEmpty && name != "." && name != ".." && !name.contains { "/\\\0".contains($0) }
        guard isPlain else {
            throw InputError(
                .invalidValue, source: index, field: tensor, found: "found the path \"\(name)\"",
                expected: "the plain name of a file beside the index", advice: "do not trust this checkpoint's source")
        }
        return name
    }

    /// Checks that every tensor of the index is where the index says.
    func verify(_ table: TensorTable) throws {
        for (tensor, path) in promised where table.entry(named: tensor)?.file != path {
            throw InputError(
                .missing, source: path, field: tensor, found: "found no such tensor in this file",
                expected: "every tensor that the index places here", advice: InputError.refetch)
        }
    }
}

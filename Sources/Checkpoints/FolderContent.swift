import Files
import Foundation

/// The names in a folder.
struct FolderContent {
    let names: [String]

    /// - Throws: `InputError.Kind.unreadable` if it is no folder that can be listed.
    init(_ folder: String) throws {
        do {
            self.names = try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
        } catch {
            throw InputError(
                .unreadable, source: folder, found: "found no folder that can be listed", expected: "a folder",
                advice: "check the path and its permissions")
        }
    }

    static func exists(_ path: String) -> Bool {
        var isFolder: ObjCBool = false
        return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) && isFolder.boolValue
    }
}

extension ShardName {
    /// Throws if a shard of a set in `names` is not there.
    static func requireWholeSets(_ names: [String], folder: String) throws {
        let present = Set(names)
        let shards = names.compactMap(ShardName.init).map { ($0.name(ofShard: 1), $0) }
        for (_, shard) in Dictionary(shards, uniquingKeysWith: { first, _ in first }).sorted(by: { $0.key < $1.key }) {
            // A set cannot be longer than its folder: look no further than one past it.
            let wanted = (1...min(shard.count, names.count + 1)).map(shard.name(ofShard:))
            if let missing = wanted.first(where: { !present.contains($0) }) {
                throw InputError(
                    .missing, source: folder, field: missing, found: "found \(present.count) of \(shard.count) shards",
                    expected: "all of them in one folder", advice: "download \(missing) into the same folder")
            }
        }
    }
}

extension String {
    /// This folder's path with `name` added.
    func appendingComponent(_ name: String) -> String { hasSuffix("/") || isEmpty ? self + name : self + "/" + name }

    /// The folder, "." where there is none, and the last component.
    func splitLastComponent() -> (folder: String, name: String) {
        guard let slash = lastIndex(of: "/") else { return (".", self) }
        let folder = self[..<slash]
        return (folder.isEmpty ? "/" : String(folder), String(self[index(after: slash)...]))
    }
}

/// The JSON object in the file at `path`.
/// - Throws: `InputError` if it cannot be read, is no JSON, or is another JSON value.
func parseJSONObject(at path: String) throws -> JSONObject {
    let file = try MappedFile(path: path)
    try ForeignFormat.refuse(file)
    let value = try JSONParser.parse(file)
    guard let object = value.object else {
        throw InputError(
            .wrongType, source: path, found: "found \(value.kindName)", expected: "an object",
            advice: InputError.refetch)
    }
    return object
}

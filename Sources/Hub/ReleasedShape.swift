import Files
import Foundation

/// What the layers of a released model are, without its weights: the fields of its `config.json`.
public struct ReleasedShape: Sendable {
    /// The name under which commands know the shape.
    public let name: String
    /// The fields of the `config.json`, under their own names.
    public let fields: JSONObject
    /// The path of the file that the fields come from.
    public let path: String

    /// The names of the shapes that come with the program, in order.
    /// - Throws: `InputError.Kind.missing` if the program was moved without its resources.
    public static func names() throws -> [String] {
        let files = (try? FileManager.default.contentsOfDirectory(atPath: try folder())) ?? []
        return files.filter { $0.hasSuffix(".json") }.map { String($0.dropLast(5)) }.sorted()
    }

    /// Finds what `shape` stands for: the path of a `config.json` or of a folder that has one, otherwise a known name, with
    /// or without "deepseek-" before it.
    /// - Throws: `InputError` if it is neither, or the file is no `config.json`.
    public init(_ shape: String) throws {
        if !shape.isEmpty, !shape.utf8.contains(0), FileManager.default.fileExists(atPath: shape) {
            try self.init(at: shape)
            return
        }
        // A name is only compared with the known ones; it never becomes part of a path.
        let names = try ReleasedShape.names()
        let asked = shape.lowercased()
        guard let name = names.first(where: { $0 == asked || $0 == "deepseek-" + asked }) else {
            throw ReleasedShape.unknown(shape, names)
        }
        let file = URL(filePath: try ReleasedShape.folder()).appending(path: name + ".json")
        try self.init(name: name, path: file.path(percentEncoded: false))
    }

    private init(at path: String) throws {
        var isFolder: ObjCBool = false
        _ = FileManager.default.fileExists(atPath: path, isDirectory: &isFolder)
        var file = URL(filePath: path)
        if isFolder.boolValue { file.append(path: "config.json") }
        let stem = file.deletingPathExtension().lastPathComponent
        let name = stem == "config" ? file.deletingLastPathComponent().lastPathComponent : stem
        try self.init(name: name, path: file.path(percentEncoded: false))
    }

    private init(name: String, path: String) throws {
        self.name = name
        self.path = path
        fields = try ReleasedShape.fields(at: path)
    }

    private static func folder() throws -> String {
        try ShippedModel.resource("shapes", marker: "deepseek-v3.json", below: ShippedModel.resourceFolders)
    }

    private static func fields(at path: String) throws -> JSONObject {
        let value = try JSONParser.parse(try MappedFile(path: path))
        guard let fields = value.object else {
            throw InputError(
                .wrongType, source: path, found: "found \(value.kindName)",
                expected: "a config.json, which is an object",
                advice: "give the config.json of a model")
        }
        return fields
    }

    private static func unknown(_ shape: String, _ names: [String]) -> InputError {
        return InputError(
            .missing, source: printable(shape, limit: 100),
            found: "found neither a shape of that name nor a file there",
            expected: "the path of a config.json, or the name of a shape",
            advice: ModelLocation.choice(shape, of: names))
    }
}

import Files
import Foundation

/// A folder that is filled beside the place it will take, as `PATH.part`.
struct OutputFolder {
    /// The place that the folder will take.
    let path: String
    /// Where its files grow.
    var partial: String { path + ".part" }

    /// - Throws: `InputError` if something is there already that is more than an empty folder.
    init(_ target: String) throws {
        var path = target
        while path.count > 1, path.hasSuffix("/") { path.removeLast() }
        self.path = path
        try requireFree()
    }

    private func requireFree() throws {
        guard !path.isEmpty, !path.utf8.contains(0) else {
            throw inTheWay("found no name of a folder", "give the path of the folder to write")
        }
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else { return }
        guard isFolder.boolValue, OutputFolder.names(path).isEmpty else {
            throw inTheWay(
                isFolder.boolValue ? "found a folder that is not empty" : "found a file",
                "give another path, or move away what is there")
        }
    }

    /// Makes the folder that files grow in, or takes the one that an earlier run has left.
    /// - Parameter names: the files that will be in it.
    /// - Throws: `InputError` if it has files that no such run leaves.
    func begin(_ names: [String]) throws {
        let known = Set(names)
        var isFolder: ObjCBool = false
        if FileManager.default.fileExists(atPath: partial, isDirectory: &isFolder) {
            let present = isFolder.boolValue ? OutputFolder.names(partial) : []
            if !isFolder.boolValue || present.contains(where: { !OutputFolder.isOwn($0, known) }) {
                throw inTheWay("found \(partial) with files of another kind", "move it away, or give another path")
            }
            // Weights that another conversion has begun.
            for name in present where !known.contains(OutputFolder.stem(name)) { remove(name) }
            return
        }
        do {
            try FileManager.default.createDirectory(atPath: partial, withIntermediateDirectories: false)
        } catch {
            throw InputError(
                .unreadable, source: path, found: "the system says: \(error.localizedDescription)",
                expected: "a folder that can be made", advice: "check that the folder around it exists and is writable")
        }
    }

    /// Gives the folder its place.
    func publish() throws {
        guard rename(partial, path) == 0 else {
            throw inTheWay("the system says: \(String(cString: strerror(errno)))", "move away what is there")
        }
    }

    /// Removes what was written.
    func discard(_ names: [String]) {
        for name in names { remove(name) }
        if OutputFolder.names(partial).isEmpty { try? FileManager.default.removeItem(atPath: partial) }
    }

    private func remove(_ name: String) { try? FileManager.default.removeItem(atPath: partial + "/" + name) }

    private static func names(_ folder: String) -> [String] {
        (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    }

    private static func isOwn(_ name: String, _ known: Set<String>) -> Bool {
        let stem = stem(name)
        return known.contains(stem) || stem.hasPrefix("model") && stem.hasSuffix(".safetensors")
            || stem.hasPrefix("model.safetensors.index.json")
    }

    /// The name of the file that `name` becomes when it is complete.
    private static func stem(_ name: String) -> String {
        for suffix in [".part.log", ".part"] where name.hasSuffix(suffix) { return String(name.dropLast(suffix.count)) }
        return name
    }

    private func inTheWay(_ found: String, _ advice: String) -> InputError {
        InputError(
            .unreadable, source: path, found: found, expected: "a place for a new folder", advice: advice)
    }
}

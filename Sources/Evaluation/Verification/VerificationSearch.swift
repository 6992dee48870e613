import Files
import Foundation

/// Finds recordings in folders, told by the names of their files.
package struct VerificationSearch {
    /// Folders nested deeper are not looked into: a link may lead back up.
    static let depthLimit = 12

    private var checks: [any VerificationCheck] = []

    private init() {}

    /// The checks of all recordings at or below `folders`, in the order of their names.
    /// - Throws: `InputError` if one of `folders` cannot be listed.
    package static func checks(in folders: [String]) throws -> [any VerificationCheck] {
        var search = VerificationSearch()
        for folder in folders {
            let url = URL(filePath: folder).standardizedFileURL
            try search.look(into: url.path(percentEncoded: false), name: "", root: url.lastPathComponent, depth: 0)
        }
        return search.checks
    }

    /// - Parameter name: the place below the folder that was asked for; empty for itself.
    private mutating func look(into folder: String, name: String, root: String, depth: Int) throws {
        let entries = try VerificationSearch.names(in: folder)
        let files = Set(entries)
        let place = FoundFolder(path: folder, name: name.isEmpty ? root : name, files: files)
        checks += place.checks
        guard depth < VerificationSearch.depthLimit else { return }
        for entry in entries where !entry.hasPrefix(".") {
            let path = folder + "/" + entry
            guard VerificationSearch.isFolder(path) else { continue }
            try look(into: path, name: name.isEmpty ? entry : name + "/" + entry, root: root, depth: depth + 1)
        }
    }

    private static func names(in folder: String) throws -> [String] {
        do {
            return try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
        } catch {
            throw InputError(
                .unreadable, source: folder, found: "found no folder that can be listed", expected: "a folder",
                advice: "check the path and its permissions")
        }
    }

    static func isFolder(_ path: String) -> Bool {
        var isFolder: ObjCBool = false
        return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) && isFolder.boolValue
    }
}

/// One folder and the recordings that lie in it.
private struct FoundFolder {
    let path: String
    let name: String
    let files: Set<String>

    var checks: [any VerificationCheck] {
        manifestChecks + modelChecks + tokenizerChecks + suiteChecks
    }

    /// GGUF files, and models that should be there, as `MANIFEST.json` lists them.
    private var manifestChecks: [any VerificationCheck] {
        guard files.contains("MANIFEST.json") else { return [] }
        do {
            let manifest = try RecordedFields(path: path + "/MANIFEST.json")
            let models = (manifest.value["models"]?.object?.members ?? []).map(\.key)
            let missing = models.filter { !VerificationSearch.isFolder(path + "/" + $0) }
            return try missing.map { ModelCheck(name: name + "/" + $0, folder: path + "/" + $0) }
                + GGUFCheck.all(folder: path, name: name, manifest: manifest)
        } catch let error as InputError {
            return [BrokenRecording(area: .gguf, name: name, error: error)]
        } catch {
            return []
        }
    }

    /// A checkpoint beside `golden.json`; one without that has no recording, which its check says.
    private var modelChecks: [any VerificationCheck] {
        let isGGUFFolder = files.contains("MANIFEST.json") && files.contains { $0.hasSuffix(".gguf") }
        guard files.contains("config.json") || files.contains("golden.json") && !isGGUFFolder else { return [] }
        let document = try? RecordedFields(path: path + "/golden.json")
        if document?.value["examples"] != nil { return [AnswersCheck(name: name, folder: path)] }
        return [ModelCheck(name: name, folder: path)]
    }

    private var tokenizerChecks: [any VerificationCheck] {
        let recorded = files.filter { $0.hasSuffix(".gguf.inp") }.sorted().map { String($0.dropLast(4)) }
        let vocabularies = recorded.map { TokenizerCheck(name: name + "/" + $0, source: .texts(path + "/" + $0)) }
        guard files.contains("strings.json") else { return vocabularies }
        return vocabularies + [TokenizerCheck(name: name, source: .strings(folder: path))]
    }

    private var suiteChecks: [any VerificationCheck] {
        var found: [any VerificationCheck] = []
        if files.contains("rendered.json") { found.append(ChatCheck(name: name, folder: path)) }
        if files.contains("sampling.json") { found.append(SamplingCheck(name: name, folder: path)) }
        if files.contains("manifest.json") { found.append(BlockFormatCheck(name: name, folder: path)) }
        return found
    }
}

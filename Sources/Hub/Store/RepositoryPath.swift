import Files
import Foundation

/// The path of a file inside a repository, checked so that it can become a path on this machine.
///
/// A hub can send anything. What is let through names one file below the repository's folder and nothing else, on Linux
/// and macOS, and on systems that a shared cache may be moved to.
struct RepositoryPath: Sendable, Hashable {
    /// Components with `/` between them.
    let text: String

    /// - Throws: `InputError.Kind.invalidValue` if the path could lead elsewhere; `source` says where it comes from.
    init(_ text: String, source: String) throws {
        if let reason = RepositoryPath.objection(to: text) {
            throw InputError(
                .invalidValue, source: source, field: String(text.prefix(200)), found: "found a path that \(reason)",
                expected: "the plain path of a file in the repository",
                advice: "do not use this repository, or tell its owner")
        }
        self.text = text
    }

    /// Why `text` is not let through, as a clause; `nil` if it is.
    static func objection(to text: String) -> String? {
        guard !text.isEmpty else { return "is empty" }
        guard text.utf8.count <= 1024 else { return "is longer than 1024 bytes" }
        let components = text.split(separator: "/", omittingEmptySubsequences: false)
        guard components.count <= 16 else { return "is more than 16 folders deep" }
        return components.lazy.compactMap { objection(toComponent: $0) }.first
    }

    private static func objection(toComponent name: Substring) -> String? {
        if name.isEmpty { return "is absolute or has an empty part" }
        if name == "." || name == ".." { return "leads out of its folder" }
        if name.utf8.count > 255 { return "has a part longer than 255 bytes" }
        if name.contains(where: { "\\:".contains($0) }) { return "contains a backslash or a colon" }
        if name.unicodeScalars.contains(where: isInvisible) { return "contains control or invisible characters" }
        if let last = name.last, last == "." || last == " " || name.first == " " {
            return "has a part that begins or ends with a space, or ends with a dot"
        }
        let stem = name.split(separator: ".", omittingEmptySubsequences: false)[0].lowercased()
        if reserved.contains(stem) || name.lowercased() == ".git" { return "has a part with a reserved name" }
        return nil
    }

    private static func isInvisible(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .format, .surrogate, .privateUse, .lineSeparator, .paragraphSeparator, .unassigned: true
        default: false
        }
    }

    /// Names that Windows gives to devices, with whatever extension.
    private static let reserved = Set(
        ["con", "prn", "aux", "nul"] + (0...9).flatMap { ["com\($0)", "lpt\($0)"] })

    /// The folders around the file, outermost first, and the file.
    var components: [String] { text.split(separator: "/").map(String.init) }

    /// The same for all paths that some file systems take for the same.
    private static func folded(_ path: String) -> String {
        path.precomposedStringWithCanonicalMapping.lowercased().precomposedStringWithCanonicalMapping
    }

    /// Throws if two of the paths are the same where letters differ in case only, or one is a folder of another.
    static func requireDistinct(_ paths: [RepositoryPath], source: String) throws {
        var files: Set<String> = []
        let folders = Set(
            paths.flatMap { path in
                let parts = path.components
                return (1..<max(parts.count, 1)).map { folded(parts.prefix($0).joined(separator: "/")) }
            })
        for path in paths {
            let name = folded(path.text)
            guard files.insert(name).inserted, !folders.contains(name) else {
                throw InputError(
                    .duplicate, source: source, field: path.text,
                    found:
                        "found two files whose paths differ in case only, or a file that is also a folder",
                    expected: "paths that are different on every file system",
                    advice: "do not use this repository, or tell its owner")
            }
        }
    }
}

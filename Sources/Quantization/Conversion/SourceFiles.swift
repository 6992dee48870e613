import Checkpoints
import Files
import Foundation
import Models

/// The files that something is made from: they must stay as they are meanwhile, and are never written to.
struct SourceFiles: Sendable {
    private let paths: [String]
    /// Their sizes and times, with their paths, and how strongly an adapter among them is added.
    let fingerprint: String
    /// What they were when they were opened.
    private let state: String

    /// - Throws: `InputError` if one of them is gone.
    init(_ paths: [String], remark: String = "") throws {
        self.paths = paths
        state = try SourceFiles.fingerprint(paths)
        fingerprint = state + remark
    }

    /// The files that hold the tensors of `checkpoint`, and of what is added to them.
    init(of checkpoint: any Checkpoint, _ adapter: Adapter? = nil) throws {
        let alphas = adapter.map { ", adapted by \(Set($0.pairs.map(\.alpha)).sorted())" }
        try self.init(
            Set(checkpoint.tensors.map(\.file)).sorted() + (adapter?.files ?? []), remark: alphas ?? "")
    }

    /// Throws if `path` is one of them, or the folder of one.
    func refuse(_ path: String) throws {
        let target = SourceFiles.place(path)
        for own in paths where SourceFiles.place(own) == target || SourceFiles.folder(of: own) == target {
            throw InputError(
                .invalidValue, source: path, found: "found the file that is to be read",
                expected: "another path for the file to write", advice: "give another path")
        }
    }

    /// Throws if they are not what they were.
    func check() throws {
        guard try SourceFiles.fingerprint(paths) == state else {
            throw InputError(
                .invalidValue, source: paths.first ?? "", found: "found the file changed since it was opened",
                expected: "the same bytes from beginning to end", advice: "wait until it is complete, and begin again")
        }
    }

    /// The path without links, and without a slash at its end.
    private static func place(_ path: String) -> String {
        let place = URL(filePath: path).resolvingSymlinksInPath().standardizedFileURL.path(percentEncoded: false)
        return place.count > 1 && place.hasSuffix("/") ? String(place.dropLast()) : place
    }

    private static func folder(of path: String) -> String {
        let folder = URL(filePath: place(path)).deletingLastPathComponent()
        return place(folder.path(percentEncoded: false))
    }

    private static func fingerprint(_ paths: [String]) throws -> String {
        try paths.map { path in
            guard let attributes = try? FileManager.default.attributesOfItem(atPath: path),
                let size = attributes[.size] as? NSNumber, let date = attributes[.modificationDate] as? Date
            else {
                throw InputError(
                    .unreadable, source: path, found: "found it gone", expected: "the file that was opened",
                    advice: "put it back, and begin again")
            }
            let full = URL(filePath: path).standardizedFileURL.path(percentEncoded: true)
            return "\(full) \(size) \(date.timeIntervalSince1970)"
        }.joined(separator: ", ")
    }
}

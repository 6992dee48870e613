import Files
import Foundation
import Yams

/// What a run's folder says of it, for reports; the run may still go on.
package struct RecordedRun: Sendable {
    /// The folder's last name, or whatever tells it from others.
    package var name: String
    package let path: String
    /// Every step that was done, in order.
    package let metrics: [StepMetrics]
    /// Every setting, by its path.
    package let settings: [(path: String, value: String)]

    private static let mostBytes = 1 << 20

    /// - Throws: `InputError` if there is no run in the folder, or nothing of it can be read.
    package init(path: String) throws {
        let folder = RunFolder(path)
        guard folder.hasRun else {
            throw InputError(
                .missing, source: path, found: "found no settings.yaml", expected: "the folder of a run",
                advice: "give a folder that `isobath train` has written")
        }
        self.path = folder.path
        name = URL(filePath: folder.path).standardizedFileURL.lastPathComponent
        metrics = try MetricsFile.read(folder.metricsPath)
        settings = try Self.settings(folder.settingsPath)
    }

    private static func settings(_ path: String) throws -> [(path: String, value: String)] {
        let file = try MappedFile(path: path)
        let node = try? Yams.compose(
            yaml: file.withBytes(in: 0..<min(file.byteCount, mostBytes)) { String(decoding: $0, as: UTF8.self) })
        guard let node, node.mapping != nil else {
            throw InputError(
                .invalidValue, source: path, found: "found no YAML", expected: "the settings of a run",
                advice: "give a folder that `isobath train` has written")
        }
        return flat(node, at: "")
    }

    private static func flat(_ node: Node, at path: String) -> [(path: String, value: String)] {
        if let mapping = node.mapping {
            return mapping.flatMap { key, value in
                flat(value, at: (path.isEmpty ? "" : path + ".") + (key.string ?? "?"))
            }
        }
        guard let sequence = node.sequence else { return [(path, node.scalar?.string ?? "")] }
        if sequence.allSatisfy({ $0.scalar != nil }) {
            return [(path, "[" + sequence.map { $0.scalar?.string ?? "" }.joined(separator: ", ") + "]")]
        }
        return sequence.enumerated().flatMap { flat($1, at: "\(path)[\($0)]") }
    }
}

extension [RecordedRun] {
    /// The same, with names of which none stands twice: as many of a path's last parts as that takes.
    package var withOwnNames: [RecordedRun] {
        var runs = self
        for length in 1...16 {
            let names = runs.map(\.name)
            guard Set(names).count < names.count else { break }
            for index in runs.indices where names.count(where: { $0 == names[index] }) > 1 {
                let parts = URL(filePath: runs[index].path).standardizedFileURL.pathComponents.filter { $0 != "/" }
                runs[index].name = parts.suffix(length).joined(separator: "/")
            }
        }
        return runs
    }
}

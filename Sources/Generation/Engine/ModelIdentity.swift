import Files
import Foundation
import Models
import Tensors

/// What the bytes of a page of keys and values depend on, beside its tokens: the model, and how it is executed.
///
/// Files are told apart by name, size, time of change, and a hash of their first and last bytes: reading all of a large
/// model would take longer than computing what its pages hold.
struct ModelIdentity: Sendable, Equatable {
    /// One fact a line.
    let description: String

    private static let sampleBytes = 1 << 16

    init(_ model: LanguageModel) {
        let layout = model.pool.layout
        var paths = Set(model.checkpoint.tensors.map(\.file)).sorted()
        if let adapter = model.settings.adapter { paths += ModelIdentity.files(at: adapter.path) }
        var lines = paths.map(ModelIdentity.describe)
        lines.append("fields \(ContentHash.of(JSONValue.object(model.checkpoint.fields).line.utf8))")
        lines.append("adapter \(model.settings.adapter?.scale.bitPattern ?? 0)")
        lines.append("operations \(model.operations.name)")
        lines.append("chunks \(model.settings.chunkLength), form \(model.settings.latentForm.rawValue)")
        lines.append("pages \(layout.elementType.rawValue), \(layout.rowsPerPage) rows, \(layout.bytesPerPage) bytes")
        description = lines.joined(separator: "\n")
    }

    private static func files(at path: String) -> [String] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
        return names.isEmpty ? [path] : names.sorted().map { path + "/" + $0 }
    }

    private static func describe(_ path: String) -> String {
        let attributes = try? FileManager.default.attributesOfItem(atPath: resolved(path))
        let time = (attributes?[.modificationDate] as? Date)?.timeIntervalSinceReferenceDate ?? 0
        let name = path.split(separator: "/").last ?? ""
        return "file \(name), \(size(path)) bytes, \(time.bitPattern), \(hash(path))"
    }

    private static func resolved(_ path: String) -> String {
        URL(filePath: path).resolvingSymlinksInPath().path(percentEncoded: false)
    }

    private static func size(_ path: String) -> Int { (try? MappedFile(path: path))?.byteCount ?? 0 }

    private static func hash(_ path: String) -> UInt64 {
        guard let file = try? MappedFile(path: path) else { return 0 }
        let part = min(sampleBytes, file.byteCount)
        var hash = ContentHash()
        file.withBytes(in: 0..<part) { hash.update($0) }
        file.withBytes(in: file.byteCount - part..<file.byteCount) { hash.update($0) }
        return hash.value
    }
}

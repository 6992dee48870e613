import Files
import Foundation
import TestSupport
import Testing

/// A checkpoint of one safetensors file, to be changed and written to a folder of its own.
struct CheckpointCopy {
    private struct Entry {
        var type: String
        var shape: [Int]
        var bytes: [UInt8]
    }

    /// `config.json`.
    var configuration: String
    private var entries: [String: Entry] = [:]

    init(of folder: String) throws {
        configuration = String(decoding: try Fixture.data(folder + "/config.json"), as: UTF8.self)
        let bytes = [UInt8](try Fixture.data(folder + "/model.safetensors"))
        let length = bytes[..<8].reversed().reduce(0) { $0 << 8 | Int($1) }
        let header = try JSONParser.parse(Array(bytes[8..<8 + length]), source: "header")
        for (name, value) in try #require(header.object).members where name != "__metadata__" {
            let offsets = try #require(value["data_offsets"]?.array).map { try #require($0.integer) }
            entries[name] = Entry(
                type: try #require(value["dtype"]?.string),
                shape: try #require(value["shape"]?.array).map { try #require($0.integer) },
                bytes: Array(bytes[8 + length + offsets[0]..<8 + length + offsets[1]]))
        }
    }

    var names: [String] { entries.keys.sorted() }

    /// Another tensor with the values of `name`.
    mutating func add(_ new: String, like name: String) { entries[new] = entries[name] }

    mutating func replace(_ name: String, _ change: ([UInt8]) -> [UInt8]) {
        if let entry = entries[name] { entries[name]?.bytes = change(entry.bytes) }
    }

    /// Writes the checkpoint, calls `body` with its folder, and removes it.
    func written<Result>(_ body: (String) throws -> Result) throws -> Result {
        let folder = try write()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        return try body(folder)
    }

    func written<Result>(_ body: (String) async throws -> Result) async throws -> Result {
        let folder = try write()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        return try await body(folder)
    }

    private func write() throws -> String {
        let folder = try Fixture.temporaryFolder()
        var (header, data) = ([String](), [UInt8]())
        for name in names {
            guard let entry = entries[name] else { continue }
            let end = data.count + entry.bytes.count
            header.append(
                #""\#(name)":{"dtype":"\#(entry.type)","shape":\#(entry.shape),"data_offsets":[\#(data.count),\#(end)]}"#
            )
            data += entry.bytes
        }
        let text = Array("{\(header.joined(separator: ","))}".utf8)
        let length = withUnsafeBytes(of: UInt64(text.count).littleEndian) { Array($0) }
        try Data(length + text + data).write(to: URL(filePath: folder + "/model.safetensors"))
        try Data(configuration.utf8).write(to: URL(filePath: folder + "/config.json"))
        return folder
    }
}

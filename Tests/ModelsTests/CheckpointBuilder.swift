import Checkpoints
import Files
import Foundation
import TestSupport

@testable import Tensors

/// A small checkpoint in Hugging Face's layout: copied, changed, and written to a folder of its own.
struct CheckpointBuilder {
    /// One tensor, as it will stand in the file.
    struct Entry {
        var elementType: ElementType
        var shape: [Int]
        var bytes: [UInt8]
    }

    var tensors: [String: Entry] = [:]
    var fields: JSONObject

    /// All tensors and fields of the checkpoint in `folder`; several files become one.
    init(copying folder: String) throws {
        let checkpoint = try openCheckpoint(at: folder)
        self.fields = checkpoint.fields
        for entry in checkpoint.tensors {
            // Safe: the tensor has that many bytes, and the checkpoint that maps them lives until the copy is made.
            let bytes = withExtendedLifetime(checkpoint) {
                Array(UnsafeRawBufferPointer(start: entry.tensor.bytes, count: entry.tensor.byteCount))
            }
            tensors[entry.name] = Entry(
                elementType: entry.tensor.elementType, shape: entry.tensor.shape.array, bytes: bytes)
        }
    }

    /// Puts the bit pattern of NaN at the first value of tensor `name`, which is f32 or bf16.
    mutating func spoil(_ name: String) {
        let quietNaN: [UInt8] = tensors[name]?.elementType == .f32 ? [0, 0, 0xC0, 0x7F] : [0xC0, 0x7F]
        tensors[name]?.bytes.replaceSubrange(0..<quietNaN.count, with: quietNaN)
    }

    /// Writes the checkpoint, calls `body` with its folder, and removes it.
    func written<Result>(_ body: (String) throws -> Result) throws -> Result {
        try written(["model": tensors], body)
    }

    /// As `written`, with some tensors in a file of their own, whose path `body` takes too.
    func written<Result>(apart isApart: (String) -> Bool, _ body: (String, String) throws -> Result) throws -> Result {
        let files = ["apart": tensors.filter { isApart($0.key) }, "rest": tensors.filter { !isApart($0.key) }]
        return try written(files) { try body($0, $0 + "/apart.safetensors") }
    }

    private func written<Result>(
        _ files: [String: [String: Entry]], _ body: (String) throws -> Result
    ) throws -> Result {
        let folder = try Fixture.temporaryFolder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        for (name, tensors) in files {
            try Data(bytes(of: tensors)).write(to: URL(filePath: folder + "/\(name).safetensors"))
        }
        try Data(JSONValue.object(fields).text.utf8).write(to: URL(filePath: folder + "/config.json"))
        return try body(folder)
    }

    private func bytes(of tensors: [String: Entry]) -> [UInt8] {
        var (entries, data) = ([String](), [UInt8]())
        for (name, entry) in tensors.sorted(by: { $0.key < $1.key }) {
            let end = data.count + entry.bytes.count
            entries.append(
                #""\#(name)":{"dtype":"\#(entry.elementType.rawValue)","shape":\#(entry.shape),"#
                    + #""data_offsets":[\#(data.count),\#(end)]}"#)
            data += entry.bytes
        }
        let header = Array("{\(entries.joined(separator: ","))}".utf8)
        return withUnsafeBytes(of: UInt64(header.count).littleEndian) { Array($0) } + header + data
    }
}

import Files
import Tensors

/// Tensors that another implementation recorded: `NAME.bin` holds the values, `NAME.json` says where and what they are.
///
/// `NAME.json` is an object with a member `tensors`: for each name its `dtype` (f32, i32 or f64), `shape`, `offset` and
/// `bytes`; its other members describe how the recording was made. Little-endian, row by row.
package struct RecordedTensors: Sendable {
    package let description: JSONObject
    private let file: MappedFile
    private let entries: JSONObject

    /// Opens `path.json` and `path.bin`.
    package init(path: String) throws {
        let index = try MappedFile(path: path + ".json")
        guard let description = try JSONParser.parse(index).object, let entries = description["tensors"]?.object else {
            throw RecordedTensors.defect(path + ".json", "tensors", "found no index of tensors")
        }
        self.description = description
        self.entries = entries
        self.file = try MappedFile(path: path + ".bin")
    }

    package var names: [String] { entries.members.map(\.key) }

    package func contains(_ name: String) -> Bool { entries[name] != nil }

    /// The recorded f32 tensor `name`: a view of the file.
    package func tensor(_ name: String) throws -> Tensor { try tensor(name, type: .f32) }

    /// The recorded i32 tensor `name`, row by row.
    package func integers(_ name: String) throws -> [Int32] {
        let tensor = try tensor(name, type: .i32)
        return try (0..<tensor.shape.count).map { index in
            guard let value = file.integer(Int32.self, at: UInt64(tensor.byteOffset + index * 4)) else {
                throw RecordedTensors.defect(file.path, name, "found its end too early")
            }
            return value
        }
    }

    /// The recorded f64 tensor `name`, row by row.
    package func doubles(_ name: String) throws -> [Double] {
        let (offset, shape) = try place(name, "f64")
        return try (0..<shape.count).map { index in
            guard (0...file.byteCount).contains(offset),
                let bits = file.integer(UInt64.self, at: UInt64(offset + index * 8))
            else {
                throw RecordedTensors.defect(file.path, name, "found its end too early")
            }
            return Double(bitPattern: bits)
        }
    }

    private func tensor(_ name: String, type: ElementType) throws -> Tensor {
        let (offset, shape) = try place(name, type.rawValue.lowercased())
        let tensor = Tensor(storage: Storage(file: file), byteOffset: offset, elementType: type, shape: shape)
        guard let tensor else { throw RecordedTensors.defect(file.path, name, "found its end too early") }
        return tensor
    }

    /// Where a tensor begins, and its shape.
    private func place(_ name: String, _ type: String) throws -> (offset: Int, shape: Shape) {
        guard let entry = entries[name], entry["dtype"]?.string == type,
            let extents = entry["shape"]?.array?.compactMap(\.integer), let shape = Shape(checking: extents),
            let offset = entry["offset"]?.integer
        else { throw RecordedTensors.defect(file.path, name, "found no such \(type) tensor in it") }
        return (offset, shape)
    }

    private static func defect(_ path: String, _ field: String, _ found: String) -> InputError {
        InputError(
            .missing, source: path, field: field, found: found, expected: "a recording with this tensor",
            advice: "make the recording again")
    }
}

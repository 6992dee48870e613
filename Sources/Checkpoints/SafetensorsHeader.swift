import Files
import Tensors

/// Everything in a safetensors file but the bytes of its tensors, which follow one after another without gaps.
package struct SafetensorsHeader: Sendable {
    /// The length of the header, the header, and spaces up to a multiple of 8.
    package let bytes: [UInt8]
    /// Bytes of the whole file.
    package let fileByteCount: Int

    /// The header of a file with these tensors; `source` names the file in errors.
    /// - Throws: `InputError` for a name that stands twice, a type that safetensors does not have, and a header that readers
    ///   refuse for its length.
    package init(_ tensors: [TensorPlan], source: String) throws {
        var members: [(key: String, value: JSONValue)] = [
            ("__metadata__", .object(JSONObject([("format", .string("pt"))])))
        ]
        var seen: Set<String> = ["__metadata__"]
        var offset = 0
        for tensor in tensors {
            guard seen.insert(tensor.name).inserted, tensor.type.valuesPerBlock == 1 else {
                throw SafetensorsHeader.defect(
                    source, tensor.name, "found it a second time, or of the type \(tensor.type.rawValue)",
                    "every tensor once, of plain numbers")
            }
            members.append((tensor.name, tensor.entry(at: offset)))
            offset += tensor.byteCount
        }
        var text = Array(JSONValue.object(JSONObject(members)).line.utf8)
        text += [UInt8](repeating: UInt8(ascii: " "), count: padding(text.count, to: 8))
        guard text.count <= SafetensorsFile.headerLimit else {
            throw SafetensorsHeader.defect(
                source, "header", "found \(text.count) bytes", "at most \(SafetensorsFile.headerLimit)")
        }
        bytes = withUnsafeBytes(of: UInt64(text.count).littleEndian) { Array($0) } + text
        fileByteCount = bytes.count + offset
    }

    private static func defect(_ source: String, _ field: String, _ found: String, _ expected: String) -> InputError {
        InputError(
            .invalidValue, source: source, field: field, found: found, expected: expected,
            advice: "correct what the file is made from, or split it into smaller ones")
    }
}

extension TensorPlan {
    /// Bytes of plain numbers, as safetensors stores them.
    package var byteCount: Int { shape.count * type.bytesPerBlock }

    fileprivate func entry(at offset: Int) -> JSONValue {
        .object(
            JSONObject([
                ("dtype", .string(type.rawValue)), ("shape", .array(shape.array.map(JSONValue.integer))),
                ("data_offsets", .array([.integer(offset), .integer(offset + byteCount)])),
            ]))
    }
}

/// The text of `model.safetensors.index.json`: which of several files holds each tensor.
package func safetensorsIndex(_ files: [(name: String, tensors: [TensorPlan])]) -> String {
    let total = files.reduce(0) { $0 + $1.tensors.reduce(0) { $0 + $1.byteCount } }
    let map = files.flatMap { file in file.tensors.map { (key: $0.name, value: JSONValue.string(file.name)) } }
    return JSONValue.object(
        JSONObject([
            ("metadata", .object(JSONObject([("total_size", .integer(total))]))),
            ("weight_map", .object(JSONObject(map))),
        ])
    ).text
}

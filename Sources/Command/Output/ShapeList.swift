import Files
import Hub
import Isobath
import Quantization

/// The shapes that `isobath synth` knows, with the sizes of their weights.
enum ShapeList {
    /// The types of the table; the others are as large as one of these, or nearly.
    private static let columns: [FileType] = [
        .bf16, .q8_0, .q6_k, .q5_k_m, .q4_k_m, .iq4_xs, .q3_k_m, .dq3_k_m, .q2_k,
    ]

    static func print(asJSON: Bool) throws {
        let names = try ReleasedShape.names()
        if asJSON { return try StandardOutput.json(try names.map { try row($0, FileType.allCases) }, pretty: true) }
        let rows = try names.map { name in
            let row = try row(name, columns)
            let sizes = columns.map { Format.bytes(row.bytes[$0.rawValue] ?? 0) }
            return [name, Format.count(row.parameters), Format.count(row.activeParameters)] + sizes
        }
        let head = ["shape", "parameters", "active"] + columns.map(\.rawValue)
        try StandardOutput.line(Format.table([head] + rows, rightAligned: Set(1..<head.count)))
    }

    private struct Row: Encodable {
        var name: String
        var parameters: Int
        var activeParameters: Int
        /// Bytes of the weights by file type, and of those that one token reads.
        var bytes: [String: Int] = [:]
        var activeBytes: [String: Int] = [:]
    }

    private static func row(_ name: String, _ types: [FileType]) throws -> Row {
        let shape = try ReleasedShape(name)
        let fields = try ShapeVariation().applied(to: shape.fields, source: shape.path)
        var row = Row(name: name, parameters: 0, activeParameters: 0)
        for type in types {
            let size = try SyntheticModel(name: name, fields: fields, source: shape.path, fileType: type).size
            (row.parameters, row.activeParameters) = (size.parameters, size.activeParameters)
            row.bytes[type.rawValue] = size.bytes
            row.activeBytes[type.rawValue] = size.activeBytes
        }
        return row
    }
}

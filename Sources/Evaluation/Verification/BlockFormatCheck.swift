import Files
import Generation
import Tensors

/// The decoders of element types against values that ggml dequantized, bit for bit: `manifest.json` and its files.
struct BlockFormatCheck: VerificationCheck {
    let area = VerificationArea.formats
    let name: String
    let folder: String

    func compare(engines: [EngineSettings.Engine]) throws -> Tally {
        let tensors = try RecordedFields(path: folder + "/manifest.json").member("tensors").elements()
        var tally = Tally()
        for fields in tensors { try compare(fields, &tally) }
        return tally
    }

    private func compare(_ fields: RecordedFields, _ tally: inout Tally) throws {
        let name = try fields.member("name").string()
        let typeName = try fields.member("type").string()
        guard let type = ElementType(rawValue: typeName), type.isReal else {
            return tally.fail("\(name): element type \(typeName) is not known.")
        }
        let quantized = try tensor(fields.member("quantized"), type, fields)
        let expected = try tensor(fields.member("dequantized"), .f32, fields).floats
        let found = quantized.decoded().floats
        tally.count("tensors")
        tally.count(expected.count, "values")
        let wrong = zip(found, expected).count { $0.bitPattern != $1.bitPattern }
        tally.expect(wrong == 0, "\(name): \(wrong) of \(expected.count) values differ.")
    }

    /// The tensor in a file of its own.
    private func tensor(_ place: RecordedFields, _ type: ElementType, _ fields: RecordedFields) throws -> Tensor {
        let extents = try fields.member("shape").elements().map { try $0.integer() }
        let file = try MappedFile(path: folder + "/" + place.member("file").string())
        guard let shape = Shape(checking: extents),
            let tensor = Tensor(storage: Storage(file: file), byteOffset: 0, elementType: type, shape: shape),
            tensor.byteCount == file.byteCount
        else {
            throw place.defect(
                place.path, "found \(file.byteCount) bytes in \(file.path)",
                "\(type.rawValue) values of the recorded shape")
        }
        return tensor
    }
}

import Files
import Tensors

/// What a GGUF file says about one tensor.
struct GGUFTensorDescription {
    let name: String
    /// Outermost first; the file has the fastest first.
    let shape: Shape
    let type: ElementType
    /// From the start of the data section.
    let offset: UInt64
    let byteCount: Int
    /// Where the description itself lies, for errors.
    private let position: UInt64

    /// Reads the description of tensor `index` at the cursor of `reader`.
    init(_ reader: inout GGUFReader, index: Int, alignment: UInt64) throws {
        position = reader.position
        name = try reader.string("name of tensor \(index)", limit: GGUFReader.nameLimit)
        shape = try GGUFTensorDescription.shape(&reader, name)
        type = try GGUFTensorDescription.type(&reader, name)
        byteCount = try GGUFTensorDescription.byteCount(shape, type, name, reader)
        let start = reader.position
        offset = try reader.integer(UInt64.self, name)
        guard offset % alignment == 0 else {
            throw reader.defect(
                .invalidValue, name, "found the offset \(offset)", "a multiple of the alignment \(alignment)",
                at: start)
        }
    }

    private static func shape(_ reader: inout GGUFReader, _ name: String) throws -> Shape {
        let start = reader.position
        let rank = try reader.integer(UInt32.self, name)
        guard (1...UInt32(Shape.maximumRank)).contains(rank) else {
            throw reader.defect(
                .invalidValue, name, "found \(rank) dimensions", "1 to \(Shape.maximumRank)", at: start)
        }
        let extents = try (0..<rank).map { _ in try reader.integer(UInt64.self, name) }
        guard !extents.contains(0) else {
            throw reader.defect(.invalidValue, name, "found a dimension of 0", "dimensions of at least 1", at: start)
        }
        let checked = extents.reversed().compactMap { Int(exactly: $0) }
        guard checked.count == extents.count, let shape = Shape(checking: checked) else {
            throw reader.defect(
                .overflow, name, "found dimensions of \(extents)", "a number of values that fits 63 bits", at: start)
        }
        return shape
    }

    private static func type(_ reader: inout GGUFReader, _ name: String) throws -> ElementType {
        let start = reader.position
        let number = try reader.integer(UInt32.self, name)
        guard let type = GGUFTensorType.elementType(number) else {
            throw reader.defect(
                .unsupported, name, "found the tensor type \(GGUFTensorType.name(number))",
                "a type that this program computes with", at: start, advice: "choose another quantization of the model")
        }
        return type
    }

    private static func byteCount(
        _ shape: Shape, _ type: ElementType, _ name: String, _ reader: GGUFReader
    ) throws -> Int {
        guard shape.width % type.valuesPerBlock == 0 else {
            throw reader.defect(
                .invalidValue, name, "found rows of \(shape.width) values",
                "a multiple of \(type.valuesPerBlock), the block of \(type.rawValue)")
        }
        guard let row = type.byteCount(ofRowWithWidth: shape.width),
            case let (bytes, overflow) = row.multipliedReportingOverflow(by: shape.rows), !overflow
        else {
            throw reader.defect(
                .overflow, name, "found \(shape) values of \(type.rawValue)", "a size that fits 63 bits")
        }
        return bytes
    }

    /// The tensor as a view of `file`, whose data section starts at `dataStart`.
    func entry(storage: Storage, dataStart: UInt64, file: MappedFile) throws -> TensorEntry {
        let (start, overflow) = dataStart.addingReportingOverflow(offset)
        guard !overflow, file.contains(offset: start, count: UInt64(byteCount)), let first = Int(exactly: start),
            let tensor = Tensor(storage: storage, byteOffset: first, elementType: type, shape: shape)
        else {
            throw InputError(
                .outOfBounds, source: file.path, field: name, offset: position,
                found: "found \(byteCount) bytes at \(offset) of the data section, which starts at byte \(dataStart)",
                expected: "bytes inside the file's \(file.byteCount)", advice: InputError.refetch)
        }
        return TensorEntry(name: name, tensor: tensor, file: file.path)
    }
}

import Files
import Tensors

/// One safetensors file: a little-endian 64-bit header length, a JSON header, and the tensors' bytes.
///
/// The format's rules (github.com/huggingface/safetensors, "Format") are enforced whole: the header is at most 100 MB and
/// strict JSON, a tensor has exactly the bytes of its shape, and the tensors cover the data section one after another,
/// without overlaps and without holes (which could hide other content).
package struct SafetensorsFile {
    static let headerLimit: UInt64 = 100_000_000
    /// How many bytes of badly aligned tensors may be copied into memory.
    static let copyLimit = 1 << 30

    package let path: String
    /// The tensors in the order of their bytes.
    package let entries: [TensorEntry]
    /// The free-form strings of `__metadata__`.
    let metadata: JSONObject

    /// Reads the header of `file`.
    /// - Throws: `InputError` for whatever breaks the format or has an element type that is unknown here.
    package init(_ file: MappedFile) throws {
        try ForeignFormat.refuse(file)
        self.path = file.path
        let header = try SafetensorsFile.headerRange(of: file)
        guard let members = try JSONParser.parse(file, range: header).object else {
            throw InputError(
                .unrecognized, source: file.path, field: "header", offset: 8, found: "found JSON that is no object",
                expected: "an object of tensors", advice: InputError.refetch)
        }
        var reader = Reader(file: file, dataStart: header.upperBound)
        self.metadata = try reader.metadata(members["__metadata__"])
        for (name, value) in members.members where name != "__metadata__" { try reader.add(name, value) }
        self.entries = try reader.finish()
    }

    private static func headerRange(of file: MappedFile) throws -> Range<Int> {
        guard let length = file.integer(UInt64.self, at: 0) else {
            throw InputError(
                .truncated, source: file.path, field: "header length", offset: 0,
                found: "found a file of \(file.byteCount) bytes", expected: "at least the 8 bytes of a header's length",
                advice: InputError.refetch)
        }
        guard length <= headerLimit else {
            throw InputError(
                .overflow, source: file.path, field: "header length", offset: 0, found: "found \(length) bytes",
                expected: "a header of at most \(headerLimit) bytes", advice: InputError.refetch)
        }
        guard file.contains(offset: 8, count: length) else {
            throw InputError(
                .truncated, source: file.path, field: "header length", offset: 0,
                found: "found a header of \(length) bytes in a file of \(file.byteCount)",
                expected: "a header that ends inside the file", advice: InputError.refetch)
        }
        return 8..<8 + Int(length)
    }
}

/// Reads the entries of one header.
private struct Reader {
    let file: MappedFile
    let dataStart: Int
    private var placed: [(range: Range<Int>, name: String, type: ElementType, shape: Shape)] = []

    init(file: MappedFile, dataStart: Int) {
        self.file = file
        self.dataStart = dataStart
    }

    private var dataCount: Int { file.byteCount - dataStart }

    func metadata(_ value: JSONValue?) throws -> JSONObject {
        guard let value else { return JSONObject() }
        guard let object = value.object, object.members.allSatisfy({ $0.value.string != nil }) else {
            throw defect(.wrongType, "__metadata__", "found \(value.kindName)", "an object of strings")
        }
        return object
    }

    mutating func add(_ name: String, _ value: JSONValue) throws {
        guard value.object != nil else {
            throw defect(.wrongType, name, "found \(value.kindName)", "an object with dtype, shape and data_offsets")
        }
        let type = try elementType(name, value["dtype"])
        let shape = try shape(name, value["shape"])
        let range = try range(name, value["data_offsets"])
        let (bytes, overflow) = shape.count.multipliedReportingOverflow(by: type.bytesPerBlock)
        guard !overflow else {
            throw defect(.overflow, name, "found \(shape) values of \(type.rawValue)", "a size that fits 63 bits")
        }
        guard bytes == range.count else {
            throw defect(
                .invalidValue, name, "found \(range.count) bytes for \(shape) values of \(type.rawValue)",
                "\(bytes) bytes")
        }
        placed.append((range, name, type, shape))
    }

    private func elementType(_ name: String, _ value: JSONValue?) throws -> ElementType {
        guard let text = value?.string else {
            throw defect(kind(value), name, "found \(value?.kindName ?? "no dtype")", "the dtype as a string")
        }
        guard let type = ElementType(rawValue: text), type.valuesPerBlock == 1 else {
            throw defect(
                .unsupported, name, "found the dtype \(text)", "one of \(Reader.knownTypes)",
                "choose a release of the model in one of these types")
        }
        return type
    }

    private static let knownTypes = ElementType.allCases.filter { $0.valuesPerBlock == 1 }.map(\.rawValue)
        .joined(separator: ", ")

    private func shape(_ name: String, _ value: JSONValue?) throws -> Shape {
        guard let list = value?.array else {
            throw defect(kind(value), name, "found \(value?.kindName ?? "no shape")", "the shape as an array")
        }
        guard list.count <= Shape.maximumRank else {
            throw defect(
                .unsupported, name, "found \(list.count) dimensions", "at most \(Shape.maximumRank)",
                "choose another release of the model")
        }
        let extents = try list.map { try count(name, "shape", $0) }
        guard let shape = Shape(checking: extents) else {
            throw defect(.overflow, name, "found the shape \(extents)", "a number of values that fits 63 bits")
        }
        return shape
    }

    private func range(_ name: String, _ value: JSONValue?) throws -> Range<Int> {
        guard let list = value?.array, list.count == 2 else {
            throw defect(
                kind(value), name, "found \(value.map { "\($0.kindName) as" } ?? "no") data_offsets", "two offsets")
        }
        let begin = try count(name, "data_offsets", list[0])
        let end = try count(name, "data_offsets", list[1])
        guard begin <= end else {
            throw defect(.invalidValue, name, "found data_offsets from \(begin) to \(end)", "a begin before the end")
        }
        guard end <= dataCount else {
            throw defect(
                .outOfBounds, name, "found data_offsets that end at byte \(end) of \(dataCount) bytes of data",
                "offsets inside the file")
        }
        return begin..<end
    }

    private func count(_ name: String, _ what: String, _ value: JSONValue) throws -> Int {
        guard case .number(let text) = value else {
            throw defect(.wrongType, name, "found \(value.kindName) in its \(what)", "whole numbers")
        }
        guard let number = value.integer else {
            let isWhole = !text.contains { ".eE".contains($0) }
            throw defect(
                isWhole ? .overflow : .invalidValue, name, "found \(text) in its \(what)",
                "whole numbers that fit 63 bits")
        }
        guard number >= 0 else {
            throw defect(.invalidValue, name, "found \(text) in its \(what)", "numbers of at least 0")
        }
        return number
    }

    /// Checks that the tensors cover the data, and makes views of it.
    mutating func finish() throws -> [TensorEntry] {
        placed.sort { ($0.range.lowerBound, $0.range.upperBound) < ($1.range.lowerBound, $1.range.upperBound) }
        var end = 0
        var copied = 0
        let entries = try placed.map { item in
            guard item.range.lowerBound >= end else {
                throw defect(.overlap, item.name, "found bytes that another tensor claims too", "bytes of its own")
            }
            guard item.range.lowerBound == end else {
                throw defect(
                    .invalidValue, item.name, "found a hole of \(item.range.lowerBound - end) bytes before it",
                    "tensors without holes between them")
            }
            end = item.range.upperBound
            return TensorEntry(
                name: item.name, tensor: try tensor(item.name, item.type, item.shape, item.range, &copied),
                file: file.path)
        }
        guard end == dataCount else {
            throw defect(
                .invalidValue, "data", "found \(dataCount - end) bytes that belong to no tensor",
                "a file that ends with its last tensor")
        }
        return entries
    }

    /// A view of the file; or, since values are read through pointers of their type, a copy where they are not aligned.
    private func tensor(
        _ name: String, _ type: ElementType, _ shape: Shape, _ range: Range<Int>, _ copied: inout Int
    ) throws -> Tensor {
        var storage = Storage(file: file)
        var offset = dataStart + range.lowerBound
        if offset % type.bytesPerBlock != 0 {
            copied += range.count
            guard copied <= SafetensorsFile.copyLimit else {
                throw defect(
                    .excessive, name, "found more than \(SafetensorsFile.copyLimit) bytes of badly aligned tensors",
                    "tensors at multiples of their element's size", "save the file again with a current safetensors")
            }
            storage = Storage(file: file.copy(of: offset..<offset + range.count))
            offset = 0
        }
        guard let tensor = Tensor(storage: storage, byteOffset: offset, elementType: type, shape: shape) else {
            throw defect(.outOfBounds, name, "found \(shape) values beyond the file's end", "values inside the file")
        }
        return tensor
    }

    private func kind(_ value: JSONValue?) -> InputError.Kind { value == nil ? .missing : .wrongType }

    private func defect(
        _ kind: InputError.Kind, _ name: String, _ found: String, _ expected: String,
        _ advice: String = InputError.refetch
    ) -> InputError {
        InputError(kind, source: file.path, field: name, found: found, expected: expected, advice: advice)
    }
}

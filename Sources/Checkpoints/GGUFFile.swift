import Files
import Tensors

/// One GGUF file: magic and version, metadata, descriptions of tensors, and their bytes.
///
/// Versions 2 and 3, little-endian. Gaps between tensors are tolerated (alignment makes them), overlaps are not.
struct GGUFFile {
    /// "GGUF", read as a little-endian number.
    static let magic: UInt32 = 0x4655_4747
    /// The least and the greatest alignment; the format asks for a multiple of 8, and more than a page serves nobody.
    static let alignments: ClosedRange<UInt64> = 8...65_536

    /// Whether a file says that it is one.
    static func recognizes(_ file: MappedFile) -> Bool { file.integer(UInt32.self, at: 0) == magic }

    let file: MappedFile
    let metadata: GGUFMetadata
    /// The tensors in the order of their descriptions.
    let entries: [TensorEntry]

    var path: String { file.path }
    var fields: JSONObject { metadata.fields }

    /// Reads the header of `file`.
    /// - Throws: `InputError` for whatever breaks the format or has a tensor type that is unknown here.
    init(_ file: MappedFile) throws {
        try ForeignFormat.refuse(file)
        var reader = GGUFReader(file)
        try GGUFFile.checkVersion(&reader)
        // A description has at least a name's length, a count of dimensions, one dimension, a type and an offset.
        let tensorCount = try reader.count("tensor count", minimumBytes: 32)
        // A pair has at least a key's length, a type and a byte.
        let keyCount = try reader.count("metadata count", minimumBytes: 13)
        self.file = file
        let metadata = try GGUFMetadata(&reader, count: keyCount)
        self.metadata = metadata
        do {
            let alignment = try GGUFFile.alignment(metadata.fields, reader)
            self.entries = try GGUFFile.tensors(&reader, count: tensorCount, alignment: alignment)
        } catch let error as InputError {
            throw error.naming(model: metadata.fields["general.architecture"]?.string)
        }
    }

    private static func checkVersion(_ reader: inout GGUFReader) throws {
        guard recognizes(reader.file) else {
            throw reader.defect(.unrecognized, "magic", "found other bytes than GGUF", "a GGUF file")
        }
        _ = try reader.integer(UInt32.self, "magic")
        let version = try reader.integer(UInt32.self, "version")
        switch version {
        case 2, 3: return
        case 1:
            throw reader.defect(
                .unsupported, "version", "found GGUF version 1", "version 2 or 3", at: 4,
                advice: "convert the model again with a current converter")
        case 1 << 24, 2 << 24, 3 << 24:
            throw reader.defect(
                .unsupported, "version", "found a big-endian GGUF file", "a little-endian one", at: 4,
                advice: "take the little-endian release of the model")
        default:
            throw reader.defect(
                .unsupported, "version", "found GGUF version \(version)", "version 2 or 3", at: 4,
                advice: "check that the file is a model, and look for a newer release of this program")
        }
    }

    private static func alignment(_ fields: JSONObject, _ reader: GGUFReader) throws -> UInt64 {
        guard let value = fields["general.alignment"] else { return 32 }
        guard let alignment = value.integer.flatMap(UInt64.init(exactly:)), alignments.contains(alignment),
            alignment & (alignment - 1) == 0
        else {
            throw InputError(
                .invalidValue, source: reader.file.path, field: "general.alignment",
                found: "found \(value.integer.map(String.init) ?? value.kindName)",
                expected: "a power of two from \(alignments.lowerBound) to \(alignments.upperBound)",
                advice: InputError.refetch)
        }
        return alignment
    }

    private static func tensors(_ reader: inout GGUFReader, count: Int, alignment: UInt64) throws -> [TensorEntry] {
        var descriptions: [GGUFTensorDescription] = []
        var seen: Set<String> = []
        for index in 0..<count {
            let start = reader.position
            let description = try GGUFTensorDescription(&reader, index: index, alignment: alignment)
            guard seen.insert(description.name).inserted else {
                throw reader.defect(
                    .duplicate, description.name, "found the tensor a second time", "every tensor once", at: start)
            }
            descriptions.append(description)
        }
        // No overflow: the cursor is a position in a file, the alignment at most 65,536.
        let dataStart = (reader.position + alignment - 1) / alignment * alignment
        let storage = Storage(file: reader.file)
        let entries = try descriptions.map { try $0.entry(storage: storage, dataStart: dataStart, file: reader.file) }
        try checkOverlaps(descriptions, path: reader.file.path)
        return entries
    }

    private static func checkOverlaps(_ descriptions: [GGUFTensorDescription], path: String) throws {
        let sorted = descriptions.sorted { $0.offset < $1.offset }
        for (first, second) in zip(sorted, sorted.dropFirst())
        where first.offset + UInt64(first.byteCount) > second.offset {
            throw InputError(
                .overlap, source: path, field: second.name,
                found: "found bytes that the tensor \(first.name) claims too", expected: "bytes of its own",
                advice: InputError.refetch)
        }
    }
}

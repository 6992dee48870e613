import Files
import Tensors

/// Everything in a GGUF file but the bytes of its tensors: metadata, descriptions, and with them where each tensor lies.
///
/// Version 3, little-endian. Checked when it is made, so that what is written can be read back.
package struct GGUFHeader: Sendable {
    /// What every tensor's place is a multiple of unless the key `general.alignment` says otherwise.
    private static let defaultAlignment = 32
    /// The longest tensor name that llama.cpp takes, in bytes.
    static let nameLimit = 63

    /// The tensors in the order in which they lie in the file.
    package let tensors: [TensorPlan]
    /// Bytes of each tensor.
    package let byteCounts: [Int]
    /// What every tensor's place in the file is a multiple of.
    let alignment: Int
    /// The header's bytes, padded to where the first tensor starts.
    package let bytes: [UInt8]

    /// Zeros between the end of a tensor and what follows it.
    package func paddingBytes(behind tensor: Int) -> Int { padding(byteCounts[tensor], to: alignment) }

    /// Bytes of the whole file.
    package var fileByteCount: Int {
        byteCounts.reduce(bytes.count) { $0 + $1 + padding($1, to: alignment) }
    }

    /// The header of a file with these keys and tensors; `source` names the file in errors.
    /// - Throws: `InputError` for a key or name that stands twice or is too long, for a tensor whose type GGUF does not
    ///   have or whose rows are no whole blocks, and for an array of mixed types.
    package init(
        metadata: [(key: String, value: GGUFValue)], tensors: [TensorPlan], source: String
    ) throws {
        let check = HeaderCheck(source: source)
        try check.unique(metadata.map(\.key), limit: GGUFReader.nameLimit)
        try check.unique(tensors.map(\.name), limit: GGUFHeader.nameLimit)
        let alignment = try check.alignment(metadata) ?? GGUFHeader.defaultAlignment
        var header = GGUFHeaderBytes()
        header.append(GGUFFile.magic)
        header.append(UInt32(3))
        header.append(UInt64(tensors.count))
        header.append(UInt64(metadata.count))
        for (key, value) in metadata {
            header.append(key)
            header.append(value.type.rawValue)
            guard header.append(value) else { throw check.mixed(key) }
        }
        self.byteCounts = try tensors.map(check.byteCount)
        var offset = 0
        for (tensor, count) in zip(tensors, byteCounts) {
            header.append(tensor, type: try check.number(of: tensor), offset: offset)
            offset = try check.sum(offset, count + padding(count, to: alignment), tensor)
        }
        header.pad(to: alignment)
        self.bytes = header.bytes
        self.tensors = tensors
        self.alignment = alignment
    }
}

extension GGUFHeaderBytes {
    fileprivate mutating func append(_ tensor: TensorPlan, type: UInt32, offset: Int) {
        append(tensor.name)
        append(UInt32(tensor.shape.rank))
        for extent in tensor.shape.array.reversed() { append(UInt64(extent)) }
        append(type)
        append(UInt64(offset))
    }
}

/// What must hold of a header's parts.
private struct HeaderCheck {
    let source: String

    func unique(_ names: [String], limit: Int) throws {
        var seen: Set<String> = []
        for name in names {
            guard !name.isEmpty, name.utf8.count <= limit else {
                throw defect(.excessive, name, "found a name of \(name.utf8.count) bytes", "1 to \(limit)")
            }
            guard seen.insert(name).inserted else {
                throw defect(.duplicate, name, "found the name a second time", "every name once")
            }
        }
    }

    func alignment(_ metadata: [(key: String, value: GGUFValue)]) throws -> Int? {
        guard let value = metadata.first(where: { $0.key == "general.alignment" })?.value else { return nil }
        guard case .uint32(let alignment) = value, GGUFFile.alignments.contains(UInt64(alignment)),
            alignment & (alignment - 1) == 0
        else {
            throw defect(.invalidValue, "general.alignment", "found \(value)", "a power of two from 8 to 65,536")
        }
        return Int(alignment)
    }

    func mixed(_ key: String) -> InputError {
        defect(
            .wrongType, key, "found an array of mixed types, or nested too deep",
            "arrays of one type, at most \(GGUFMetadata.depthLimit) deep")
    }

    func number(of tensor: TensorPlan) throws -> UInt32 {
        guard let number = GGUFTensorType.number(of: tensor.type) else {
            throw defect(.unsupported, tensor.name, "found the type \(tensor.type.rawValue)", "a type that GGUF has")
        }
        return number
    }

    func byteCount(of tensor: TensorPlan) throws -> Int {
        guard (1...Shape.maximumRank).contains(tensor.shape.rank), tensor.shape.count > 0 else {
            throw defect(.wrongShape, tensor.name, "found the shape \(tensor.shape)", "1 to 4 dimensions of 1 or more")
        }
        guard let row = tensor.type.byteCount(ofRowWithWidth: tensor.shape.width) else {
            throw defect(
                .wrongShape, tensor.name, "found rows of \(tensor.shape.width) values",
                "a multiple of \(tensor.type.valuesPerBlock), the block of \(tensor.type.rawValue)")
        }
        let (bytes, overflow) = row.multipliedReportingOverflow(by: tensor.shape.rows)
        // The margin keeps the padding from overflowing.
        guard !overflow, bytes <= Int.max - Int(GGUFFile.alignments.upperBound) else { throw tooLarge(tensor) }
        return bytes
    }

    func sum(_ offset: Int, _ count: Int, _ tensor: TensorPlan) throws -> Int {
        let (sum, overflow) = offset.addingReportingOverflow(count)
        guard !overflow else { throw tooLarge(tensor) }
        return sum
    }

    private func tooLarge(_ tensor: TensorPlan) -> InputError {
        defect(.overflow, tensor.name, "found \(tensor.shape) values", "a file whose size fits 63 bits")
    }

    private func defect(_ kind: InputError.Kind, _ field: String, _ found: String, _ expected: String) -> InputError {
        InputError(
            kind, source: source, field: field, found: found, expected: expected,
            advice: "correct what the file is made from")
    }
}

import Checkpoints
import Files
import Tensors

/// A model as it will be stored in GGUF, in one file or in several.
struct GGUFOutput {
    private let source: ModelSource
    private let plans: [TensorPlan]
    private let metadata: [(key: String, value: GGUFValue)]

    /// - Parameters:
    ///   - types: how each tensor is stored.
    ///   - keys: what is said besides what the source says, or instead of it.
    init(_ source: ModelSource, types: [ElementType], keys: [(key: String, value: GGUFValue)]) {
        self.source = source
        plans = zip(source.tensors, types).map { .init(name: $0.name, shape: $0.shape, type: $1) }
        metadata = source.metadata.changing(keys)
    }

    /// How a file says how its tensors are stored, most of them.
    /// - Parameter number: llama.cpp's number of the recipe.
    static func typeKeys(_ number: Int) -> [(key: String, value: GGUFValue)] {
        [("general.quantization_version", .count(2)), ("general.file_type", .count(number))]
    }

    /// The files, of which the one at `path`, or the first of a set that is named after it, has the metadata.
    /// - Parameter limit: the most bytes of a file's tensors; `nil` for one file.
    /// - Throws: `InputError` if a tensor cannot be stored so.
    func files(path: String, limit: Int?) throws -> [OutputFile] {
        let whole = try GGUFHeader(metadata: metadata, tensors: plans, source: path)
        let shards = ShardPlan(whole.byteCounts, limit: limit)
        guard shards.ranges.count > 1 else { return [file(path, whole, 0..<plans.count)] }
        guard let count = UInt16(exactly: shards.ranges.count), let tensors = Int32(exactly: plans.count) else {
            throw InputError(
                .excessive, source: path, field: "--split-size", found: "found \(shards.ranges.count) files",
                expected: "at most 65535", advice: "give a larger size")
        }
        let (stem, suffix) = path.hasSuffix(".gguf") ? (String(path.dropLast(5)), ".gguf") : (path, "")
        return try shards.ranges.enumerated().map { index, range in
            let keys: [(key: String, value: GGUFValue)] = [
                ("split.no", .uint16(UInt16(clamping: index))), ("split.count", .uint16(count)),
                ("split.tensors.count", .int32(tensors)),
            ]
            let name = shards.name(stem, suffix, number: index + 1)
            let header = try GGUFHeader(
                metadata: index == 0 ? metadata + keys : keys, tensors: Array(plans[range]), source: name)
            return file(name, header, range)
        }
    }

    private func file(_ path: String, _ header: GGUFHeader, _ range: Range<Int>) -> OutputFile {
        let entries = range.enumerated().map { place, index in
            OutputFile.Entry(
                tensor: source.tensors[index], type: plans[index].type, padding: header.paddingBytes(behind: place))
        }
        return OutputFile(path: path, header: header.bytes, byteCount: header.fileByteCount, entries: entries)
    }
}

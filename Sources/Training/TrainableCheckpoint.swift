import Checkpoints
import Files
import Tensors
import Tokenizers

/// A checkpoint whose tensors are f32 in memory of the program's own: what derivatives are of, and what training changes.
///
/// A decoder that is made of one looks at these tensors and copies none, so that their gradients have the checkpoint's names.
package struct TrainableCheckpoint: Checkpoint {
    package let path: String
    package let format: CheckpointFormat
    package let fields: JSONObject
    package let tensors: [TensorEntry]
    package let chatTemplate: String?
    package let generationFields: JSONObject
    private let positions: [String: Int]
    private let source: any Checkpoint

    /// The values of `source`, decoded. Takes four bytes for each.
    /// - Throws: `InputError` for FP8 values without their scales.
    package init(decoding source: any Checkpoint) throws {
        let tensors = source.tensors.filter {
            $0.tensor.elementType.isReal && !$0.name.hasSuffix(Self.scalesSuffix)
        }
        self.init(
            source,
            tensors: try tensors.map {
                TensorEntry(name: $0.name, tensor: try Self.decoded($0, source), file: $0.file)
            })
    }

    /// The tensors of `source` themselves.
    package init(_ source: InitializedCheckpoint) { self.init(source, tensors: source.tensors) }

    private init(_ source: any Checkpoint, tensors: [TensorEntry]) {
        (path, format, fields) = (source.path, source.format, source.fields)
        (chatTemplate, generationFields) = (source.chatTemplate, source.generationFields)
        self.source = source
        self.tensors = tensors
        positions = Dictionary(uniqueKeysWithValues: tensors.enumerated().map { ($1.name, $0) })
    }

    private static let scalesSuffix = "_scale_inv"

    private static func decoded(_ entry: TensorEntry, _ source: any Checkpoint) throws -> Tensor {
        guard entry.tensor.elementType == .f8e4m3 else { return entry.tensor.decoded() }
        let extent = BlockScales.blockExtent
        let blocks = entry.tensor.shape.array.map { ($0 + extent - 1) / extent }
        guard let scales = source.entry(named: entry.name + scalesSuffix)?.tensor, scales.elementType == .f32,
            entry.tensor.shape.rank == 2, scales.shape.array == blocks
        else {
            throw InputError(
                .missing, source: entry.file, field: entry.name + scalesSuffix, found: "found no scales that fit",
                expected: "one for each block of 128 × 128 values", advice: "fetch the checkpoint again")
        }
        return Weight(entry.tensor, scales: BlockScales(scales)).decoded()
    }

    package func entry(named name: String) -> TensorEntry? { positions[name].map { tensors[$0] } }
    package func vocabulary() throws -> Vocabulary? { try source.vocabulary() }
}

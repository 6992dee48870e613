import Checkpoints
import Files
import Tensors
import Tokenizers

/// Another checkpoint with some fields or tensors changed, in memory.
struct ChangedCheckpoint: Checkpoint {
    let original: any Checkpoint
    var fields: JSONObject
    /// Tensors to put in the place of the original ones; `nil` for those to leave out.
    var changes: [String: TensorEntry?] = [:]
    var hasTensors = true

    init(_ original: any Checkpoint) {
        self.original = original
        self.fields = original.fields
    }

    var path: String { original.path }
    var format: CheckpointFormat { original.format }
    var chatTemplate: String? { nil }
    var generationFields: JSONObject { JSONObject() }
    func vocabulary() throws -> Vocabulary? { nil }

    var tensors: [TensorEntry] { original.tensors.compactMap { entry(named: $0.name) } }

    func entry(named name: String) -> TensorEntry? {
        guard hasTensors else { return nil }
        return changes[name] ?? original.entry(named: name)
    }
}

extension TensorEntry {
    /// The same name with zeros of another shape or type.
    func replaced(type: ElementType? = nil, shape: [Int]? = nil) -> TensorEntry? {
        let type = type ?? tensor.elementType
        guard let shape = Shape(checking: shape ?? tensor.shape.array),
            let row = type.byteCount(ofRowWithWidth: shape.width),
            let zeros = Tensor(
                storage: .zeros(byteCount: row * shape.rows), byteOffset: 0, elementType: type, shape: shape)
        else { return nil }
        return TensorEntry(name: name, tensor: zeros, file: file)
    }
}

extension Storage {
    fileprivate static func zeros(byteCount: Int) -> Storage {
        // The f32 tensor is only a way to bytes that are set.
        Tensor([Float](repeating: 0, count: byteCount / 4 + 1), shape: [byteCount / 4 + 1]).storage
    }
}

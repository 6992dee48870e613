import Checkpoints
import Files
import Models
import Tensors

/// A model in the layout of the released checkpoints: its tensors, and the types that they will have.
struct ReleasedModel {
    let configuration: DecoderConfiguration
    let tensors: [ModelTensor]
    /// Tensors of the checkpoint that have no place here.
    let unused: [String]

    /// - Throws: `InputError` for a tensor that is missing or does not fit the configuration.
    init(_ checkpoint: any Checkpoint, adapter: Adapter? = nil, type: ConversionType) throws {
        var found = try DecoderConfiguration(of: checkpoint)
        found.predictionLayerCount = WeightLoader(checkpoint).predictionLayers(found).count
        configuration = found
        let layout = TensorLayout(found, checkpoint, adapter: adapter, target: .safetensors)
        tensors = try layout.tensors { type.type(of: $0, storedIn: $1, format: checkpoint.format) }
        unused = layout.unused()
    }
}

extension ConversionType {
    /// How a released checkpoint stores a tensor for `role` whose values are now stored in `types`.
    fileprivate func type(
        of role: TensorRole, storedIn types: Set<ElementType>, format: CheckpointFormat
    ) -> ElementType {
        if self == .auto {
            return format == .safetensors && types == [.f8e4m3] ? .f8e4m3 : .plain(for: types)
        }
        // In f32 in every release: a step of the balance is less than bf16 can tell apart.
        if role == .selectionBias { return .f32 }
        if self == .fp8 { return role.isEightBit ? .f8e4m3 : .bf16 }
        return elementType ?? .bf16
    }
}

extension TensorRole {
    /// Whether DeepSeek-V3 stores it in FP8: the projections of attention and all matrices of feed-forward layers, but not
    /// embeddings, head, router, and the projection of prediction layers (arXiv 2412.19437 §3.3).
    fileprivate var isEightBit: Bool {
        switch self {
        case .query, .key, .value, .output, .queryCompression, .queryExpansion, .latentCompression, .latentExpansion,
            .gate, .up, .down, .expertGate, .expertUp, .expertDown, .sharedGate, .sharedUp, .sharedDown:
            true
        default: false
        }
    }
}

extension ElementType {
    /// PyTorch's name of the type in which a checkpoint with weights of this type is computed with.
    var torchName: String {
        switch self {
        case .f32: "float32"
        case .f16: "float16"
        default: "bfloat16"
        }
    }
}

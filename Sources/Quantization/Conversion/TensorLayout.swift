import Checkpoints
import Files
import Models
import Tensors

/// How the tensors of one container's layout are made of those of another's.
///
/// Layouts differ in four ways. Hugging Face keeps each expert on its own, GGUF all of a layer in one tensor. Hugging Face
/// turns pairs that lie half a head apart; llama.cpp, for `llama` and `deepseek`, neighbours, for which rows of queries and
/// keys change places. GGUF has latent attention's W^UK, transposed for each head, and W^UV apart, released checkpoints in
/// one matrix (older GGUF files too). And Llama 3.1's rotary rule is a tensor in GGUF.
struct TensorLayout {
    private let configuration: DecoderConfiguration
    private let loader: WeightLoader
    /// The container whose layout is made.
    private let target: CheckpointFormat
    private var isForeign: Bool { loader.checkpoint.format != target }

    init(
        _ configuration: DecoderConfiguration, _ checkpoint: any Checkpoint, adapter: Adapter?, target: CheckpointFormat
    ) {
        self.configuration = configuration
        loader = WeightLoader(checkpoint, adapter: adapter)
        self.target = target
    }

    /// The tensors of the model in the target's layout, in the order in which a token meets them.
    /// - Parameter type: the type for a tensor that is for `role` and whose values are stored in some types.
    /// - Throws: `InputError` naming the tensor that is missing, misshapen or of the wrong type.
    func tensors(type: (TensorRole, Set<ElementType>) -> ElementType) throws -> [ModelTensor] {
        let specifications = configuration.tensors(of: target) { loader.has($0, layer: $1) }
        return try specifications.map { specification in
            let rows = try rows(specification)
            let stored = loader.elementType(specification.role, layer: specification.layer).map { Set([$0]) }
            return ModelTensor(
                name: specification.name, role: specification.role, shape: specification.shape,
                type: type(specification.role, specification.shape.rank == 1 ? stored ?? [.f32] : rows.elementTypes),
                rows: rows, source: loader.checkpoint.path)
        }
    }

    /// Names of the checkpoint that no tensor is made of.
    func unused() -> [String] {
        var known: Set<String> = []
        for tensor in configuration.tensors(of: loader.checkpoint.format, copies: { _, _ in true }) {
            known.insert(tensor.name)
            known.insert(tensor.name + "_scale_inv")
            if tensor.role == .keyExpansion { known.insert(tensor.name.replacing("attn_k_b", with: "attn_kv_b")) }
        }
        return loader.checkpoint.tensors.map(\.name).filter { !known.contains($0) }
    }

    private func rows(_ tensor: TensorSpecification) throws -> AssembledRows {
        switch tensor.role {
        case .rotaryDivisors:
            let divisors = configuration.rotary.ggufDivisors ?? []
            return AssembledRows(Tensor(divisors, shape: [divisors.count]))
        case .expertGate, .expertUp, .expertDown: return try experts(tensor)
        case .keyExpansion, .valueExpansion, .latentExpansion: return try expansion(tensor)
        default:
            guard tensor.shape.rank == 1 else { return AssembledRows([try matrix(tensor)]) }
            return try vector(tensor)
        }
    }

    private func matrix(_ tensor: TensorSpecification) throws -> AssembledRows.Part {
        let weight = try loader.matrix(
            tensor.role, layer: tensor.layer, rows: tensor.shape[0], columns: tensor.shape[1])
        return AssembledRows.Part(weight, order(tensor.role))
    }

    /// Values that change places are rows of one value.
    private func vector(_ tensor: TensorSpecification) throws -> AssembledRows {
        let count = tensor.shape.count
        let values = try loader.vector(tensor.role, layer: tensor.layer, count: count)
        guard order(tensor.role) != .stored else { return AssembledRows(values) }
        return AssembledRows([.init(Weight(values.reshaped([count, 1])), order(tensor.role))])
    }

    /// Where rows of queries and keys go; biases go with them.
    private func order(_ role: TensorRole) -> AssembledRows.Part.Order {
        guard isForeign, let size = configuration.headSize(ofMovedRows: role) else { return .stored }
        return target == .gguf ? .interleaved(headSize: size) : .separated(headSize: size)
    }

    // MARK: Experts

    private func experts(_ tensor: TensorSpecification) throws -> AssembledRows {
        let (rows, columns) = (tensor.shape[tensor.shape.rank - 2], tensor.shape.width)
        guard let layer = tensor.layer, let count = configuration.mixture?.expertCount else {
            preconditionFailure("experts belong to a layer of a mixture")
        }
        if let expert = tensor.expert {
            let weight = try loader.expert(
                tensor.role, layer: layer, expert: expert, count: count, rows: rows, columns: columns)
            return AssembledRows([.init(weight)])
        }
        let all = try loader.experts(tensor.role, layer: layer, count: count, rows: rows, columns: columns)
        return AssembledRows(all.map { .init($0) })
    }

    // MARK: Latent attention

    private func expansion(_ tensor: TensorSpecification) throws -> AssembledRows {
        guard case .latent(let latent) = configuration.attention, let layer = tensor.layer else {
            preconditionFailure("an expansion belongs to a layer with latent attention")
        }
        guard isForeign else { return AssembledRows([try matrix(tensor)]) }
        let (keys, values) = try loader.expansions(latent, layer: layer)
        switch tensor.role {
        case .keyExpansion: return AssembledRows(keys.map { .init($0, .transposed) })
        case .valueExpansion: return AssembledRows(values.map { .init($0) })
        default:
            let order: AssembledRows.Part.Order = latent.isExpansionSplit ? .transposed : .stored
            return AssembledRows(zip(keys, values).flatMap { [.init($0, order), .init($1)] })
        }
    }
}

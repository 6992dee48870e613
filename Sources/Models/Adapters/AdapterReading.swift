import Checkpoints
import Files
import Tensors

extension Adapter {
    /// The adapter that `source` names, for `checkpoint`.
    /// - Throws: `InputError` if it is none, is broken, or belongs to another model.
    package init(_ source: AdapterSource, for checkpoint: any Checkpoint) throws {
        try self.init(StoredAdapter(path: source.path), for: checkpoint, scale: source.scale)
    }

    /// The adapter in `stored`, moved to the layout of `checkpoint`.
    /// - Parameter scale: what its strength is multiplied with.
    /// - Throws: `InputError` naming the matrix that the model does not have, or that does not fit.
    package init(_ stored: StoredAdapter, for checkpoint: any Checkpoint, scale: Float = 1) throws {
        let (configuration, modules) = try AdapterModule.all(of: checkpoint)
        let layout = AdapterLayout(configuration, from: stored.format, to: checkpoint.format)
        let known = Dictionary(grouping: modules) { layout.storedName(of: $0) }
        let pairs = try stored.pairs.flatMap { pair -> [Pair] in
            guard let modules = known[pair.name] else { throw Self.unknown(pair, configuration, checkpoint) }
            let alpha = scale * Float(stored.configuration.alpha(of: pair.name))
            guard alpha.isFinite else { throw Self.tooStrong(pair, scale) }
            let rank = stored.configuration.rank(of: pair.name)
            return try zip(modules, Self.matrices(pair, modules, rank: rank)).map { module, matrices in
                Pair(module, a: matrices.a, b: layout.moved(matrices.b, of: module), alpha: alpha)
            }
        }
        self.init(
            pairs, isRankStabilized: stored.configuration.isRankStabilized, format: checkpoint.format,
            files: stored.files)
    }

    /// The matrices of each module: one pair, or the parts of a stacked one.
    private static func matrices(
        _ pair: StoredAdapter.Pair, _ modules: [AdapterModule], rank: Int
    ) throws -> [(a: Tensor, b: Tensor)] {
        let (outputs, inputs) = (modules[0].outputs, modules[0].inputs)
        // GGUF stacks experts, of which there may be one.
        let isStack = pair.a.tensor.shape.rank == 3 || modules.count > 1
        let a = try matrix(pair.a, count: isStack ? modules.count : nil, rows: rank, columns: inputs)
        let b = try matrix(pair.b, count: isStack ? modules.count : nil, rows: outputs, columns: rank)
        guard isStack else { return [(a, b)] }
        // Each in memory of its own, which may be trained.
        return modules.indices.map { (AssembledRows(a.entry($0)).decoded(), AssembledRows(b.entry($0)).decoded()) }
    }

    private static func matrix(_ entry: TensorEntry, count: Int?, rows: Int, columns: Int) throws -> Tensor {
        let shape = (count.map { [$0] } ?? []) + [rows, columns]
        func defect(_ kind: InputError.Kind, _ found: String, _ expected: String) -> InputError {
            InputError(
                kind, source: entry.file, field: entry.name, found: found, expected: expected,
                advice: "save the adapter again, or use the model that it was made for")
        }
        guard entry.tensor.shape.array == shape else {
            throw defect(
                .wrongShape, "found the shape \(entry.tensor.shape)",
                "[\(shape.map(String.init).joined(separator: " × "))], by the adapter's rank and the model's configuration"
            )
        }
        guard [.f32, .f16, .bf16].contains(entry.tensor.elementType) else {
            throw defect(.wrongType, "found \(entry.tensor.elementType.rawValue)", "F32, F16 or BF16")
        }
        let values = entry.tensor.decoded()
        guard values.withFloats({ $0.allSatisfy(\.isFinite) }) else {
            throw defect(.invalidValue, "found a value that is no finite number", "finite values only")
        }
        return values
    }

    private static func tooStrong(_ pair: StoredAdapter.Pair, _ scale: Float) -> InputError {
        InputError(
            .overflow, source: pair.a.file, field: pair.a.name, found: "found a strength that is no finite number",
            expected: "a finite one, together with the scale \(scale)", advice: "give a smaller scale")
    }

    private static func unknown(
        _ pair: StoredAdapter.Pair, _ configuration: DecoderConfiguration, _ checkpoint: any Checkpoint
    ) -> InputError {
        let isTied = pair.name == "lm_head" && configuration.tiesEmbeddings
        return InputError(
            .unsupported, source: pair.a.file, field: pair.a.name,
            found: isTied
                ? "found a pair for a head that is the table of embeddings too"
                : "found a pair for a matrix that \(checkpoint.path) does not have, or that cannot be adapted",
            expected: "linear layers of this model", advice: "use the model that the adapter was made for")
    }
}

extension AdapterModule {
    /// The configuration of `checkpoint`, with the prediction layers that it really has, and its matrices.
    /// - Throws: `InputError` if it describes no model.
    package static func all(
        of checkpoint: any Checkpoint
    ) throws -> (configuration: DecoderConfiguration, modules: [AdapterModule]) {
        var configuration = try DecoderConfiguration(of: checkpoint)
        configuration.predictionLayerCount = WeightLoader(checkpoint).predictionLayers(configuration).count
        return (configuration, configuration.adapterModules)
    }
}

/// What containers call a module, and where rows of B stand in each.
struct AdapterLayout {
    private let configuration: DecoderConfiguration
    private let source: CheckpointFormat
    private let target: CheckpointFormat

    /// From one container's layout to another's.
    init(_ configuration: DecoderConfiguration, from source: CheckpointFormat, to target: CheckpointFormat) {
        (self.configuration, self.source, self.target) = (configuration, source, target)
    }

    /// The name in the source: of a module, or of a tensor that stacks several.
    func storedName(of module: AdapterModule) -> String { Self.name(of: module, in: source) }

    static func name(of module: AdapterModule, in format: CheckpointFormat) -> String {
        switch format {
        case .safetensors: module.name
        case .gguf: TensorNames.table(of: .gguf).name(module.role, layer: module.layer)
        }
    }

    /// B of the source as the target has it; the same tensor where both agree.
    func moved(_ b: Tensor, of module: AdapterModule) -> Tensor {
        guard source != target, let size = configuration.headSize(ofMovedRows: module.role) else { return b }
        let order: AssembledRows.Part.Order =
            target == .gguf ? .interleaved(headSize: size) : .separated(headSize: size)
        return AssembledRows([.init(Weight(b), order)]).decoded()
    }
}

import Checkpoints
import Files
import Tensors

extension Adapter {
    /// The adapter that `source` names, for `checkpoint`.
    /// - Throws: `InputError` if it is none, is broken, or belongs to another model.
    package init(_ source: AdapterSource, for checkpoint: any Checkpoint) throws {
        try self.init(AdapterFolder(path: source.path), for: checkpoint, scale: source.scale)
    }

    /// The adapter in `folder`, moved to the layout of `checkpoint`.
    /// - Parameter scale: what its strength is multiplied with.
    /// - Throws: `InputError` naming the matrix that the model does not have, or that does not fit.
    package init(_ folder: AdapterFolder, for checkpoint: any Checkpoint, scale: Float = 1) throws {
        let (configuration, modules) = try AdapterModule.all(of: checkpoint)
        let known = Dictionary(uniqueKeysWithValues: modules.map { ($0.name, $0) })
        let layout = AdapterLayout(configuration)
        let pairs = try folder.pairs.map { stored in
            guard let module = known[stored.name] else { throw Self.unknown(stored, configuration, checkpoint) }
            let rank = folder.configuration.rank(of: module.name)
            let a = try Self.matrix(stored.a, rows: rank, columns: module.inputs)
            let b = try Self.matrix(stored.b, rows: module.outputs, columns: rank)
            let moved = checkpoint.format == .gguf ? layout.inGGUF(b, of: module) : b
            return Pair(module, a: a, b: moved, alpha: scale * Float(folder.configuration.alpha(of: module.name)))
        }
        self.init(
            pairs, isRankStabilized: folder.configuration.isRankStabilized, format: checkpoint.format,
            files: folder.files)
    }

    private static func matrix(_ entry: TensorEntry, rows: Int, columns: Int) throws -> Tensor {
        func defect(_ kind: InputError.Kind, _ found: String, _ expected: String) -> InputError {
            InputError(
                kind, source: entry.file, field: entry.name, found: found, expected: expected,
                advice: "save the adapter again, or use the model that it was made for")
        }
        guard entry.tensor.shape.array == [rows, columns] else {
            throw defect(
                .wrongShape, "found the shape \(entry.tensor.shape)",
                "[\(rows) × \(columns)], by the adapter's rank and the model's configuration")
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

    private static func unknown(
        _ pair: AdapterFolder.Pair, _ configuration: DecoderConfiguration, _ checkpoint: any Checkpoint
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

/// Where rows of B stand in each container.
struct AdapterLayout {
    private let configuration: DecoderConfiguration

    init(_ configuration: DecoderConfiguration) { self.configuration = configuration }

    /// B in Hugging Face's layout as GGUF has it; the same tensor where both agree.
    func inGGUF(_ b: Tensor, of module: AdapterModule) -> Tensor {
        moved(b, module) { .interleaved(headSize: $0) }
    }

    /// The inverse.
    func inHuggingFace(_ b: Tensor, of module: AdapterModule) -> Tensor {
        moved(b, module) { .separated(headSize: $0) }
    }

    private func moved(_ b: Tensor, _ module: AdapterModule, _ order: (Int) -> AssembledRows.Part.Order) -> Tensor {
        guard let size = configuration.headSize(ofMovedRows: module.role) else { return b }
        return AssembledRows([.init(Weight(b), order(size))]).decoded()
    }
}

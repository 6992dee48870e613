import Checkpoints
import Files
import Tensors

/// Finds the tensors of a layer in a checkpoint and checks that they are what the configuration implies.
///
/// Matrices stay as they are stored, views into the mapped file. Vectors (norms, biases) are small and decoded to f32.
package struct WeightLoader {
    package let checkpoint: any Checkpoint
    /// What is added to matrices, by what they are for.
    let adapter: Adapter?
    let names: TensorNames

    package init(_ checkpoint: any Checkpoint, adapter: Adapter? = nil) {
        self.checkpoint = checkpoint
        self.adapter = adapter
        self.names = TensorNames.table(of: checkpoint.format)
    }

    package func has(_ role: TensorRole, layer: Int? = nil) -> Bool {
        checkpoint.entry(named: names.name(role, layer: layer)) != nil
    }

    /// The numbers of the prediction layers. Converters may drop them and leave their number in the configuration.
    package func predictionLayers(_ configuration: DecoderConfiguration) -> Range<Int> {
        let first = configuration.layerCount
        guard has(.predictionProjection, layer: first) else { return first..<first }
        return first..<first + configuration.predictionLayerCount
    }

    /// A vector of `count` finite values, decoded to f32.
    package func vector(_ role: TensorRole, layer: Int? = nil, count: Int) throws -> Tensor {
        let entry = try entry(names.name(role, layer: layer))
        try check(entry, shape: [count])
        // FP8 values mean nothing without the scales of a matrix.
        guard entry.tensor.elementType.isReal, entry.tensor.elementType != .f8e4m3 else { throw wrongType(entry) }
        // What is in memory already, and may be trained, is looked at where it is.
        let values = entry.tensor.isOwnMemory ? entry.tensor : entry.tensor.decoded()
        guard values.floats.allSatisfy(\.isFinite) else { throw notFinite(entry) }
        return values
    }

    /// How the tensor of `role` is stored; `nil` where there is none.
    package func elementType(_ role: TensorRole, layer: Int? = nil) -> ElementType? {
        checkpoint.entry(named: names.name(role, layer: layer))?.tensor.elementType
    }

    /// A matrix [rows, columns], as stored, with what the adapter adds.
    package func matrix(_ role: TensorRole, layer: Int? = nil, rows: Int, columns: Int) throws -> Weight {
        try weight(names.name(role, layer: layer), rows: rows, columns: columns)
            .adapted(by: adapter?.term(role, layer: layer))
    }

    /// A matrix with the bias that goes with it, where the configuration says there is one.
    func linear(
        _ role: TensorRole, bias: TensorRole? = nil, layer: Int, from columns: Int, to rows: Int
    ) throws -> Linear {
        Linear(
            weight: try matrix(role, layer: layer, rows: rows, columns: columns),
            bias: try bias.map { try vector($0, layer: layer, count: rows) })
    }

    func norm(_ role: TensorRole, layer: Int? = nil, width: Int, epsilon: Float) throws -> RMSNorm {
        RMSNorm(weight: try vector(role, layer: layer, count: width), epsilon: epsilon)
    }

    /// The matrices of all experts of a layer, each [rows, columns]: entries of one stacked tensor, or tensors each.
    package func experts(_ role: TensorRole, layer: Int, count: Int, rows: Int, columns: Int) throws -> [Weight] {
        let stored =
            try names.stacksExperts
            ? stacked(role, layer: layer, count: count, rows: rows, columns: columns)
            : (0..<count).map {
                try weight(names.name(role, layer: layer, expert: $0), rows: rows, columns: columns)
            }
        guard let adapter else { return stored }
        return stored.enumerated().map { $1.adapted(by: adapter.term(role, layer: layer, expert: $0)) }
    }

    /// The matrix of expert `expert` of those of a layer.
    package func expert(
        _ role: TensorRole, layer: Int, expert: Int, count: Int, rows: Int, columns: Int
    ) throws -> Weight {
        let stored =
            try names.stacksExperts
            ? stacked(role, layer: layer, count: count, rows: rows, columns: columns)[expert]
            : weight(names.name(role, layer: layer, expert: expert), rows: rows, columns: columns)
        return stored.adapted(by: adapter?.term(role, layer: layer, expert: expert))
    }

    /// The entries of one tensor [count, rows, columns].
    package func stacked(_ role: TensorRole, layer: Int, count: Int, rows: Int, columns: Int) throws -> [Weight] {
        let entry = try entry(names.name(role, layer: layer))
        // Older files fold the first two axes into one.
        if entry.tensor.shape.array == [count * rows, columns] {
            let whole = try plainWeight(entry, rows: count * rows, columns: columns)
            return (0..<count).map { whole.rows($0 * rows..<($0 + 1) * rows) }
        }
        try check(entry, shape: [count, rows, columns])
        guard entry.tensor.elementType.isReal, entry.tensor.elementType != .f8e4m3 else { throw wrongType(entry) }
        return (0..<count).map { Weight(entry.tensor.entry($0)) }
    }

    /// W^UK and W^UV of every head: row ranges of one matrix, or two stacked tensors, the first of them transposed.
    package func expansions(
        _ latent: LatentAttentionConfiguration, layer: Int
    ) throws -> (keys: [Weight], values: [Weight]) {
        let (h, r, nope, v) = (latent.headCount, latent.latentRank, latent.contentSize, latent.valueSize)
        if latent.isExpansionSplit {
            let keys = try stacked(.keyExpansion, layer: layer, count: h, rows: r, columns: nope)
            let values = try stacked(.valueExpansion, layer: layer, count: h, rows: v, columns: r)
            guard let terms = adapter?.expansionTerms(latent, layer: layer) else { return (keys, values) }
            return (
                zip(keys, terms.keys).map { $0.adapted(by: $1) }, zip(values, terms.values).map { $0.adapted(by: $1) }
            )
        }
        let joined = try matrix(.latentExpansion, layer: layer, rows: h * (nope + v), columns: r)
        let starts = (0..<h).map { $0 * (nope + v) }
        return (starts.map { joined.rows($0..<$0 + nope) }, starts.map { joined.rows($0 + nope..<$0 + nope + v) })
    }

    // MARK: One tensor

    private func weight(_ name: String, rows: Int, columns: Int) throws -> Weight {
        try plainWeight(try entry(name), rows: rows, columns: columns)
    }

    private func plainWeight(_ entry: TensorEntry, rows: Int, columns: Int) throws -> Weight {
        try check(entry, shape: [rows, columns])
        guard entry.tensor.elementType.isReal else { throw wrongType(entry) }
        return Weight(entry.tensor, scales: try scales(of: entry, rows: rows, columns: columns))
    }

    /// The scales of an FP8 weight; they may lie in another shard than the weight.
    private func scales(of entry: TensorEntry, rows: Int, columns: Int) throws -> BlockScales? {
        guard entry.tensor.elementType == .f8e4m3 else { return nil }
        let scales = try self.entry(entry.name + "_scale_inv")
        let blocks = [rows, columns].map { ($0 + BlockScales.blockExtent - 1) / BlockScales.blockExtent }
        try check(scales, shape: blocks)
        guard scales.tensor.elementType == .f32 else { throw wrongType(scales) }
        guard scales.tensor.withFloats({ $0.allSatisfy(\.isFinite) }) else { throw notFinite(scales) }
        return BlockScales(scales.tensor)
    }

    private func entry(_ name: String) throws -> TensorEntry {
        if let entry = checkpoint.entry(named: name) { return entry }
        throw InputError(
            .missing, source: checkpoint.path, field: name, found: "found no such tensor", expected: "the tensor",
            advice: "fetch the checkpoint again: it is incomplete, or its configuration belongs to another model")
    }

    private func check(_ entry: TensorEntry, shape: [Int]) throws {
        guard entry.tensor.shape.array != shape else { return }
        throw InputError(
            .wrongShape, source: entry.file, field: entry.name, found: "found the shape \(entry.tensor.shape)",
            expected: "[\(shape.map(String.init).joined(separator: " × "))]",
            advice: "fetch the checkpoint again: this tensor does not fit the configuration")
    }

    private func wrongType(_ entry: TensorEntry) -> InputError {
        InputError(
            .wrongType, source: entry.file, field: entry.name, found: "found \(entry.tensor.elementType.rawValue)",
            expected: "real numbers that a weight can be made of", advice: "fetch the checkpoint again")
    }

    private func notFinite(_ entry: TensorEntry) -> InputError {
        InputError(
            .invalidValue, source: entry.file, field: entry.name, found: "found a value that is no finite number",
            expected: "finite values only", advice: "fetch the checkpoint again: this tensor is damaged")
    }
}

import Files
import Tensors

/// An adapter as llama.cpp has it: a GGUF file in which the tensor NAME of a model has `NAME.lora_a` and `NAME.lora_b`, in the
/// layout that it has there (llama.cpp, `convert_lora_to_gguf.py`).
extension StoredAdapter {
    private static let (aSuffix, bSuffix) = (".lora_a", ".lora_b")

    init(_ file: GGUFFile) throws {
        for (key, value) in [("general.type", "adapter"), ("adapter.type", "lora")]
        where file.fields[key]?.string != value {
            throw InputError(
                .unsupported, source: file.path, field: key,
                found: "found \(file.fields[key]?.string.map { "“\(printable($0, limit: 60))”" } ?? "no such key")",
                expected: value, advice: "give the file of a LoRA adapter")
        }
        guard let alpha = file.fields["adapter.lora.alpha"]?.double, Float(alpha).isFinite else {
            throw InputError(
                .missing, source: file.path, field: "adapter.lora.alpha", found: "found no finite number",
                expected: "the strength of the adapter", advice: "convert the adapter again")
        }
        let pairs = try Self.pairs(file.entries, source: file.path) { name in
            if name.hasSuffix(Self.aSuffix) { return (String(name.dropLast(Self.aSuffix.count)), true) }
            return name.hasSuffix(Self.bSuffix) ? (String(name.dropLast(Self.bSuffix.count)), false) : nil
        }
        // Nothing but the shapes says what the ranks are.
        let ranks = try pairs.map { ($0.name, try Self.rank(of: $0)) }
        let first = ranks[0].1
        self.init(
            path: file.path, format: .gguf,
            configuration: AdapterConfiguration(
                rank: first, alpha: alpha, isRankStabilized: false, ranks: ranks.filter { $0.1 != first },
                baseModel: file.fields["general.base_model.0.name"]?.string),
            pairs: pairs, files: [file.path])
    }

    private static func rank(of pair: Pair) throws -> Int {
        let shape = pair.a.tensor.shape
        guard (2...3).contains(shape.rank), (1...AdapterConfiguration.mostRank).contains(shape[shape.rank - 2]) else {
            throw InputError(
                .wrongShape, source: pair.a.file, field: pair.a.name, found: "found the shape \(shape)",
                expected: "a matrix of rank 1 to \(AdapterConfiguration.mostRank)", advice: "convert the adapter again")
        }
        return shape[shape.rank - 2]
    }

    /// Writes such a file.
    /// - Parameter pairs: names of the model's tensors, and their matrices in f32; of experts stacked.
    /// - Throws: `InputError` if it cannot be written, or a name stands twice or is too long.
    package static func writeGGUF(
        _ pairs: [(name: String, a: [Tensor], b: [Tensor])], alpha: Float, architecture: String, to path: String
    ) throws {
        let metadata: [(key: String, value: GGUFValue)] = [
            ("general.architecture", .string(architecture)), ("general.type", .string("adapter")),
            ("adapter.type", .string("lora")), ("adapter.lora.alpha", .float32(alpha)),
        ]
        let matrices = pairs.flatMap { [($0.name + aSuffix, $0.a), ($0.name + bSuffix, $0.b)] }
        let plans = matrices.map { name, parts in
            let (rows, columns) = (parts[0].shape[0], parts[0].shape[1])
            return TensorPlan(
                name: name, shape: parts.count > 1 ? [parts.count, rows, columns] : [rows, columns], type: .f32)
        }
        let header = try GGUFHeader(metadata: metadata, tensors: plans, source: path)
        try Checkpoints.writeGGUF(header, to: path) { writer in
            for part in matrices.flatMap(\.1) { try part.withFloats { try writer.append(UnsafeRawBufferPointer($0)) } }
        }
    }
}

import Checkpoints
import Files
import Tensors

extension Adapter {
    /// Writes the adapter as PEFT does, in Hugging Face's layout whatever container the model is in.
    /// - Parameters:
    ///   - checkpoint: the model that it is for.
    ///   - baseModel: what to call that; the checkpoint's path unless given.
    /// - Throws: `InputError` if a file cannot be written.
    package func write(to folder: String, for checkpoint: any Checkpoint, baseModel: String? = nil) throws {
        let (configuration, modules) = try AdapterModule.all(of: checkpoint)
        let layout = AdapterLayout(configuration, from: format, to: .safetensors)
        let stored = pairs.map { (name: $0.module.name, a: $0.a, b: layout.moved($0.b, of: $0.module)) }
        try StoredAdapter.write(
            stored, description(baseModel ?? checkpoint.path), targets: targets(among: modules), to: folder)
    }

    /// Writes the adapter as llama.cpp has it, in GGUF's layout whatever container the model is in.
    ///
    /// That format knows one α and the scale α/r: what differs is multiplied into B.
    /// - Throws: `InputError` if the file cannot be written, or has no place for a pair: where only some experts of a layer have
    ///   one, and for the expansion of latent attention, which GGUF splits.
    package func writeGGUF(to path: String, for checkpoint: any Checkpoint) throws {
        let (configuration, modules) = try AdapterModule.all(of: checkpoint)
        let layout = AdapterLayout(configuration, from: format, to: .gguf)
        let name = { AdapterLayout.name(of: $0, in: .gguf) }
        let wanted = Dictionary(modules.map { (name($0), 1) }, uniquingKeysWith: +)
        let alpha = mostCommon(pairs.map(\.alpha)) ?? 1
        var (order, groups) = ([String](), [String: [Pair]]())
        for pair in pairs {
            if groups[name(pair.module)] == nil { order.append(name(pair.module)) }
            groups[name(pair.module), default: []].append(pair)
        }
        let stored = try order.map { name in
            let group = (groups[name] ?? []).sorted { $0.module.expert ?? 0 < $1.module.expert ?? 0 }
            guard group.count == wanted[name], Set(group.map(\.rank)).count == 1,
                group[0].module.role != .latentExpansion
            else { throw Self.noPlace(group[0].module, path) }
            let b = group.map { pair in
                let moved = layout.moved(pair.b, of: pair.module)
                let factor = scale(of: pair) * Float(pair.rank) / alpha
                return factor == 1 ? moved : Tensor(moved.floats.map { $0 * factor }, shape: moved.shape)
            }
            return (name: name, a: group.map(\.a), b: b)
        }
        try StoredAdapter.writeGGUF(
            stored, alpha: alpha, architecture: configuration.family.ggufArchitecture, to: path)
    }

    private static func noPlace(_ module: AdapterModule, _ path: String) -> InputError {
        InputError(
            .unsupported, source: path, field: module.name,
            found: "found a pair that GGUF's adapters have no place for",
            expected: "pairs of whole tensors, and of all experts of a layer alike",
            advice: "write a folder instead, or merge the adapter into its model")
    }

    /// Rank and α of the most pairs, and those of the others one by one.
    private func description(_ baseModel: String) -> AdapterConfiguration {
        let rank = mostCommon(pairs.map(\.rank)) ?? 1
        let alpha = mostCommon(pairs.map(\.alpha)) ?? 1
        return AdapterConfiguration(
            rank: rank, alpha: Double(alpha), isRankStabilized: isRankStabilized,
            ranks: pairs.filter { $0.rank != rank }.map { ($0.module.name, $0.rank) },
            alphas: pairs.filter { $0.alpha != alpha }.map { ($0.module.name, Double($0.alpha)) }, baseModel: baseModel)
    }

    private func mostCommon<Value: Hashable & Comparable>(_ values: [Value]) -> Value? {
        let counts = Dictionary(values.map { ($0, 1) }, uniquingKeysWith: +)
        return counts.max { ($0.value, $1.key) < ($1.value, $0.key) }?.key
    }

    /// The last parts of the modules' names where all that share one have a pair; otherwise whole names.
    private func targets(among modules: [AdapterModule]) -> [String] {
        let adapted = Set(pairs.map(\.module.name))
        let partial = Set(modules.filter { !adapted.contains($0.name) }.map(\.kind))
        var seen: Set<String> = []
        return pairs.map { partial.contains($0.module.kind) ? $0.module.name : $0.module.kind }
            .filter { seen.insert($0).inserted }
    }
}

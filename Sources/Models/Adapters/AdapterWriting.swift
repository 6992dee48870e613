import Checkpoints
import Tensors

extension Adapter {
    /// Writes the adapter as PEFT does, in Hugging Face's layout whatever container the model is in.
    /// - Parameters:
    ///   - checkpoint: the model that it is for.
    ///   - baseModel: what to call that; the checkpoint's path unless given.
    /// - Throws: `InputError` if a file cannot be written.
    package func write(to folder: String, for checkpoint: any Checkpoint, baseModel: String? = nil) throws {
        let (configuration, modules) = try AdapterModule.all(of: checkpoint)
        let layout = AdapterLayout(configuration)
        let stored = pairs.map { pair in
            (
                name: pair.module.name, a: pair.a,
                b: format == .gguf ? layout.inHuggingFace(pair.b, of: pair.module) : pair.b
            )
        }
        try AdapterFolder.write(
            stored, description(baseModel ?? checkpoint.path), targets: targets(among: modules), to: folder)
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

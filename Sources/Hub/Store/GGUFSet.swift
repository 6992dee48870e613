import Files

/// A GGUF file of a repository, or all files of a split one.
struct GGUFSet: Sendable {
    /// In order.
    let files: [NamedFile]
    /// The name without folder, number and extension.
    let stem: String
    /// What the name says of how the values are stored.
    let quantization: String?
    /// The path of a shard that is not there; `nil` if all are.
    let missing: String?

    /// The sets among `files`, in the order of their paths.
    static func sets(of files: [NamedFile]) -> [GGUFSet] {
        let found = files.filter { $0.path.lowercased().hasSuffix(".gguf") }
        let sets = Dictionary(grouping: found) { ShardName($0.path)?.name(ofShard: 1) ?? $0.path }
        return sets.sorted { $0.key < $1.key }.map { GGUFSet($0.value) }
    }

    /// - Precondition: `files` is not empty.
    private init(_ files: [NamedFile]) {
        let shards = files.map { (ShardName($0.path), $0) }
        self.files = shards.sorted { ($0.0?.number ?? 0) < ($1.0?.number ?? 0) }.map(\.1)
        let path = files[0].path
        let shard = ShardName(path)
        let name = (shard?.stem ?? String(path.dropLast(".gguf".count)))
        stem = name.split(separator: "/").last.map(String.init) ?? name
        quantization = QuantizationName.of(name)
        let present = Set(files.map(\.path))
        // A set cannot be longer than its folder: look no further than one past it.
        let wanted = shard.map { shard in (1...min(shard.count, files.count + 1)).map(shard.name(ofShard:)) } ?? []
        missing = wanted.first { !present.contains($0) }
    }

    /// Whether it goes along with a model without being one: the picture part, an importance matrix.
    var isCompanion: Bool {
        let name = stem.lowercased()
        return name.hasPrefix("mmproj") || name.contains("imatrix")
    }

    /// The quantization where it names only this one of `sets`, or else the path.
    func shortName(among sets: [GGUFSet]) -> String {
        let twins = sets.filter { !$0.isCompanion && $0.quantization == quantization }
        if let quantization, twins.count == 1 { return quantization }
        return files[0].path
    }
}

import Files

/// A GGUF checkpoint that another one is made from, with its metadata as the file holds them.
package struct GGUFSource: Sendable {
    package let checkpoint: any Checkpoint
    /// All keys of the first file but those that say how its bytes are laid out, in order.
    package let metadata: [(key: String, value: GGUFValue)]
    /// The files of the set.
    package let paths: [String]

    /// The metadata and files of `checkpoint`; `nil` if it is no GGUF file.
    package init?(_ checkpoint: any Checkpoint) {
        guard let checkpoint = checkpoint as? GGUFCheckpoint else { return nil }
        self.checkpoint = checkpoint
        paths = checkpoint.paths
        let first = checkpoint.first
        metadata = first.metadata.places.filter { !GGUFSource.isLayout($0.key) }.map { place in
            (place.key, first.file.withBytes(in: place.bytes) { .stored(place.type, Array($0)) })
        }
    }

    /// How a set is split, and what its tensors' places are multiples of: the new file has its own.
    private static func isLayout(_ key: String) -> Bool { key.hasPrefix("split.") || key == "general.alignment" }
}

extension [(key: String, value: GGUFValue)] {
    /// The keys with the values of `changes` in place of their own, new ones behind.
    package func changing(_ changes: [(key: String, value: GGUFValue)]) -> [(key: String, value: GGUFValue)] {
        let known = Set(map(\.key))
        let changed = map { pair in (pair.key, changes.first { $0.key == pair.key }?.value ?? pair.value) }
        return changed + changes.filter { !known.contains($0.key) }
    }
}

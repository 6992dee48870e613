import Files

/// A GGUF checkpoint that another one is made from, with its metadata as the file holds them.
package struct GGUFSource: Sendable {
    package let checkpoint: any Checkpoint
    /// All keys of the first file but those that say how its bytes are laid out, in order.
    package let metadata: [(key: String, value: GGUFValue)]
    /// The files of the set.
    package let paths: [String]

    /// Opens the file at `path`, with all others of its set.
    /// - Throws: `InputError` if there is no GGUF file, or it is broken.
    package init(path: String) throws {
        guard let checkpoint = try openCheckpoint(at: path) as? GGUFCheckpoint else {
            throw InputError(
                .unsupported, source: path, found: "found safetensors", expected: "a GGUF file",
                advice: "make one of it with llama.cpp's converter, or take the model's release in GGUF")
        }
        self.checkpoint = checkpoint
        paths = checkpoint.paths
        let first = checkpoint.first
        metadata = first.metadata.places.filter { !GGUFSource.isLayout($0.key) }.map { place in
            (place.key, first.file.withBytes(in: place.bytes) { .stored(place.type, Array($0)) })
        }
    }

    /// How a set is split, and what its tensors' places are multiples of: the new file has its own.
    private static func isLayout(_ key: String) -> Bool { key.hasPrefix("split.") || key == "general.alignment" }

    /// The metadata with the values of `changes` in place of their own, those of new keys behind.
    package func metadata(
        changing changes: [(key: String, value: GGUFValue)]
    ) -> [(key: String, value: GGUFValue)] {
        let known = Set(metadata.map(\.key))
        let changed = metadata.map { pair in (pair.key, changes.first { $0.key == pair.key }?.value ?? pair.value) }
        return changed + changes.filter { !known.contains($0.key) }
    }
}

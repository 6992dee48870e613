import Files

/// The files of a GGUF checkpoint: one, or the whole set that one of its files announces (`-00001-of-00003`).
struct GGUFShards {
    /// In order; the first holds the metadata.
    let files: [GGUFFile]

    /// Opens the file at `path` and those that belong to it.
    /// - Throws: `InputError` for a missing shard, or one that says it is another, and for broken files.
    init(path: String) throws {
        let file = try GGUFFile(MappedFile(path: path))
        let count = try GGUFShards.count(file, "split.count") ?? 1
        guard count > 1 else {
            self.files = [file]
            return
        }
        let (folder, name) = path.splitLastComponent()
        guard let shard = ShardName(name), shard.count == count else {
            throw GGUFShards.defect(
                .invalidValue, path, "split.count", "found one of \(count) files under the name \(name)",
                "a name that ends in -00001-of-\(count).gguf", "rename the files to what they were released as")
        }
        self.files = try (1...count).map { number in
            if number == shard.number { return file }
            let other = folder.appendingComponent(shard.name(ofShard: number))
            return try GGUFFile(GGUFShards.map(other, count: count))
        }
        try checkNumbers(count)
    }

    /// One file that stands for itself, for parsers' tests.
    init(single file: GGUFFile) { self.files = [file] }

    private static func map(_ path: String, count: Int) throws -> MappedFile {
        do {
            return try MappedFile(path: path)
        } catch let error as InputError {
            throw defect(
                .missing, path, "split.count", error.found, "all \(count) files of the split checkpoint in one folder",
                "download the missing file into the same folder")
        }
    }

    private func checkNumbers(_ count: Int) throws {
        let tensors = files.reduce(0) { $0 + $1.entries.count }
        for (index, file) in files.enumerated() {
            try GGUFShards.check(file, "split.no", index)
            try GGUFShards.check(file, "split.count", count)
            try GGUFShards.check(file, "split.tensors.count", tensors)
        }
    }

    private static func check(_ file: GGUFFile, _ key: String, _ expected: Int) throws {
        let value = try GGUFShards.count(file, key)
        guard value == expected else {
            throw defect(
                value == nil ? .missing : .invalidValue, file.path, key,
                "found \(value.map(String.init) ?? "no such key")", "\(expected)",
                "make sure that all files come from the same release")
        }
    }

    private static func count(_ file: GGUFFile, _ key: String) throws -> Int? {
        guard let value = file.fields[key] else { return nil }
        guard let count = value.integer, (0...1_000_000).contains(count) else {
            throw defect(
                .invalidValue, file.path, key, "found \(value.integer.map(String.init) ?? value.kindName)",
                "a number from 0 to 1000000", InputError.refetch)
        }
        return count
    }

    private static func defect(
        _ kind: InputError.Kind, _ path: String, _ key: String, _ found: String, _ expected: String, _ advice: String
    ) -> InputError {
        InputError(kind, source: path, field: key, found: found, expected: expected, advice: advice)
    }
}

import Files

/// The tensors of all files of a checkpoint, in order and by name.
struct TensorTable: Sendable {
    private(set) var entries: [TensorEntry] = []
    private var positions: [String: Int] = [:]

    /// Adds the tensors of one file.
    /// - Throws: `InputError.Kind.duplicate` if another file, or this one, already has a tensor of such a name.
    mutating func append(contentsOf added: [TensorEntry]) throws {
        for entry in added {
            if let earlier = positions.updateValue(entries.count, forKey: entry.name) {
                throw InputError(
                    .duplicate, source: entry.file, field: entry.name,
                    found: "found a tensor that \(entries[earlier].file) has too", expected: "every tensor once",
                    advice: "remove files that belong to another checkpoint, or fetch the checkpoint again")
            }
            entries.append(entry)
        }
    }

    /// The tensor called `name`. Constant time.
    func entry(named name: String) -> TensorEntry? { positions[name].map { entries[$0] } }
}

extension InputError {
    /// What to do about a damaged file.
    static let refetch = "download the file again, or make it again"

    /// The same error, saying which model the checkpoint calls itself, where its tensors' type is what stands in the way:
    /// a type that is unknown here usually means a generation that is.
    func naming(model: String?) -> InputError {
        guard kind == .unsupported, let model else { return self }
        return InputError(
            kind, source: source, field: field, offset: offset,
            found: "\(found), in a checkpoint whose model type is \(model)", expected: expected, advice: advice)
    }
}

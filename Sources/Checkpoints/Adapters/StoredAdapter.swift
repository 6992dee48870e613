import Files
import Tensors

/// An adapter in a file or folder: pairs of matrices under the names of what they are for, and how strong they are.
///
/// Opening one maps its file and reads headers; what its names mean is not known here.
package struct StoredAdapter: Sendable {
    /// The two matrices of one module, or of all experts of a layer, as stored.
    package struct Pair: Sendable {
        /// A module in Hugging Face's spelling ("model.layers.0.self_attn.q_proj"), or a tensor in GGUF's
        /// ("blk.0.attn_q.weight").
        package let name: String
        /// [r, inputs]; [experts, r, inputs] for experts in GGUF.
        package let a: TensorEntry
        /// [outputs, r]; [experts, outputs, r].
        package let b: TensorEntry
    }

    package let path: String
    /// Whose names and layout it has: PEFT's for released checkpoints, or llama.cpp's for GGUF.
    package let format: CheckpointFormat
    package let configuration: AdapterConfiguration
    /// In the order of the file's matrices A.
    package let pairs: [Pair]
    /// The files of the adapter.
    package let files: [String]

    /// Opens PEFT's folder, or the one that a file of it stands for, or llama.cpp's file.
    /// - Throws: `InputError` if there is none, a file is broken or missing, or it holds other tensors than pairs.
    package init(path: String) throws {
        if !FolderContent.exists(path), let file = try? MappedFile(path: path), GGUFFile.recognizes(file) {
            try self.init(GGUFFile(file))
        } else {
            try self.init(folder: path)
        }
    }

    init(
        path: String, format: CheckpointFormat, configuration: AdapterConfiguration, pairs: [Pair], files: [String]
    ) {
        (self.path, self.format, self.configuration) = (path, format, configuration)
        (self.pairs, self.files) = (pairs, files)
    }

    /// Brings the matrices of `entries` together.
    /// - Parameter part: the name of what a tensor is for, and whether it is A; `nil` for another tensor.
    static func pairs(
        _ entries: [TensorEntry], source: String, part: (String) -> (name: String, isA: Bool)?
    ) throws -> [Pair] {
        var (first, second) = ([(String, TensorEntry)](), [String: TensorEntry]())
        for entry in entries {
            guard let (name, isA) = part(entry.name) else { throw stray(entry) }
            if isA { first.append((name, entry)) } else { second[name] = entry }
        }
        let pairs = try first.map { name, a in
            guard let b = second.removeValue(forKey: name) else { throw lonely(a) }
            return Pair(name: name, a: a, b: b)
        }
        if let left = second.values.min(by: { $0.name < $1.name }) { throw lonely(left) }
        guard !pairs.isEmpty else {
            throw InputError(
                .missing, source: source, found: "found no tensors", expected: "pairs of an adapter",
                advice: "save the adapter again")
        }
        return pairs
    }

    private static func stray(_ entry: TensorEntry) -> InputError {
        InputError(
            .unsupported, source: entry.file, field: entry.name, found: "found a tensor that is no part of a pair",
            expected: "pairs of narrow matrices only", advice: "save the adapter as plain LoRA")
    }

    private static func lonely(_ entry: TensorEntry) -> InputError {
        InputError(
            .missing, source: entry.file, field: entry.name, found: "found one matrix of a pair without the other",
            expected: "A and B of each module", advice: "save the adapter again")
    }
}

import Checkpoints
import Files
import Models
import Tensors

/// A model that moves to another container, or to other types in the same.
package protocol Conversion {
    /// The checkpoint that is read.
    var path: String { get }
    /// The tensors that will be written, with the types that they will have.
    var tensors: [(name: String, shape: Shape, type: ElementType)] { get }
    /// Tensors of the checkpoint that have no place in the other container.
    var unused: [String] { get }
    /// Whether there is a vocabulary.
    var hasVocabulary: Bool { get }
    /// The files with tensors, and how large each is.
    var outputs: [(path: String, byteCount: Int)] { get }

    /// Writes what there is to write. `progress` is told the values done so far, after every piece; what it throws ends the
    /// work and keeps what is done for the next time.
    /// - Returns: tensors that were there from an earlier time.
    /// - Throws: `InputError` if something cannot be written or stored, or the source changes meanwhile; then nothing is left.
    func write(pool: ThreadPool, progress: (Int) throws -> Void) throws -> Int
}

extension Conversion {
    /// Values of all tensors.
    package var parameterCount: Int { tensors.reduce(0) { $0 + $1.shape.count } }
}

/// The conversion of the checkpoint at `source` to what `target` says: a GGUF file if it ends so, otherwise a folder.
/// - Parameters:
///   - adapter: what is added to the model's weights on the way.
///   - vocabulary: where the tokens come from, instead of the checkpoint's own.
///   - splitSize: the most bytes of a file's tensors; `nil` for one file.
/// - Throws: `InputError` for a checkpoint that is broken or does not fit its own description, a model that the container
///   cannot describe, a type that it does not have, and a target that is in the way.
package func makeConversion(
    from source: String, adding adapter: AdapterSource? = nil, to target: String, type: ConversionType,
    vocabulary: String? = nil, splitSize: Int? = nil
) throws -> any Conversion {
    let checkpoint = try openCheckpoint(at: source)
    let adapter = try adapter.map { try Adapter($0, for: checkpoint) }
    guard target.lowercased().hasSuffix(".gguf") else {
        return try FolderConversion(
            checkpoint, adapter: adapter, type: type, vocabulary: vocabulary, folder: target, limit: splitSize)
    }
    guard checkpoint.format != .gguf else {
        throw InputError(
            .unsupported, source: target, found: "found GGUF asked for from GGUF", expected: "another container",
            advice: "use `isobath quantize` to change types, or name a folder for safetensors")
    }
    return try GGUFConversion(
        checkpoint, adapter: adapter, type: type, vocabulary: vocabulary, path: target, limit: splitSize)
}

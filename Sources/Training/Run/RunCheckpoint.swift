import Checkpoints
import Files
import Foundation
import Models
import Tensors

/// Everything that the next step of a run depends on, as it lies on the disk.
///
/// The folder itself is a model in Hugging Face's layout, which every program opens; `training/` in it holds
/// what the optimizer and the objective remember, and the numbers that a run goes on from.
package struct RunCheckpoint {
    /// Steps that were done.
    package let step: Int
    /// Tokens that went through the model in them.
    package let tokens: Int
    /// Where the objective stood, as it encoded it.
    package let position: Data
    package let path: String

    private static let folder = "training"
    private static let stateName = "state.json"
    private static let memoryName = "memory.safetensors"
    private static let version = 1

    /// Reads the numbers of the checkpoint at `path`; tensors are read when they are asked for.
    /// - Throws: `InputError` if something is missing or damaged.
    package init(path: String) throws {
        self.path = path
        let file = "\(path)/\(Self.folder)/\(Self.stateName)"
        let state = try JSONParser.parse(MappedFile(path: file))
        guard state["version"]?.integer == Self.version, let step = state["step"]?.integer, step >= 0,
            let tokens = state["tokens"]?.integer, tokens >= 0, let position = state["position"]?.string
        else {
            throw InputError(
                .invalidValue, source: file, found: "found no state of a run",
                expected: "version \(Self.version) with step, tokens and position", advice: Self.advice)
        }
        (self.step, self.tokens, self.position) = (step, tokens, Data(position.utf8))
    }

    static let advice = "remove this checkpoint to go on from the one before it"

    /// The model, decoded to memory.
    package func model() throws -> TrainableCheckpoint { try TrainableCheckpoint(decoding: openCheckpoint(at: path)) }

    /// Writes what was saved beside the model into `memory`.
    /// - Throws: `InputError` if it belongs to another model, optimizer or objective, or is damaged.
    package func restore(_ memory: [(name: String, tensor: Tensor)]) throws {
        let file = try SafetensorsFile(MappedFile(path: "\(path)/\(Self.folder)/\(Self.memoryName)"))
        let saved = Dictionary(uniqueKeysWithValues: file.entries.map { ($0.name, $0.tensor) })
        guard saved.count == memory.count else { throw mismatch(file.path, "found \(saved.count) tensors", nil) }
        for (name, tensor) in memory {
            guard let source = saved[name], source.shape == tensor.shape, source.elementType == .f32 else {
                throw mismatch(file.path, "found none of that shape and type", name)
            }
            source.withFloats { values in
                tensor.withMutableFloats { _ = $0.update(fromContentsOf: values) }
            }
        }
    }

    private func mismatch(_ file: String, _ found: String, _ name: String?) -> InputError {
        InputError(
            .wrongShape, source: file, field: name, found: found, expected: "what this run remembers",
            advice: Self.advice)
    }

    /// Fills the folder at `path`.
    /// - Throws: `InputError` if something cannot be written.
    static func write(_ state: TrainingState, position: Data, documents: ModelDocuments, to path: String) throws {
        let inner = "\(path)/\(folder)"
        try RunFolder.make(inner)
        try writeTensors(state.model.tensors.map { ($0.name, $0.tensor) }, to: path + "/model.safetensors")
        for document in documents.files { try writeAtomically(document.bytes, to: "\(path)/\(document.name)") }
        try writeTensors(state.memory, to: "\(inner)/\(memoryName)")
        let numbers = JSONObject([
            ("version", .integer(version)), ("step", .integer(state.step)), ("tokens", .integer(state.tokens)),
            ("position", .string(String(decoding: position, as: UTF8.self))),
        ])
        try writeAtomically(Data(JSONValue.object(numbers).text.utf8), to: "\(inner)/\(stateName)")
        try RunFolder.synchronize(inner)
    }
}

/// Writes f32 tensors as a safetensors file.
/// - Throws: `InputError` if it cannot be written.
func writeTensors(_ tensors: [(name: String, tensor: Tensor)], to path: String) throws {
    let header = try SafetensorsHeader(
        tensors.map { .init(name: $0.name, shape: $0.tensor.shape, type: .f32) }, source: path)
    try writeAtomically(to: path, byteCount: header.fileByteCount) { file in
        try file.append(header.bytes)
        for (_, tensor) in tensors { try tensor.withFloats { try file.append(UnsafeRawBufferPointer($0)) } }
    }
}

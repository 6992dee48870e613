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
    /// What the guard against spikes remembers, encoded.
    private let spikes: Data
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
            let tokens = state["tokens"]?.integer, tokens >= 0, let position = state["position"]?.string,
            let spikes = state["guard"]?.string
        else {
            throw InputError(
                .invalidValue, source: file, found: "found no state of a run",
                expected: "version \(Self.version) with step, tokens, position and guard", advice: Self.advice)
        }
        (self.step, self.tokens) = (step, tokens)
        (self.position, self.spikes) = (Data(position.utf8), Data(spikes.utf8))
    }

    static let advice = "remove this checkpoint to go on from the one before it"

    /// The guard against spikes, as it stood.
    /// - Throws: `InputError` if it is none, or had other settings.
    func spikes(_ settings: SpikeGuard.Settings) throws -> SpikeGuard {
        let saved = try? JSONDecoder().decode(SpikeGuard.self, from: spikes)
        guard let saved, saved.settings == settings else {
            throw mismatch("\(path)/\(Self.folder)/\(Self.stateName)", "found no such state", "guard")
        }
        return saved
    }

    /// The model, decoded to memory.
    package func model() throws -> TrainableCheckpoint { try TrainableCheckpoint(decoding: openCheckpoint(at: path)) }

    /// Writes what was saved beside the model into `memory`.
    /// - Throws: `InputError` if it belongs to another model, optimizer or objective, or is damaged.
    package func restore(_ memory: [(name: String, tensor: Tensor)]) throws {
        let file = try SafetensorsFile(MappedFile(path: "\(path)/\(Self.folder)/\(Self.memoryName)"))
        let saved = Dictionary(uniqueKeysWithValues: file.entries.map { ($0.name, $0.tensor) })
        guard saved.count == memory.count else { throw mismatch(file.path, "found \(saved.count) tensors", nil) }
        for (name, tensor) in memory {
            guard let source = saved[name], source.shape == tensor.shape, source.elementType == tensor.elementType
            else {
                throw mismatch(file.path, "found none of that shape and type", name)
            }
            tensor.copyBytes(of: source)
        }
    }

    private func mismatch(_ file: String, _ found: String, _ name: String?) -> InputError {
        InputError(
            .wrongShape, source: file, field: name, found: found, expected: "what this run remembers",
            advice: Self.advice)
    }

    /// Fills the folder at `path`.
    /// - Throws: `InputError` if something cannot be written.
    static func write(_ state: TrainingState, position: Data, documents: ModelDocuments?, to path: String) throws {
        let inner = "\(path)/\(folder)"
        try RunFolder.make(inner)
        try state.model.write(to: path, documents: documents)
        try writeTensors(state.memory, to: "\(inner)/\(memoryName)")
        let numbers = JSONObject([
            ("version", .integer(version)), ("step", .integer(state.step)), ("tokens", .integer(state.tokens)),
            ("position", .string(String(decoding: position, as: UTF8.self))),
            ("guard", .string(String(decoding: try encoded(state.spikes), as: UTF8.self))),
        ])
        try writeAtomically(Data(JSONValue.object(numbers).text.utf8), to: "\(inner)/\(stateName)")
        try RunFolder.synchronize(inner)
    }

    private static func encoded(_ spikes: SpikeGuard) throws -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        return try encoder.encode(spikes)
    }
}

/// Writes tensors as a safetensors file.
/// - Throws: `InputError` if it cannot be written.
func writeTensors(_ tensors: [(name: String, tensor: Tensor)], to path: String) throws {
    let header = try SafetensorsHeader(
        tensors.map { .init(name: $0.name, shape: $0.tensor.shape, type: $0.tensor.elementType) }, source: path)
    try writeAtomically(to: path, byteCount: header.fileByteCount) { file in
        try file.append(header.bytes)
        for (_, tensor) in tensors { try tensor.withStoredBytes { try file.append($0) } }
    }
}

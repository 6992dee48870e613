import Files
import Tensors
import Tokenizers

/// A checkpoint as it lies on disk: named tensors, the fields that describe the model, and perhaps a vocabulary.
///
/// Opening one maps its files and reads their headers; no tensor data is read until it is used. A checkpoint is
/// validated when opened: every tensor it lists lies inside its file, has a known type and a shape that fits.
public protocol Checkpoint: Sendable {
    /// The file or folder, as given.
    var path: String { get }
    /// Which container this is, which decides the naming rules and the rotary layout.
    var format: CheckpointFormat { get }
    /// The fields that describe the model: `config.json`, or GGUF metadata as an object of the same kind of values.
    var fields: JSONObject { get }
    /// All tensors in the order of the files.
    var tensors: [TensorEntry] { get }
    /// The tensor called `name`; `nil` if there is none. Constant time.
    func entry(named name: String) -> TensorEntry?
    /// The declared vocabulary; `nil` where the checkpoint has none.
    /// - Throws: `InputError` if there is one and it is broken.
    func vocabulary() throws -> Vocabulary?
    /// The Jinja text of the chat template that the checkpoint declares; `nil` where it declares none.
    var chatTemplate: String? { get }
    /// `generation_config.json` where there is one, or what GGUF metadata says of it; an empty object otherwise.
    var generationFields: JSONObject { get }
}

/// The container of a checkpoint.
public enum CheckpointFormat: String, Sendable, Codable {
    case safetensors
    case gguf
}

/// One tensor of a checkpoint.
public struct TensorEntry: Sendable {
    /// The name under which the file lists it.
    public let name: String
    /// A view into the mapped file.
    public let tensor: Tensor
    /// The path of the file that holds it.
    public let file: String

    package init(name: String, tensor: Tensor, file: String) {
        self.name = name
        self.tensor = tensor
        self.file = file
    }
}

extension Checkpoint {
    /// Tells the system how the files are about to be read.
    package func expect(_ pattern: MappedFile.AccessPattern) {
        var seen: Set<ObjectIdentifier> = []
        for entry in tensors where seen.insert(ObjectIdentifier(entry.tensor.storage)).inserted {
            entry.tensor.storage.expect(pattern)
        }
    }
}

/// The name of a tensor with `*` for every number in it: the same for all layers and experts.
package func moduleName(ofTensor name: String) -> String {
    name.split(separator: ".").map { Int($0) == nil ? String($0) : "*" }.joined(separator: ".")
}

import Checkpoints
import Files
import Models
import Tensors
import Tokenizers

/// A model that begins with nothing learned, as a checkpoint in memory, in Hugging Face's layout.
///
/// Matrices are normal numbers of one deviation (DeepSeek-V3, arXiv 2412.19437 §4.2: 0.006), norms are 1, biases 0, and so
/// is the bias that balances experts. The numbers of a tensor depend on the seed and its name alone. Prediction layers
/// share the model's embedding and head (§2.2), which therefore stand in the checkpoint once.
package struct InitializedCheckpoint: Checkpoint {
    package let path: String
    package let fields: JSONObject
    package let tensors: [TensorEntry]
    package var format: CheckpointFormat { .safetensors }
    package var chatTemplate: String? { nil }
    package var generationFields: JSONObject { JSONObject() }
    private let positions: [String: Int]

    /// - Parameters:
    ///   - fields: of a `config.json`; what it leaves to defaults is written out in the checkpoint's.
    ///   - source: where they stand, for errors.
    /// - Throws: `InputError` if the fields describe no model.
    package init(_ fields: JSONObject, source: String, deviation: Double, seed: UInt64) throws {
        let configuration = try DecoderConfiguration(huggingFace: fields, source: source)
        path = source
        self.fields = try Self.complete(fields, configuration, source: source)
        tensors = configuration.tensors(of: .safetensors).map { specification in
            TensorEntry(
                name: specification.name, tensor: Self.values(specification, deviation: Float(deviation), seed: seed),
                file: source)
        }
        positions = Dictionary(uniqueKeysWithValues: tensors.enumerated().map { ($1.name, $0) })
    }

    package func entry(named name: String) -> TensorEntry? { positions[name].map { tensors[$0] } }
    package func vocabulary() throws -> Vocabulary? { nil }

    /// The fields that other programs expect, beside those that were given.
    private static func complete(
        _ fields: JSONObject, _ configuration: DecoderConfiguration, source: String
    ) throws -> JSONObject {
        let type = "float32"
        let all = try configuration.huggingFaceFields(JSONObject(), type: type, source: source).members
        let given = fields.members.filter { $0.key != "torch_dtype" && $0.key != "dtype" }
        return JSONObject(given + all.filter { field in !given.contains { $0.key == field.key } })
    }

    private static func values(_ specification: TensorSpecification, deviation: Float, seed: UInt64) -> Tensor {
        let (shape, role) = (specification.shape, specification.role)
        if role.isNorm || role.isBias {
            return Tensor([Float](repeating: role.isNorm ? 1 : 0, count: shape.count), shape: shape)
        }
        var numbers = NormalNumbers(seed: seed, name: specification.name)
        let tensor = Tensor(uninitialized: shape)
        tensor.withMutableFloats { values in
            for index in values.indices { values[index] = numbers.next() * deviation }
        }
        return tensor
    }
}

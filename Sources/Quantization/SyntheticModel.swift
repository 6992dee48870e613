import Checkpoints
import Files
import Models
import Tensors
import Tokenizers

/// A model with the shape of a released one and random weights: what it says is noise, what it costs is real.
///
/// Matrices are normal numbers of deviation 1 / √columns, which keeps activations where they are from layer to layer;
/// embeddings have deviation 1, so that what the layers add, much of it alike for all tokens of a context, does not drown
/// which token it is: that spreads tokens over the experts of a mixture. Norms are 1. The same arguments give the same bytes.
package struct SyntheticModel: Sendable {
    /// What the shape's layers are.
    package let configuration: DecoderConfiguration
    /// How the weights are stored.
    package private(set) var plan: QuantizationPlan

    let specifications: [TensorSpecification]
    private let fields: JSONObject
    private let name: String

    /// - Parameters:
    ///   - name: what the shape is called.
    ///   - fields: its `config.json`, as released or changed by `ShapeVariation`.
    /// - Throws: `InputError` for fields that describe no model, or one that GGUF cannot describe.
    package init(name: String, fields: JSONObject, source: String, recipe: Recipe) throws {
        self.name = name
        self.fields = fields
        configuration = try DecoderConfiguration(huggingFace: fields, source: source)
        specifications = configuration.ggufTensors
        plan = SyntheticModel.plan(recipe, configuration, specifications)
        _ = try configuration.ggufFields(fields, source: source)
    }

    /// The same model, stored by another recipe.
    package func stored(by recipe: Recipe) -> SyntheticModel {
        var model = self
        model.plan = SyntheticModel.plan(recipe, configuration, specifications)
        return model
    }

    private static func plan(
        _ recipe: Recipe, _ configuration: DecoderConfiguration, _ specifications: [TensorSpecification]
    ) -> QuantizationPlan {
        QuantizationPlan(
            recipe, configuration,
            tensors: specifications.map { .init(name: $0.name, shape: $0.shape, type: nil) })
    }

    /// The tensors and how each is stored.
    package var plans: [TensorPlan] {
        plan.entries.map { .init(name: $0.name, shape: $0.shape, type: $0.type) }
    }

    /// The header of a file of this model with `vocabulary`, for `path`.
    /// - Throws: `InputError` if the vocabulary is broken or larger than the shape's.
    package func header(vocabulary: Vocabulary, path: String) throws -> GGUFHeader {
        // Whatever is wrong with it should be known before it is in a file of many gigabytes.
        _ = try Tokenizer(vocabulary)
        let general: [(key: String, value: GGUFValue)] = [
            ("general.type", .string("model")), ("general.name", .string("\(name), random weights")),
            ("general.quantization_version", .count(2)), ("general.file_type", .count(plan.recipe.number)),
        ]
        let model = try configuration.ggufFields(fields, source: path)
        let tokens = try vocabulary.ggufFields(count: configuration.vocabularySize)
        return try GGUFHeader(metadata: model + general + tokens, tensors: plans, source: path)
    }

    /// Writes the file that `header` describes to `path`.
    ///
    /// `progress` is told the bytes written so far, after every piece; what it throws ends the work and leaves no file.
    package func write(
        _ header: GGUFHeader, to path: String, seed: UInt64, progress: (Int) throws -> Void
    ) throws {
        var source = RandomTensors(zip(specifications, header.tensors), configuration, seed: seed)
        try writeGGUF(header, to: path) { writer in
            for index in specifications.indices {
                try source.forEachPiece(ofTensor: index) { piece in
                    try writer.append(piece)
                    try progress(writer.byteCount)
                }
            }
        }
    }
}

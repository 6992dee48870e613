import Files
import Models
import Tensors

/// What a recipe makes of a model's tensors.
package struct QuantizationPlan: Sendable {
    /// One tensor, the type that it gets, and why.
    package struct Entry: Sendable, Equatable {
        package let name: String
        package let shape: Shape
        package let type: ElementType
        package let reason: String

        /// Bytes as stored.
        package var byteCount: Int { (type.byteCount(ofRowWithWidth: shape.width) ?? 0) * shape.rows }
    }

    package let recipe: Recipe
    package let entries: [Entry]
    /// Whether the model then fits the machines of the study that the recipes were compared in.
    package private(set) var fits: [MachineFit] = []

    /// Bytes of all tensors.
    package var byteCount: Int { entries.reduce(0) { $0 + $1.byteCount } }
    /// Values of all tensors.
    package var parameterCount: Int { entries.reduce(0) { $0 + $1.shape.count } }
    package var bitsPerWeight: Double { 8 * Double(byteCount) / Double(max(parameterCount, 1)) }

    /// A tensor as it is before.
    package struct Source: Sendable {
        package let name: String
        package let shape: Shape
        /// How it is stored; `nil` where only the shape is known.
        package let type: ElementType?

        package init(name: String, shape: Shape, type: ElementType?) {
            (self.name, self.shape, self.type) = (name, shape, type)
        }
    }

    /// What `recipe` makes of `tensors`, those of a model with that configuration.
    /// - Parameter hasImportance: whether an importance matrix covers a tensor.
    package init(
        _ recipe: Recipe, _ configuration: DecoderConfiguration, tensors: [Source],
        hasImportance: (String) -> Bool = { _ in false }
    ) {
        self.init(recipe, model: ModelFacts(configuration), tensors: tensors, hasImportance: hasImportance)
        fits = MachineFit.all(configuration, weightBytes: byteCount)
    }

    init(
        _ recipe: Recipe, model: ModelFacts, tensors: [Source], hasImportance: (String) -> Bool = { _ in false }
    ) {
        self.recipe = recipe
        entries = tensors.map { tensor in
            let (type, reason) = recipe.choice(for: tensor) {
                TensorFacts(
                    model, layer: layer(of: tensor.name), shape: tensor.shape, hasImportance: hasImportance(tensor.name)
                )
            }
            return Entry(name: tensor.name, shape: tensor.shape, type: type, reason: reason)
        }
    }
}

extension QuantizationPlan {
    /// What `recipe` makes of the model that a `config.json` describes.
    /// - Throws: `InputError` for fields that describe no model.
    package init(_ recipe: Recipe, shape fields: JSONObject, source: String) throws {
        self.init(recipe, try DecoderConfiguration(huggingFace: fields, source: source))
    }

    /// What `recipe` makes of a model of which only the configuration is known, as a GGUF file lists its tensors.
    package init(_ recipe: Recipe, _ configuration: DecoderConfiguration) {
        self.init(
            recipe, configuration,
            tensors: configuration.ggufTensors.map { Source(name: $0.name, shape: $0.shape, type: nil) })
    }
}

/// The N of `blk.N.…`.
private func layer(of name: String) -> Int? {
    guard name.hasPrefix("blk.") else { return nil }
    return Int(name.dropFirst(4).prefix { $0 != "." })
}

extension Recipe {
    /// The type for a tensor, and why it gets that.
    /// - Parameter facts: what conditions may ask, made only where one does.
    fileprivate func choice(
        for tensor: QuantizationPlan.Source, _ facts: () -> TensorFacts
    ) -> (ElementType, String) {
        if let kept = reasonToKeep(tensor) { return (tensor.type ?? .f32, kept) }
        let bytes = Array(tensor.name.utf8)
        let rule = rules.first { $0.fits(bytes, facts) }
        let wanted = rule?.type ?? type
        let reason = rule.map { $0.because ?? "a rule of \(name)" } ?? "what \(name) gives to most"
        let fitting = wanted.fitting(width: tensor.shape.width)
        guard fitting != wanted else { return (wanted, reason) }
        return (
            fitting,
            "\(reason): \(wanted.rawValue) wants rows of a multiple of \(wanted.valuesPerBlock), not \(tensor.shape.width)"
        )
    }

    /// Why a tensor stays as it is, if it does: only matrices of weights are quantized, and of these not what is small and
    /// decides much.
    private func reasonToKeep(_ tensor: QuantizationPlan.Source) -> String? {
        if tensor.type?.isReal == false { return "no real numbers" }
        if tensor.shape.rank < 2 { return "a vector" }
        if !tensor.name.hasSuffix(".weight") { return "no weight" }
        if tensor.name.hasSuffix("_norm.weight") { return "a norm" }
        if tensor.name.hasSuffix("ffn_gate_inp.weight") { return "a router" }
        return nil
    }
}

extension Recipe.Rule {
    fileprivate func fits(_ name: [UInt8], _ facts: () -> TensorFacts) -> Bool {
        patterns.contains { $0.fits(name) } && (condition?.holds(facts()) ?? true)
    }
}

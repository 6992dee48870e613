import Checkpoints
import Models
import Tensors

/// What a recipe's conditions may ask of a model and of a tensor; every answer is a whole number, and yes is 1.
struct TensorFacts: Sendable {
    private let values: [String: Int]

    /// All that can be asked.
    static let names = [
        "layer", "layers", "mixtureLayer", "mixtureLayers", "experts", "sharing", "tied", "importance", "llama",
        "qwen2",
        "width", "rows",
    ]

    subscript(name: String) -> Int? { values[name] }

    /// - Parameters:
    ///   - layer: the tensor's layer; `nil` outside of layers.
    ///   - hasImportance: whether an importance matrix covers the tensor.
    init(_ model: ModelFacts, layer: Int?, shape: Shape, hasImportance: Bool) {
        values = [
            "layer": layer ?? 0, "layers": model.layerCount, "mixtureLayer": (layer ?? 0) - model.firstMixtureLayer,
            "mixtureLayers": model.mixtureLayerCount, "experts": model.expertCount, "sharing": model.sharing,
            "tied": model.tiesEmbeddings ? 1 : 0, "importance": hasImportance ? 1 : 0,
            "llama": model.architecture == "llama" ? 1 : 0, "qwen2": model.architecture == "qwen2" ? 1 : 0,
            "width": shape.width, "rows": shape.rows,
        ]
    }
}

/// What recipes may know of a whole model.
package struct ModelFacts: Sendable, Equatable {
    /// The value of `general.architecture`.
    package let architecture: String
    /// Layers, those that predict further tokens included.
    package let layerCount: Int
    package let firstMixtureLayer: Int
    /// Main layers from the first mixture on; 0 for dense models.
    package let mixtureLayerCount: Int
    package let expertCount: Int
    /// Query heads that share a key head, as llama.cpp's files count them: all that share a latent.
    package let sharing: Int
    package let tiesEmbeddings: Bool
}

extension ModelFacts {
    package init(_ configuration: DecoderConfiguration) {
        architecture = configuration.family.ggufArchitecture
        layerCount = configuration.layerCount + configuration.predictionLayerCount
        firstMixtureLayer = configuration.mixture?.firstLayer ?? 0
        mixtureLayerCount = configuration.mixture.map { configuration.layerCount - $0.firstLayer } ?? 0
        expertCount = configuration.mixture?.expertCount ?? 0
        tiesEmbeddings = configuration.tiesEmbeddings
        switch configuration.attention {
        case .grouped(let grouped): sharing = grouped.headCount / grouped.keyValueHeadCount
        case .latent: sharing = configuration.attention.headCount
        }
    }
}

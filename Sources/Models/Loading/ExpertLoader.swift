import Checkpoints
import Files
import Tensors

/// Finds the routed experts of all layers and decides where they are: in the mapped file, or in a store with bounds.
struct ExpertLoader {
    let configuration: DecoderConfiguration
    let loader: WeightLoader
    /// The layers that have experts, prediction layers included.
    let layers: [Int]

    private static let roles: [TensorRole] = [.expertGate, .expertUp, .expertDown]

    init(_ configuration: DecoderConfiguration, _ loader: WeightLoader) {
        self.configuration = configuration
        self.loader = loader
        let all = Array(0..<configuration.layerCount) + loader.predictionLayers(configuration)
        self.layers = all.filter(configuration.isMixture(layer:))
    }

    /// Where each layer's experts are, and the store, if there is one.
    /// - Parameter memory: the most bytes for experts; `nil` to leave them in the mapped file.
    func sources(
        memory: Int?, _ open: ExpertStore.Opener
    ) throws -> (sources: [Int: ExpertSource], store: ExpertStore?) {
        guard let mixture = configuration.mixture else { return ([:], nil) }
        let weights = try layers.map { try self.weights(mixture, layer: $0) }
        let store = try memory.flatMap {
            try ExpertStore(weights, perToken: mixture.expertsPerToken, budget: $0, open: open)
        }
        var sources: [Int: ExpertSource] = [:]
        for (place, layer) in layers.enumerated() {
            sources[layer] = store.map { .stored($0, layer: place) } ?? .mapped(weights[place])
        }
        return (sources, store)
    }

    private func weights(_ mixture: MixtureConfiguration, layer: Int) throws -> ExpertWeights {
        let (hidden, inner) = (configuration.hiddenSize, mixture.expertSize)
        func experts(_ role: TensorRole, rows: Int, columns: Int) throws -> [Weight] {
            try loader.experts(role, layer: layer, count: mixture.expertCount, rows: rows, columns: columns)
        }
        return ExpertWeights(
            gates: try experts(.expertGate, rows: inner, columns: hidden),
            ups: try experts(.expertUp, rows: inner, columns: hidden),
            downs: try experts(.expertDown, rows: hidden, columns: inner))
    }

    /// Asks the system to read everything but the experts, which every token needs: piece by piece, as single pages are
    /// touched, it would either wait for each or read what lies around it, which is experts.
    func expectTheRestSoon() {
        var others = Set(layers.flatMap { layer in ExpertLoader.roles.flatMap { names(of: $0, layer: layer) } })
        // Of the table of embeddings a token needs one row.
        if !configuration.tiesEmbeddings { others.insert(loader.names.name(.embedding)) }
        for entry in loader.checkpoint.tensors where !others.contains(entry.name) { entry.tensor.expectSoon() }
    }

    private func names(of role: TensorRole, layer: Int) -> [String] {
        if loader.names.stacksExperts { return [loader.names.name(role, layer: layer)] }
        let count = configuration.mixture?.expertCount ?? 0
        return (0..<count).map { loader.names.name(role, layer: layer, expert: $0) }
    }
}

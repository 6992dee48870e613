import Checkpoints
import Files
import Models
import Tensors

/// What a checkpoint is and what it needs, in numbers: `isobath inspect`.
public struct ModelReport: Sendable, Codable, Equatable {
    /// The checkpoint's path.
    public var path: String
    /// Its container.
    public var format: String
    /// The generation it belongs to.
    public var family: String
    /// Main decoder layers.
    public var layers: Int
    /// Width of the residual stream.
    public var hiddenSize: Int
    /// Tokens.
    public var vocabularySize: Int
    /// The longest sequence that the model was made for.
    public var contextLength: Int
    /// Kind and sizes of the attention, in words.
    public var attention: String
    /// The mixture of experts, in words; `nil` for dense models.
    public var experts: String?
    /// Multi-token-prediction layers.
    public var predictionLayers: Int
    /// All parameters, prediction layers included.
    public var parameters: Int
    /// Parameters that take part in one token: all but the experts that are not chosen.
    public var activeParameters: Int
    /// Bytes of all tensors.
    public var bytes: Int
    /// Bits of all tensors for each parameter.
    public var bitsPerWeight: Double
    /// Bytes of keys and values for each token.
    public var cacheBytesPerToken: Int
    /// How the cache keeps them.
    public var cacheElementType: String
    /// Bytes of the tensors and of a full context, and what the program itself needs, roughly.
    public var memoryNeeded: Int
    /// Tensors of each element type.
    public var elementTypes: [String: Int]
    /// The chat template's name; "unknown" for one that is none of the family's.
    public var chatTemplate: String?
    /// The rule that cuts text into pieces.
    public var preTokenizer: String?
}

extension LanguageModel {
    /// How many weights of each element type the decoder uses.
    package var weightCounts: [String: Int] {
        checkpoint.tensors.reduce(into: [:]) { counts, entry in
            counts[entry.tensor.elementType.rawValue, default: 0] += 1
        }
    }

    /// What the model is and needs.
    public func report() -> ModelReport {
        let sizes = ParameterCount(checkpoint, configuration)
        let bytes = checkpoint.tensors.reduce(0) { $0 + $1.tensor.byteCount }
        let cache = pool.layout.bytesPerToken
        return ModelReport(
            path: path, format: checkpoint.format.rawValue, family: configuration.family.rawValue,
            layers: configuration.layerCount, hiddenSize: configuration.hiddenSize,
            vocabularySize: configuration.vocabularySize, contextLength: configuration.contextLength,
            attention: configuration.attention.summary, experts: configuration.mixture?.summary,
            predictionLayers: configuration.predictionLayerCount, parameters: sizes.total,
            activeParameters: sizes.active, bytes: bytes,
            bitsPerWeight: Double(bytes) * 8 / Double(max(sizes.total, 1)),
            cacheBytesPerToken: cache, cacheElementType: settings.cacheElementType.rawValue,
            memoryNeeded: bytes + cache * contextLength + ModelReport.programBytes, elementTypes: weightCounts,
            chatTemplate: chatTemplate?.name ?? (declaresUnknownTemplate ? "unknown" : nil),
            preTokenizer: tokenizer?.preTokenizerKind.rawValue)
    }
}

extension ModelReport {
    /// Activations, tokenizer and code: a rough allowance.
    static let programBytes = 100 << 20
}

/// Parameters of a checkpoint, and those of them that one token meets.
private struct ParameterCount {
    var total = 0
    var active = 0

    init(_ checkpoint: any Checkpoint, _ configuration: DecoderConfiguration) {
        for entry in checkpoint.tensors where !entry.isAuxiliary {
            let count = entry.tensor.shape.count
            total += count
            // Prediction layers take part in drafting only.
            if entry.layer.map({ $0 >= configuration.layerCount }) ?? false { continue }
            guard let mixture = configuration.mixture, entry.isRoutedExpert else {
                active += count
                continue
            }
            active += count / mixture.expertCount * mixture.expertsPerToken
            remainder += count % mixture.expertCount * mixture.expertsPerToken
        }
        if let mixture = configuration.mixture { active += remainder / mixture.expertCount }
    }

    private var remainder = 0
}

extension TensorEntry {
    /// Scales and tables that are no parameters of the model.
    package var isAuxiliary: Bool { name.hasSuffix("_scale_inv") || name == "rope_freqs.weight" }

    /// One expert of a mixture, or all of a layer's in one tensor; the shared experts are none.
    package var isRoutedExpert: Bool {
        name.contains(".mlp.experts.") || name.contains("_exps.")
    }

    /// The layer in the name: "model.layers.12.…" or "blk.12.…".
    package var layer: Int? {
        let parts = name.split(separator: ".")
        guard let place = parts.firstIndex(where: { $0 == "layers" || $0 == "blk" }), place + 1 < parts.count else {
            return nil
        }
        return Int(parts[place + 1])
    }
}

extension AttentionConfiguration {
    fileprivate var summary: String {
        switch self {
        case .grouped(let grouped):
            "\(grouped.headCount) heads of \(grouped.headSize), \(grouped.keyValueHeadCount) key-value heads"
        case .latent(let latent):
            "latent: \(latent.headCount) heads of \(latent.contentSize) + \(latent.rotarySize), rank \(latent.latentRank)"
        }
    }
}

extension MixtureConfiguration {
    fileprivate var summary: String {
        let shared = sharedSize / max(expertSize, 1)
        let groups = groupCount > 1 ? ", from \(groupsPerToken) of \(groupCount) groups" : ""
        return "\(expertsPerToken) of \(expertCount)\(groups), and \(shared) shared, \(scoring.rawValue) router"
    }
}

/// One tensor of a checkpoint, for lists.
public struct TensorReport: Sendable, Codable, Equatable {
    /// The name under which the file lists it.
    public var name: String
    /// How its values are stored.
    public var elementType: String
    /// Its extents, outermost first.
    public var shape: [Int]
    /// Its size.
    public var bytes: Int
}

extension LanguageModel {
    /// All tensors in the order of the files.
    public func tensorReports() -> [TensorReport] {
        checkpoint.tensors.map { entry in
            TensorReport(
                name: entry.name, elementType: entry.tensor.elementType.rawValue, shape: entry.tensor.shape.array,
                bytes: entry.tensor.byteCount)
        }
    }
}

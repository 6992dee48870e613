import Files
import Foundation
import Models
import TestSupport
import Testing

/// One of the released `config.json` files under `Tests/Fixtures/models`.
struct ReleasedConfiguration: Sendable, CustomTestStringConvertible {
    static let all: [ReleasedConfiguration] = {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: Fixture.path("models"))) ?? []
        return names.filter { $0.hasSuffix(".json") }.sorted().compactMap { try? ReleasedConfiguration($0) }
    }()

    let name: String
    let fields: JSONObject
    /// What is known of the model; no part of the released file.
    let specification: JSONObject

    var testDescription: String { name }

    init(_ file: String) throws {
        let whole = try #require(try JSONParser.parse(try MappedFile(path: Fixture.path("models/" + file))).object)
        self.name = file.replacing(".json", with: "")
        self.fields = JSONObject(whole.members.filter { $0.key != "_spec" })
        self.specification = try #require(whole["_spec"]?.object)
    }

    func configuration() throws -> DecoderConfiguration {
        try DecoderConfiguration(huggingFace: fields, source: name + ".json")
    }
}

/// How many parameters a model of a configuration has: from the layers' shapes, without any checkpoint.
struct ParameterCount: Equatable {
    /// All but those of prediction layers.
    var total = 0
    /// What one token meets, the rows of the embedding table aside.
    var active = 0

    init(_ model: DecoderConfiguration) {
        let table = model.vocabularySize * model.hiddenSize
        total = table
        add(model.hiddenSize)
        if model.tiesEmbeddings { active += table } else { add(table) }
        for layer in 0..<model.layerCount {
            add(2 * model.hiddenSize + ParameterCount.attention(model))
            if model.isMixture(layer: layer), let mixture = model.mixture {
                add(mixture, width: model.hiddenSize)
            } else {
                add(3 * model.hiddenSize * model.feedForwardSize)
            }
        }
    }

    private mutating func add(_ count: Int, active activeCount: Int? = nil) {
        total += count
        active += activeCount ?? count
    }

    private mutating func add(_ mixture: MixtureConfiguration, width: Int) {
        add(mixture.expertCount * width)
        // The bias picks and takes no part in the sum: a parameter, but no active one.
        if mixture.hasSelectionBias { add(mixture.expertCount, active: 0) }
        add(3 * width * mixture.sharedSize)
        let expert = 3 * width * mixture.expertSize
        add(mixture.expertCount * expert, active: mixture.expertsPerToken * expert)
    }

    private static func attention(_ model: DecoderConfiguration) -> Int {
        let width = model.hiddenSize
        switch model.attention {
        case .grouped(let grouped):
            let (queries, keys) = (grouped.headCount * grouped.headSize, grouped.keyValueHeadCount * grouped.headSize)
            let biases = (grouped.hasInputBias ? queries + 2 * keys : 0) + (grouped.hasOutputBias ? width : 0)
            return 2 * width * (queries + keys) + biases + (grouped.normalizesHeads ? 2 * grouped.headSize : 0)
        case .latent(let latent):
            let query = latent.headCount * (latent.contentSize + latent.rotarySize)
            let queries = latent.queryRank.map { $0 * (width + 1 + query) } ?? width * query
            let keys =
                width * (latent.latentRank + latent.rotarySize) + latent.latentRank
                + latent.latentRank * latent.headCount * (latent.contentSize + latent.valueSize)
            return queries + keys + latent.headCount * latent.valueSize * width
        }
    }
}

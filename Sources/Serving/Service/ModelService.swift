import Files
import Logging
import Synchronization

/// What all requests share: the models, the settings, the counts.
package final class ModelService: Sendable {
    package let settings: ServerSettings
    /// Where further models come from; `nil` where only those that were named are served.
    let supply: ModelSupply?
    let logger: Logger
    let version: String
    let metrics = ServerMetrics()
    /// Who is connected.
    let presences = ClientPresences()
    private let served: Mutex<[OpenModel]>
    private let closing = Mutex(false)
    private let document: JSONValue

    /// - Throws: `InputError` if there is no model, or two have the same name.
    package init(
        _ models: [OpenModel], _ settings: ServerSettings, supply: ModelSupply? = nil, version: String, logger: Logger
    ) throws {
        served = Mutex(models)
        self.settings = settings
        self.supply = supply
        self.version = version
        self.logger = logger
        document = OpenAPIDocument.value(
            Endpoint.all, models: models.map(\.id), version: version, needsKey: !settings.keys.isEmpty)
        if let twice = Dictionary(grouping: models, by: \.id).first(where: { $1.count > 1 })?.key {
            throw InputError(
                .duplicate, source: "command line", field: "MODEL", found: "found two models of the name \(twice)",
                expected: "a name of its own for each", advice: "name one with NAME=PATH")
        }
    }

    /// The models that are served, the first of which answers those who name none.
    package var models: [OpenModel] { served.withLock { $0 } }

    /// Serves `model` as well from now on; one of the same name keeps its place.
    func add(_ model: OpenModel) {
        let all = served.withLock { served in
            if !served.contains(where: { $0.id == model.id }) { served.append(model) }
            return served
        }
        supply?.onChange(all)
    }

    /// The model of this name; the first where it is `nil`.
    /// - Throws: `APIError` if there is none.
    func model(named name: String?) throws -> OpenModel {
        let models = models
        if name == nil, let first = models.first { return first }
        // Ollama's clients write a tag behind the name.
        let plain = name.map { $0.hasSuffix(":latest") ? String($0.dropLast(":latest".count)) : $0 } ?? ""
        if let found = models.first(where: { $0.id == plain }) { return found }
        let names = models.map(\.id).joined(separator: ", ")
        throw APIError(
            .missing, "There is no model “\(printable(plain, limit: 100))” here; there is \(names).", field: "model")
    }

    /// Whether the server is about to stop.
    var isClosing: Bool { closing.withLock { $0 } }

    /// Takes no new requests from now on.
    func close() { closing.withLock { $0 = true } }

    /// The OpenAPI document.
    var description: JSONValue { document }
}

extension Endpoint {
    /// Everything that can be asked of the server, but for the page.
    static let all: [Endpoint] = [
        chat, completions, responses, embeddings, models, model, messages, messageCount, ollamaChat, ollamaGenerate,
        ollamaTags, ollamaProcesses, ollamaShow, ollamaPull, ollamaEmbed, ollamaVersion, infill, tokenize, detokenize,
        tokenizerInfo, applyTemplate, health, ready, metrics, description,
    ]
}

import Files
import Foundation
import Generation

extension Endpoint {
    /// `/api/tags`.
    static let ollamaTags = Endpoint.get("/api/tags", .ollama, "List the models", .json(OllamaShapes.list)) { call in
        .json(["models": .array(call.service.models.map { .object($0.ollamaEntry) })])
    }

    /// `/api/ps`.
    static let ollamaProcesses = Endpoint.get(
        "/api/ps", .ollama, "List the models that are open", .json(OllamaShapes.list)
    ) { call in
        let entries = call.service.models.map { model -> JSONValue in
            .object(
                model.ollamaEntry.merging([
                    "expires_at": "9999-12-31T23:59:59Z", "size_vram": 0,
                    "context_length": .integer(model.model.contextLength),
                ]))
        }
        return .json(["models": .array(entries)])
    }

    /// `/api/show`.
    static let ollamaShow = Endpoint.post(
        "/api/show", .ollama, "Describe a model", OllamaShapes.show, .json(OllamaShapes.shown)
    ) { call in
        let name = call.body.given("model")?.string ?? call.body.given("name")?.string
        return .json(try call.service.model(named: name).ollamaDescription)
    }

    /// `/api/version`.
    static let ollamaVersion = Endpoint.get(
        "/api/version", .ollama, "Tell the program's version", .json(.object([.required("version", .text)]))
    ) { call in .json(["version": .string(call.service.version)]) }

    /// `/api/embed`.
    static let ollamaEmbed = Endpoint.post(
        "/api/embed", .ollama, "Turn texts into vectors", OllamaShapes.embed, .json(OllamaShapes.embedded)
    ) { call in
        let model = try call.service.model(named: call.body.given("model")?.string)
        let input = call.body["input"]
        let texts = input?.string.map { [$0] } ?? input?.array?.compactMap(\.string) ?? []
        let prompts = try texts.map { try model.tokens(of: .text($0), parsingSpecial: false) }
        let vectors = try await call.embed(prompts, pooling: nil, model)
        let size = call.body.given("dimensions")?.integer
        return .json([
            "model": .string(model.id),
            "embeddings": .array(vectors.map { .array($0.shortened(to: size).map { .decimal($0) }) }),
            "prompt_eval_count": .integer(prompts.reduce(0) { $0 + $1.count }),
        ])
    }
}

extension OpenModel {
    private var details: JSONValue {
        [
            "parent_model": "", "format": .string(report.format), "family": .string(report.family),
            "families": [.string(report.family)],
            "parameter_size": .string(OpenModel.size(report.parameters)),
            "quantization_level": .string(report.elementTypes.max { $0.value < $1.value }?.key ?? ""),
        ]
    }

    fileprivate var ollamaEntry: JSONObject {
        JSONObject([
            ("name", .string(id)), ("model", .string(id)),
            ("modified_at", .string(Date(timeIntervalSince1970: Double(created)).ISO8601Format())),
            ("size", .integer(report.bytes)), ("digest", .string(identity)), ("details", details),
        ])
    }

    fileprivate var ollamaDescription: JSONValue {
        var capabilities: [JSONValue] = ["completion", "embedding"]
        if template?.takesTools == true { capabilities.append("tools") }
        if template?.thoughtEnd != nil { capabilities.append("thinking") }
        if fillsGaps { capabilities.append("insert") }
        return [
            "modelfile": "", "parameters": "", "template": .string(template?.name ?? ""), "details": details,
            "model_info": [
                "general.architecture": .string(report.family),
                "general.parameter_count": .integer(report.parameters),
                "\(report.family).context_length": .integer(model.contextLength),
                "\(report.family).embedding_length": .integer(report.hiddenSize),
                "\(report.family).block_count": .integer(report.layers),
            ],
            "capabilities": .array(capabilities),
        ]
    }

    /// A number of parameters as people say it: "1.5B".
    private static func size(_ count: Int) -> String {
        let (value, unit) = count >= 1_000_000_000 ? (Double(count) / 1e9, "B") : (Double(count) / 1e6, "M")
        return String(format: "%.1f", value) + unit
    }
}

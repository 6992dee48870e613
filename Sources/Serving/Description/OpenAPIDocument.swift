import Files
import HTTPTypes

/// Describes the server's endpoints as an OpenAPI 3.1 document.
struct OpenAPIDocument {
    private var shapes: ShapeDocument

    /// The document of `endpoints` over `models`.
    static func value(
        _ endpoints: [Endpoint], models: [String], version: String, needsKey: Bool
    ) -> JSONValue {
        var document = OpenAPIDocument(shapes: ShapeDocument(models: models))
        var paths: [(key: String, value: JSONValue)] = []
        for endpoint in endpoints {
            let operation = document.operation(endpoint)
            let method = endpoint.method.rawValue.lowercased()
            if let place = paths.firstIndex(where: { $0.key == endpoint.path }) {
                let members = (paths[place].value.object?.members ?? []) + [(key: method, value: operation)]
                paths[place].value = .object(JSONObject(members))
            } else {
                paths.append((key: endpoint.path, value: .object(JSONObject([(key: method, value: operation)]))))
            }
        }
        return .present([
            "openapi": "3.1.0",
            "info": [
                "title": "Isobath", "version": .string(version),
                "description": "DeepSeek models behind the interfaces of OpenAI, Anthropic and Ollama.",
            ],
            "paths": .object(JSONObject(paths)),
            "components": [
                "schemas": .object(JSONObject(document.shapes.components)),
                "securitySchemes": ["key": ["type": "http", "scheme": "bearer"]],
            ],
            "security": needsKey ? [["key": []]] : nil,
        ])
    }

    private mutating func operation(_ endpoint: Endpoint) -> JSONValue {
        let parameter = endpoint.pathParts.parameter.map { name -> JSONValue in
            ["name": .string(name), "in": "path", "required": true, "schema": ["type": "string", "minLength": 1]]
        }
        return .present([
            "summary": .string(endpoint.summary),
            "operationId": .string(OpenAPIDocument.identifier(endpoint)),
            "parameters": parameter.map { [$0] },
            "requestBody": endpoint.body.map {
                ["required": true, "content": ["application/json": ["schema": shapes.schema($0)]]]
            },
            "responses": .object(JSONObject(responses(endpoint))),
            "security": endpoint.isOpen ? [] : nil,
        ])
    }

    /// The good answer, and those failures that every endpoint of its kind can have.
    private mutating func responses(_ endpoint: Endpoint) -> [(key: String, value: JSONValue)] {
        let error: JSONValue = content("application/json", endpoint.interface.errorShape)
        var responses = [(key: "200", value: answer(endpoint.answer))]
        func add(_ status: String, _ words: String) {
            responses.append(
                (key: status, value: ["description": .string(words), "content": error]))
        }
        if endpoint.body != nil {
            add("400", "The request is wrong; the sentence says where.")
            add("408", "The body did not come in time.")
            add("413", "The body is too large.")
            add("429", "Too many requests wait already; Retry-After says when to ask again.")
        }
        if endpoint.body != nil || endpoint.pathParts.parameter != nil { add("404", "There is no such model.") }
        if !endpoint.isOpen { add("401", "The key is missing or wrong.") }
        add("403", "The host name or the page's origin is not one that is answered.")
        add("503", "The server is about to stop.")
        return responses
    }

    private mutating func answer(_ answer: Endpoint.Answer) -> JSONValue {
        switch answer {
        case .json(let shape): return ["description": "The answer.", "content": content("application/json", shape)]
        case .text(let type):
            return [
                "description": "The answer.",
                "content": .object(JSONObject([(key: type, value: ["schema": ["type": "string"]])])),
            ]
        case .jsonOrStream(let shape, let format):
            let whole = content("application/json", shape).object ?? JSONObject()
            let stream = (key: format.mediaType, value: ["schema": OpenAPIDocument.event(format)] as JSONValue)
            return [
                "description": "The answer, whole or as events.",
                "content": .object(JSONObject(whole.members + [stream])),
            ]
        }
    }

    /// One event of a stream.
    private static func event(_ format: StreamFormat) -> JSONValue {
        guard format == .serverSentEvents else { return ["type": "string"] }
        return [
            "type": "object", "properties": ["event": ["type": "string"], "data": ["type": "string"]],
            "required": ["data"],
        ]
    }

    private mutating func content(_ type: String, _ shape: Shape) -> JSONValue {
        .object(JSONObject([(key: type, value: ["schema": shapes.schema(shape)])]))
    }

    private static func identifier(_ endpoint: Endpoint) -> String {
        let words = endpoint.path.split { !$0.isLetter && !$0.isNumber }
        return ([endpoint.method.rawValue.lowercased()] + words.map(String.init)).joined(separator: "_")
    }
}

import Files

extension Endpoint {
    private static let modelShape: Shape = .named(
        "Model",
        .object([
            .required("id", .text), .required("object", .string(among: ["model"])), .required("created", .count),
            .required("owned_by", .text), .required("context_length", .count),
            .optional("examples", .array(.text), "Questions to begin with, of models that come with the program."),
        ]))

    /// `/v1/models`.
    static let models = Endpoint.get(
        "/v1/models", .openAI, "List the models",
        .json(
            .object([.required("object", .string(among: ["list"])), .required("data", .array(modelShape))]))
    ) { call in
        .json(["object": "list", "data": .array(call.service.models.map(\.description))])
    }

    /// `/v1/models/{model}`.
    static let model = Endpoint.get("/v1/models/{model}", .openAI, "Describe a model", .json(modelShape)) { call in
        .json(try call.service.model(named: call.parameter).description)
    }
}

extension OpenModel {
    fileprivate var description: JSONValue {
        let fields: [(key: String, value: JSONValue)] = [
            ("id", .string(id)), ("object", "model"), ("created", .integer(created)), ("owned_by", "isobath"),
            ("context_length", .integer(model.contextLength)),
        ]
        let offered =
            examples.isEmpty ? [] : [(key: "examples", value: JSONValue.array(examples.map(JSONValue.string)))]
        return .object(JSONObject(fields + offered))
    }
}

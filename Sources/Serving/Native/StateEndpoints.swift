import Files

extension Endpoint {
    private static let stateShape: Shape = .object([.required("status", .string(among: ["ok"]))])

    /// `/health`: the process answers.
    static let health = Endpoint.get(
        "/health", .native, "Tell that the server runs", .json(stateShape), isOpen: true
    ) { _ in .json(["status": "ok"]) }

    /// `/ready`: it takes requests.
    static let ready = Endpoint.get(
        "/ready", .native, "Tell whether the server takes requests", .json(stateShape), isOpen: true
    ) { call in
        guard !call.service.isClosing else { throw APIError(.closing, "The server is about to stop.") }
        return .json(["status": "ok"])
    }

    /// `/metrics`, for Prometheus.
    static let metrics = Endpoint.get(
        "/metrics", .native, "Give figures in Prometheus' text form", .text("text/plain")
    ) { call in
        .bytes(Array(call.service.metricsText().utf8), type: "text/plain; version=0.0.4; charset=utf-8")
    }

    /// `/openapi.json`.
    static let description = Endpoint.get(
        "/openapi.json", .native, "Describe all of this", .json(.anyObject), isOpen: true
    ) { call in .json(call.service.description) }
}

import Files
import Hub

extension Endpoint {
    /// `/api/pull`: brings a model into the store and serves it under the name that the store gives it.
    ///
    /// Who may ask fills the disk, so that a server which strangers reach without a key brings nothing.
    static let ollamaPull = Endpoint.post(
        "/api/pull", .ollama, "Bring a model from a hub, and serve it", OllamaShapes.pull,
        .jsonOrStream(OllamaShapes.pullStatus, .lines)
    ) { call in
        let (supply, reference) = try call.pulled()
        let service = call.service
        let events = supply.store.pull(reference, options: supply.options)
        guard call.body.given("stream")?.boolean ?? true else {
            for try await event in events { try service.note(event, supply) }
            return .json(["status": "success"])
        }
        return .stream(.lines) { sink in
            for try await event in events {
                try service.note(event, supply)
                for line in event.lines { try await sink.send(line) }
            }
        }
    }
}

extension Call {
    /// Where the model comes from that the body names, and which it is.
    fileprivate func pulled() throws -> (ModelSupply, ModelReference) {
        let settings = service.settings
        guard let supply = service.supply, settings.isLoopback || !settings.keys.isEmpty else {
            throw APIError(
                .forbidden, "This server brings no models for others; use isobath pull on its machine.")
        }
        let name = (body.given("model") ?? body.given("name"))?.string ?? ""
        guard let reference = ModelReference(name) else {
            throw InputError.request(
                "model", found: "found “\(printable(name, limit: 100))”",
                expected: "a repository of the hub, like OWNER/NAME or OWNER/NAME:Q4_K_M")
        }
        return (supply, reference)
    }
}

extension ModelService {
    /// Serves what has come.
    fileprivate func note(_ event: PullEvent, _ supply: ModelSupply) throws {
        guard case .stored(let stored) = event else { return }
        if !models.contains(where: { $0.id == stored.name }) { add(try supply.open(stored)) }
    }
}

extension PullEvent {
    /// The event as Ollama's clients read it.
    fileprivate var lines: [JSONValue] {
        switch self {
        case .planned: return [["status": "pulling manifest"]]
        case .waiting(let reason, _): return [["status": .string("waiting: " + reason)]]
        case .stored: return [["status": "verifying sha256 digest"], ["status": "success"]]
        case .progress(let progress):
            let digest = progress.digest.text
            return [
                [
                    "status": .string("pulling \(digest.prefix(12))"), "digest": .string("sha256:" + digest),
                    "total": .integer(progress.fileBytes), "completed": .integer(progress.fileCompleted),
                ]
            ]
        }
    }
}

import Files
import Foundation

extension ModelStore {
    /// The hub that is asked where nothing else is said.
    public static let defaultEndpoint = "https://huggingface.co"

    /// Brings a model into the store, and tells what happens until it is there.
    ///
    /// The stream ends with `.stored`, or, after a dry run, with `.planned`. Whoever stops listening ends the transfer;
    /// what has come stays, and the next pull of the same goes on from there.
    /// - Returns: events; the stream throws `InputError` where the model cannot be had.
    public func pull(
        _ reference: ModelReference, options: PullOptions = PullOptions(),
        environment: [String: String] = ProcessInfo.processInfo.environment
    ) -> AsyncThrowingStream<PullEvent, any Error> {
        AsyncThrowingStream { continuation in
            let task = Task {
                do {
                    let client = try client(options, environment)
                    let result = await Result { @Sendable in
                        try await ModelPull(
                            store: self, reference: reference, options: options, client: client
                        ) { continuation.yield($0) }.run()
                    }
                    await client.close()
                    if let model = try result.get() { continuation.yield(.stored(model)) }
                    continuation.finish()
                } catch {
                    continuation.finish(throwing: error)
                }
            }
            continuation.onTermination = { _ in task.cancel() }
        }
    }

    private func client(_ options: PullOptions, _ environment: [String: String]) throws -> HubClient {
        for name in ["HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE"] where HubToken.isTrue(environment[name]) {
            throw InputError(
                .unsupported, source: name, found: "found that the network must not be used",
                expected: "leave to ask a hub", advice: "unset \(name)")
        }
        let given = environment["HF_ENDPOINT"].flatMap { $0.isEmpty ? nil : $0 }
        let source = options.endpoint != nil ? "--endpoint" : "HF_ENDPOINT"
        let endpoint = try HubAddress(options.endpoint ?? given ?? ModelStore.defaultEndpoint, source: source)
        let token = try HubToken.find(environment, home: home)
        return HubClient(endpoint: endpoint, token: token, settings: options.settings)
    }
}

extension Result where Failure == any Error {
    /// What `body` returns or throws.
    fileprivate init(_ body: () async throws -> Success) async {
        do {
            self = .success(try await body())
        } catch {
            self = .failure(error)
        }
    }
}

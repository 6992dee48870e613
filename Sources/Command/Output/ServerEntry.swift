import Hub
import Logging
import Serving
import Synchronization

/// What `isobath ps` reads of a server, for as long as it runs.
///
/// A store that cannot be written keeps no server from serving: it is only not listed then, and the log says so.
final class ServerEntry: Sendable {
    private let logger: Logger
    private let registration = Mutex<ServerRegistration?>(nil)

    init(logger: Logger) { self.logger = logger }

    /// Says where the server answers, and for which models.
    func publish(_ address: String, _ models: [OpenModel]) {
        attempt {
            let entry = try ModelStore().servers.register(address: address, models: models.map(\.entry))
            registration.withLock { $0 = entry }
        }
    }

    /// Says which models it has now.
    func update(_ models: [OpenModel]) {
        attempt { try registration.withLock { $0 }?.update(models: models.map(\.entry)) }
    }

    /// Takes the entry back.
    func end() { registration.withLock { $0 }?.end() }

    private func attempt(_ body: () throws -> Void) {
        do { try body() } catch { logger.warning("isobath ps will not list this server: \(error)") }
    }
}

extension OpenModel {
    fileprivate var entry: ServedModel { ServedModel(name: id, path: model.path, byteCount: weightBytes) }
}

import Foundation
import Hummingbird
import Logging
import Synchronization

/// A web server on this machine that answers by a closure.
final class StubServer: Sendable {
    private let task = Mutex<Task<Void, Never>?>(nil)
    private let address = Mutex(0)

    var port: Int { address.withLock { $0 } }

    /// Returns when it can be asked.
    func start(_ answer: @escaping @Sendable (Request) async -> Response) async throws {
        var logger = Logger(label: "stub")
        logger.logLevel = .critical
        let (ports, continuation) = AsyncStream<Int>.makeStream()
        let application = Application(
            responder: CallbackResponder<BasicRequestContext> { request, _ in await answer(request) },
            configuration: .init(address: .hostname("127.0.0.1", port: 0)),
            onServerRunning: { channel in
                continuation.yield(channel.localAddress?.port ?? 0)
                continuation.finish()
            }, logger: logger)
        task.withLock {
            $0 = Task {
                try? await application.run()
                continuation.finish()
            }
        }
        for await port in ports { address.withLock { $0 = port } }
    }

    func stop() { task.withLock { $0?.cancel() } }
}

import Files
import Foundation
import Hub
import Hummingbird
import HummingbirdCore
import HummingbirdTLS
import Logging
import NIOCore
import ServiceLifecycle

/// Models behind HTTP.
package struct Server: Sendable {
    private let service: ModelService
    private let routes: RouteTable

    /// - Parameter page: the folder of the page for chatting; `nil` for none.
    /// - Throws: `InputError` if the settings would let strangers in, or the page cannot be read.
    package init(_ service: ModelService, page: String?) throws {
        try service.settings.check()
        self.service = service
        routes = RouteTable(Endpoint.all + (try page.map { try PageFiles(folder: $0).endpoints } ?? []))
    }

    /// Serves until the process is told to stop (SIGINT, SIGTERM), then lets answers in progress end for a while.
    /// - Parameter onRunning: called with the port, once the server listens.
    /// - Throws: `InputError` if it cannot listen there.
    package func run(onRunning: @escaping @Sendable (Int) -> Void = { _ in }) async throws {
        let group = ServiceGroup(
            configuration: .init(
                services: [try application(onRunning: onRunning), Closing(service: service)],
                gracefulShutdownSignals: [.sigterm, .sigint], logger: Logger.silent))
        do { try await group.run() } catch let error as IOError {
            throw InputError(
                .unreadable, source: "\(service.settings.host):\(service.settings.port)",
                found: "the system says: \(error)", expected: "an address and port to listen at",
                advice: "choose another --port, or end the program that has it")
        }
        for model in service.models { await model.engine.shutdown(finishing: false) }
    }

    /// The server as Hummingbird runs it.
    package func application(
        onRunning: @escaping @Sendable (Int) -> Void = { _ in }
    ) throws -> some ApplicationProtocol {
        let settings = service.settings
        return Application(
            responder: Responder(service: service, routes: routes),
            server: try protocolStack(),
            configuration: .init(
                address: .hostname(settings.host, port: settings.port), backlog: 1024,
                availableConnectionsDelegate: .maximum(settings.limits.connections, logger: Logger.silent)),
            onServerRunning: { channel in onRunning(channel.localAddress?.port ?? settings.port) },
            logger: Logger.silent)
    }

    private func protocolStack() throws -> HTTPServerBuilder {
        let limits = service.settings.limits
        let presences = service.presences
        let plain = HTTPServerBuilder.http1(
            configuration: .init(
                additionalChannelHandlers: [presences.observer()], idleTimeout: .seconds(Int64(limits.idleSeconds)),
                httpDecoderConfiguration: .init(
                    maxHeaderFieldSize: limits.headerBytes, maxHeaderListSize: limits.headerBytes,
                    maxHeaderFieldCount: limits.headerFields)))
        guard let certificate = service.settings.certificate else { return plain }
        return try .tls(plain, tlsConfiguration: try Server.certified(certificate.chain, certificate.key))
    }

    private static func certified(_ chain: String, _ key: String) throws -> TLSConfiguration {
        func read<Value>(_ path: String, _ what: String, _ body: () throws -> Value) throws -> Value {
            do { return try body() } catch {
                throw InputError(
                    .unreadable, source: path, found: "found no \(what) that can be read",
                    expected: "a PEM file with one", advice: "check the path and the file")
            }
        }
        let certificates = try read(chain, "certificate") { try NIOSSLCertificate.fromPEMFile(chain) }
        let privateKey = try read(key, "private key") { try NIOSSLPrivateKey(file: key, format: .pem) }
        return .makeServerConfiguration(
            certificateChain: certificates.map { .certificate($0) }, privateKey: .privateKey(privateKey))
    }
}

/// What happens first when the server is told to stop: it takes nothing new, and after a while ends what still runs.
private struct Closing: ServiceLifecycle.Service {
    let service: ModelService

    func run() async throws {
        // Cancelled, and not told to stop: the server has failed.
        do { try await gracefulShutdown() } catch { return }
        service.close()
        service.logger.info(
            "The server is told to stop; answers in progress have \(service.settings.limits.closingSeconds) s.")
        Task { [service] in
            try? await Task.sleep(for: .seconds(service.settings.limits.closingSeconds))
            service.presences.leaveAll()
        }
    }
}

extension Logger {
    /// A logger that writes nothing: the server logs its requests itself.
    static var silent: Logger { Logger(label: "isobath") { _ in SwiftLogNoOpLogHandler() } }
}

extension Server {
    /// The folder of the page for chatting that comes with the program.
    /// - Throws: `InputError` if the program was moved without it.
    package static func pageFolder() throws -> String {
        let sources = URL(filePath: #filePath).deletingLastPathComponent()
        return try ShippedFiles(module: "Serving", sources: sources).path(of: "Page", marker: "index.html")
    }
}

import AsyncHTTPClient
import Files
import Foundation

/// What an answer of a hub consists of.
struct HubResponse: Sendable {
    /// The address that answered, after redirects.
    let address: HubAddress
    let status: Int
    /// The headers of this answer and, before them, those of the answers that sent the client on.
    let headers: [String: String]
    let body: HTTPClientResponse.Body
}

/// Opens addresses of one hub, and those that it sends the client to.
///
/// Redirects are followed by this type and not by the HTTP library, because of the token: it goes to the hub alone, and
/// over plain http only to this machine.
final class HubClient: Sendable {
    let endpoint: HubAddress
    private let token: HubToken?
    private let settings: HubSettings
    private let client: HTTPClient

    /// Redirects after which a client is taken for sent in a circle.
    private static let redirectLimit = 10

    init(endpoint: HubAddress, token: HubToken?, settings: HubSettings = HubSettings()) {
        (self.endpoint, self.token, self.settings) = (endpoint, token, settings)
        var configuration = HTTPClient.Configuration(
            redirectConfiguration: .disallow,
            timeout: .init(
                connect: .nanoseconds(settings.connectTimeout.nanoseconds),
                read: .nanoseconds(settings.stallTimeout.nanoseconds)))
        // Ranges come over connections of their own; over one HTTP/2 connection they would share its window.
        configuration.httpVersion = .http1Only
        configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = settings.connections + 2
        // Another try is this program's to decide about: it tells people, and waits longer each time.
        configuration.connectionPool.retryConnectionEstablishment = false
        client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }

    /// Closes all connections; to be called once, at the end.
    func close() async { try? await client.shutdown() }

    /// Opens `address`, by way of as many redirects as it takes.
    /// - Parameter range: the bytes wanted; all of them unless given.
    /// - Throws: `TransientFailure` if another try may help, `InputError` if not, `CancellationError` if the task was
    ///   cancelled.
    func get(_ address: HubAddress, range: Range<Int>? = nil) async throws -> HubResponse {
        var (address, passed) = (address, [String: String]())
        for _ in 0...HubClient.redirectLimit {
            let response = try await open(address, range)
            let headers = passed.merging(HubClient.headers(response)) { first, _ in first }
            let status = Int(response.status.code)
            guard [301, 302, 303, 307, 308].contains(status) else {
                return HubResponse(address: address, status: status, headers: headers, body: response.body)
            }
            guard let location = headers["location"] else { throw HubClient.lost(address, "a redirect to nowhere") }
            passed = headers.filter { HubClient.kept.contains($0.key) }
            address = try address.redirected(to: location)
        }
        throw HubClient.lost(address, "more than \(HubClient.redirectLimit) redirects")
    }

    private func open(_ address: HubAddress, _ range: Range<Int>?) async throws -> HTTPClientResponse {
        var request = HTTPClientRequest(url: address.text)
        request.headers.add(name: "User-Agent", value: "isobath; swift")
        // A compressed body would have another size and other offsets than the file.
        request.headers.add(name: "Accept-Encoding", value: "identity")
        if let range { request.headers.add(name: "Range", value: "bytes=\(range.lowerBound)-\(range.upperBound - 1)") }
        if let token, mayKnowToken(address) {
            request.headers.add(name: "Authorization", value: "Bearer \(token.value)")
        }
        do {
            return try await client.execute(request, timeout: .nanoseconds(settings.answerTimeout.nanoseconds))
        } catch {
            throw HubClient.failure(error, address)
        }
    }

    /// Whether the token may be sent there: to the hub itself, where nobody on the way can read it.
    func mayKnowToken(_ address: HubAddress) -> Bool {
        address.origin == endpoint.origin && (address.origin.isEncrypted || address.origin.isLoopback)
    }

    /// What a failed connection means: that it may be tried again, unless the task was cancelled.
    static func failure(_ error: any Error, _ address: HubAddress) -> any Error {
        if Task.isCancelled || error is CancellationError { return CancellationError() }
        if error is InputError || error is TransientFailure { return error }
        let cause = error as? HTTPClientError
        let reason =
            switch cause {
            case .readTimeout?, .deadlineExceeded?: "found that \(address.origin.host) sends nothing"
            case .connectTimeout?: "found that \(address.origin.host) does not answer"
            case .remoteConnectionClosed?: "found that \(address.origin.host) closed the connection"
            default: "found no connection to \(address.origin.host) (\(printable("\(error)", limit: 160)))"
            }
        return TransientFailure(reason: reason)
    }

    // MARK: Headers

    /// Headers of a redirect that say something about the file, not about the redirect.
    private static let kept: Set<String> = ["x-repo-commit", "x-linked-size", "x-linked-etag"]

    /// The headers under names in lower case; of those that stand twice, the first.
    private static func headers(_ response: HTTPClientResponse) -> [String: String] {
        Dictionary(response.headers.map { ($0.name.lowercased(), $0.value) }) { first, _ in first }
    }

    private static func lost(_ address: HubAddress, _ found: String) -> InputError {
        InputError(
            .excessive, source: address.origin.host, field: "Location", found: "found \(found)",
            expected: "an answer", advice: "try again later, or use another hub with --endpoint")
    }
}

extension Duration {
    /// Whole nanoseconds; the largest number for durations of centuries.
    var nanoseconds: Int64 {
        let (seconds, attoseconds) = components
        let (product, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        return overflow ? .max : product + attoseconds / 1_000_000_000
    }
}

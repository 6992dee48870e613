import HTTPTypes
import Hummingbird

/// Who may ask the server at all.
struct Admission: Sendable {
    let settings: ServerSettings

    /// Refuses what comes under a strange name: a web page whose own name was made to point at this machine ("DNS rebinding") sends
    /// that name. A server that asks for keys need not care; nor do addresses written as numbers, which cannot be rebound.
    func checkHost(_ request: Request) throws {
        if !settings.keys.isEmpty, !settings.isLoopback { return }
        guard let authority = request.head.authority, !authority.isEmpty else { return }
        let name = Admission.hostName(authority)
        let known = ["localhost", settings.host.lowercased()] + settings.allowedHosts.map { $0.lowercased() }
        guard known.contains(name) || Admission.isAddress(name) else {
            throw APIError(
                .forbidden,
                "The server does not answer under this host name; ask it as localhost, or start it with --allow-host.")
        }
    }

    /// Refuses web pages of other origins, which a browser lets send requests though they cannot read the answers.
    /// - Returns: the origin that may read the answer, where it is another one than the server's.
    func checkOrigin(_ request: Request) throws -> String? {
        guard let origin = request.headers[.origin], origin != "null" || request.method != .get else { return nil }
        if settings.allowedOrigins.contains(origin) || settings.allowedOrigins.contains("*") { return origin }
        if let authority = request.head.authority, ["http://" + authority, "https://" + authority].contains(origin) {
            return nil
        }
        throw APIError(
            .forbidden, "Web pages of other origins may not use this server; start it with --allow-origin to let one.")
    }

    /// - Throws: `APIError` unless the request brings one of the keys, where there are some. Every key is compared.
    func checkKey(_ request: Request) throws {
        guard !settings.keys.isEmpty else { return }
        let bearer = request.headers[.authorization].flatMap(Admission.bearer)
        let given = bearer ?? request.headers[.xAPIKey] ?? ""
        var isKnown = false
        for key in settings.keys where key.matches(given) { isKnown = true }
        guard isKnown else {
            throw APIError(
                .authentication,
                "The server asks for a key; send one as “Authorization: Bearer KEY” or “x-api-key: KEY”.")
        }
    }

    private static func bearer(_ value: String) -> String? {
        let parts = value.split(separator: " ", maxSplits: 1)
        guard parts.count == 2, parts[0].lowercased() == "bearer" else { return nil }
        return String(parts[1])
    }

    /// The authority without its port, without brackets, in lower case.
    static func hostName(_ authority: String) -> String {
        let text = authority.lowercased()
        if text.hasPrefix("["), let close = text.firstIndex(of: "]") {
            return String(text[text.index(after: text.startIndex)..<close])
        }
        return text.split(separator: ":", omittingEmptySubsequences: false).first.map(String.init) ?? text
    }

    /// Whether `name` is an address in numbers.
    static func isAddress(_ name: String) -> Bool {
        if name.contains(":") { return name.allSatisfy { $0.isHexDigit || $0 == ":" || $0 == "." } }
        let parts = name.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4 && parts.allSatisfy { UInt8($0) != nil }
    }
}

extension HTTPField.Name {
    /// The header field in which Anthropic's clients send their key.
    static let xAPIKey = HTTPField.Name("x-api-key") ?? .authorization
}

import Files
import Foundation

/// An address on the web, taken apart once and put together again from its checked parts, so that whoever decides about
/// it and whoever opens it mean the same.
struct HubAddress: Sendable, Equatable {
    /// Who answers: scheme, host and port.
    struct Origin: Sendable, Hashable {
        let isEncrypted: Bool
        /// In lower case.
        let host: String
        let port: Int

        /// Whether it is this machine, told by the name alone.
        var isLoopback: Bool {
            if host == "localhost" || host == "::1" { return true }
            let parts = host.split(separator: ".", omittingEmptySubsequences: false)
            return parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0) != nil }
        }
    }

    let origin: Origin
    /// Percent-encoded, without a slash at the end.
    let path: String
    /// Percent-encoded, without the question mark.
    let query: String?

    /// - Throws: `InputError` unless it is an http or https address without a user's name; `source` says where it comes
    ///   from.
    init(_ text: String, source: String) throws {
        guard text.utf8.count <= 16 << 10, text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }), !text.contains("\\"),
            let parts = URLComponents(string: text), let scheme = parts.scheme?.lowercased(),
            ["http", "https"].contains(scheme), var host = parts.host?.lowercased(), !host.isEmpty,
            parts.user == nil, parts.password == nil
        else { throw HubAddress.unusable(text, source) }
        if host.hasPrefix("["), host.hasSuffix("]") { host = String(host.dropFirst().dropLast()) }
        let port = parts.port ?? (scheme == "https" ? 443 : 80)
        guard (1...65535).contains(port) else { throw HubAddress.unusable(text, source) }
        origin = Origin(isEncrypted: scheme == "https", host: host, port: port)
        path = HubAddress.trimmed(parts.percentEncodedPath)
        query = parts.percentEncodedQuery
    }

    private init(_ origin: Origin, path: String, query: String?) {
        (self.origin, self.path, self.query) = (origin, path, query)
    }

    private static func trimmed(_ path: String) -> String {
        path.hasSuffix("/") ? String(path.dropLast()) : path
    }

    /// The address as it is opened.
    var text: String {
        let host = origin.host.contains(":") ? "[\(origin.host)]" : origin.host
        let standard = origin.isEncrypted ? 443 : 80
        let port = origin.port == standard ? "" : ":\(origin.port)"
        return "\(origin.isEncrypted ? "https" : "http")://\(host)\(port)\(path)" + (query.map { "?" + $0 } ?? "")
    }

    /// The address of something below this one; each component becomes one, whatever characters it has.
    func appending(_ components: [String], query: String? = nil) -> HubAddress {
        let added = components.map { "/" + HubAddress.encoded($0) }.joined()
        return HubAddress(origin, path: path + added, query: query)
    }

    /// The same address with another query.
    func with(query: String) -> HubAddress { HubAddress(origin, path: path, query: query) }

    private static func encoded(_ text: String) -> String {
        let plain = CharacterSet(charactersIn: "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
        return text.addingPercentEncoding(withAllowedCharacters: plain) ?? ""
    }

    /// Where an answer from this address sends the client.
    ///
    /// Plain http after https, this machine's own services after another's, and what is no web address are refused: no
    /// hub has a reason to send a client there.
    /// - Throws: `InputError` for these.
    func redirected(to location: String) throws -> HubAddress {
        guard location.utf8.count <= 16 << 10, !location.contains("\\"), let base = URL(string: text),
            let target = URL(string: location, relativeTo: base)?.absoluteString
        else { throw HubAddress.unusable(location, text) }
        let address = try HubAddress(target, source: text)
        let isDowngrade = origin.isEncrypted && !address.origin.isEncrypted
        guard !isDowngrade, origin.isLoopback || !address.origin.isLoopback else {
            throw InputError(
                .unsupported, source: text, field: "Location",
                found: "found a redirect to \(address.origin.host) that "
                    + (isDowngrade ? "gives up encryption" : "leads to this machine"),
                expected: "a redirect to another server over https", advice: "use another hub with --endpoint")
        }
        return address
    }

    private static func unusable(_ text: String, _ source: String) -> InputError {
        InputError(
            .invalidValue, source: source, found: "found \"\(printable(text, limit: 100))\"",
            expected: "an address that begins with https:// or http:// and names a server",
            advice: "correct the address, or use another hub with --endpoint")
    }
}

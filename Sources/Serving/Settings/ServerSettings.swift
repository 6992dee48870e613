import Files

/// Where the server listens and whom it answers.
package struct ServerSettings: Sendable {
    /// The address or name to listen at.
    package var host = "127.0.0.1"
    /// The port; 0 for any that is free.
    package var port = 8080
    /// Keys, one of which each request must bring; none for a server that asks for none.
    package var keys: [AccessKey] = []
    /// Whether strangers may ask without a key.
    package var isInsecure = false
    /// The PEM files of certificate chain and private key; `nil` for plain HTTP.
    package var certificate: (chain: String, key: String)?
    /// Web pages of other origins that may ask, like "https://example.org".
    package var allowedOrigins: [String] = []
    /// Host names under which the server may be asked, beside its own.
    package var allowedHosts: [String] = []
    /// Whether prompts are written to the log.
    package var logsPrompts = false
    /// How much it takes.
    package var limits = ServerLimits()

    package init() {}

    /// Whether only programs on this machine can reach the server.
    var isLoopback: Bool { ServerSettings.isLoopback(host) }

    static func isLoopback(_ host: String) -> Bool {
        if host == "localhost" || host == "::1" { return true }
        let parts = host.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0) != nil }
    }

    /// - Throws: `InputError` if strangers could use the server and nobody said that they may.
    package func check() throws {
        guard (0...65_535).contains(port) else {
            throw ServerSettings.defect(
                "--port", "found \(port)", "a number from 0 to 65535", "choose a port like 8080")
        }
        guard isLoopback || !keys.isEmpty || isInsecure else {
            throw ServerSettings.defect(
                "--host", "found \(host), which other machines can reach, and no key",
                "127.0.0.1, or a key that clients must bring",
                "give --api-key-file FILE, or --insecure if everybody who reaches this machine may use the model")
        }
    }

    private static func defect(_ field: String, _ found: String, _ expected: String, _ advice: String) -> InputError {
        InputError(
            .invalidValue, source: "command line", field: field, found: found, expected: expected, advice: advice)
    }
}

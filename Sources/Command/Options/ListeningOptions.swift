import ArgumentParser
import Files
import Foundation
import Serving

/// Where the server listens and whom it answers.
struct ListeningOptions: ParsableArguments {
    @Option(help: "The address to listen at.")
    var host = "127.0.0.1"

    @Option(help: "The port; 0 for any that is free.")
    var port = 8080

    @Option(help: "A key that clients must bring; may be repeated. ISOBATH_API_KEY has more, with commas between them.")
    var apiKey: [String] = []

    @Option(help: "A file with such keys, one a line.")
    var apiKeyFile: [String] = []

    @Flag(help: "Answer anybody who reaches the address, without a key.")
    var insecure = false

    @Option(help: "The PEM file of the certificate, and of those that vouch for it.")
    var tlsCertificate: String?

    @Option(help: "The PEM file of the certificate's private key.")
    var tlsKey: String?

    @Option(help: "Let web pages of this origin ask, like https://example.org; may be repeated; * for all.")
    var allowOrigin: [String] = []

    @Option(help: "Answer under this host name, too; may be repeated.")
    var allowHost: [String] = []

    /// The settings that these options and `serving` ask for.
    func settings(_ serving: ServingOptions) throws -> ServerSettings {
        var settings = ServerSettings()
        (settings.host, settings.port) = (host, port)
        settings.keys = try keys()
        settings.isInsecure = insecure
        settings.certificate = try certificate()
        (settings.allowedOrigins, settings.allowedHosts) = (allowOrigin, allowHost)
        settings.logsPrompts = serving.logPrompts
        settings.limits = try serving.limits()
        return settings
    }

    private func keys() throws -> [AccessKey] {
        let environment = ProcessInfo.processInfo.environment["ISOBATH_API_KEY"]?.split(separator: ",") ?? []
        return try apiKey.map { try AccessKey($0, source: "--api-key") }
            + environment.map { try AccessKey(String($0), source: "ISOBATH_API_KEY") }
            + apiKeyFile.flatMap { try AccessKey.keys(inFile: $0) }
    }

    private func certificate() throws -> (chain: String, key: String)? {
        switch (tlsCertificate, tlsKey) {
        case (nil, nil): return nil
        case (let chain?, let key?): return (chain, key)
        default:
            throw InputError(
                .missing, source: "command line", field: tlsKey == nil ? "--tls-key" : "--tls-certificate",
                found: "found one of --tls-certificate and --tls-key", expected: "both or neither",
                advice: "give the other one, too")
        }
    }
}

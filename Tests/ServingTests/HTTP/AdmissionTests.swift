import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Testing

@testable import Serving

@Suite struct AdmissionTests {
    static let hosts: [(String, String)] = [
        ("localhost:8080", "localhost"), ("[::1]:8080", "::1"), ("127.0.0.1", "127.0.0.1"),
        ("EVIL.example:1", "evil.example"),
    ]

    @Test(arguments: hosts) func readsHostNames(_ authority: String, _ name: String) {
        #expect(Admission.hostName(authority) == name)
    }

    static let addresses: [(String, Bool)] = [
        ("127.0.0.1", true), ("::1", true), ("fe80::1", true), ("256.0.0.1", false), ("1.2.3", false),
        ("evil.example", false), ("127.0.0.1.evil.example", false), ("", false),
    ]

    @Test(arguments: addresses) func tellsAddressesFromNames(_ name: String, _ isAddress: Bool) {
        #expect(Admission.isAddress(name) == isAddress)
    }

    static let places: [(String, Bool)] = [
        ("127.0.0.1", true), ("127.8.8.8", true), ("localhost", true), ("::1", true), ("0.0.0.0", false), ("::", false),
        ("192.168.1.2", false), ("127.0.0.1.example.org", false), ("", false),
    ]

    /// An address that other machines can reach is refused without a key, unless it is said that this is meant.
    @Test(arguments: places) func refusesStrangers(_ host: String, _ isLoopback: Bool) throws {
        var settings = ServerSettings()
        settings.host = host
        #expect(settings.isLoopback == isLoopback)
        if isLoopback { try settings.check() } else { #expect(throws: (any Error).self) { try settings.check() } }
        settings.isInsecure = true
        try settings.check()
        settings.isInsecure = false
        settings.keys = [try AccessKey("secret", source: "test")]
        try settings.check()
    }

    static let keys: [(HTTPFields, Int)] = [
        ([:], 401), ([.authorization: "Bearer wrong"], 401), ([.authorization: "secret"], 401),
        ([.authorization: "Basic secret"], 401), ([.authorization: "Bearer secret2"], 401),
        ([.authorization: "Bearer secret"], 200), ([.authorization: "bearer second"], 200), ([.xAPIKey: "second"], 200),
        ([.xAPIKey: ""], 401),
    ]

    @Test(arguments: keys) func asksForKeys(_ headers: HTTPFields, _ status: Int) async throws {
        let server = try ServedFixture.server {
            $0.keys = ["secret", "second"].compactMap { try? AccessKey($0, source: "test") }
        }
        try await server.application().test(.router) { client in
            let answer = try await client.ask("/v1/models", headers: headers)
            #expect(answer.status == status)
            if status == 401 { #expect(try answer.json()["error"]?["code"]?.string == "invalid_api_key") }
            #expect(try await client.ask("/health").status == 200)
            #expect(try await client.ask("/metrics").status == 401)
        }
    }

    /// No key is taken that no client could send, and none that is empty and would let everybody in.
    @Test(arguments: ["", " ", "a b", "ä", "a\n"]) func refusesKeys(_ text: String) {
        #expect(throws: (any Error).self) { try AccessKey(text, source: "test") }
    }

    static let origins: [(String, Int)] = [
        ("https://evil.example", 403), ("null", 403), ("http://localhost.evil.example", 403),
        ("https://good.example", 200), ("http://localhost", 200),
    ]

    /// Whether no other tests run, which send signals to the process: a server that listens takes them.
    private static let isAlone = ProcessInfo.processInfo.environment["ISOBATH_QUIET_TESTS"] != nil

    /// A page of another origin cannot use the server, whatever it sends.
    @Test(.enabled(if: isAlone, "other tests run beside"), arguments: origins)
    func refusesOrigins(_ origin: String, _ status: Int) async throws {
        let server = try ServedFixture.server { $0.allowedOrigins = ["https://good.example"] }
        try await server.application().test(.live) { client in
            let answer = try await client.ask("/tokenize", ["content": "1"], headers: [.origin: origin])
            #expect(answer.status == status)
            let named = answer.headers[.accessControlAllowOrigin]
            #expect(named == (origin == "https://good.example" ? origin : nil))
        }
    }

    @Test(.enabled(if: isAlone, "other tests run beside")) func answersPreflights() async throws {
        let server = try ServedFixture.server { $0.allowedOrigins = ["https://good.example"] }
        try await server.application().test(.live) { client in
            let good = try await client.ask(
                "/v1/chat/completions", method: .options, headers: [.origin: "https://good.example"])
            #expect(good.status == 204)
            #expect(good.headers[.accessControlAllowOrigin] == "https://good.example")
            let bad = try await client.ask(
                "/v1/chat/completions", method: .options, headers: [.origin: "https://evil.example"])
            #expect(bad.status == 403)
            #expect(bad.headers[.accessControlAllowOrigin] == nil)
        }
    }
}

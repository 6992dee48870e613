import Files
import Foundation
import Generation
import Hub
import HummingbirdTesting
import Logging
import Testing

@testable import Serving

/// Clients that leave, crawl or flood, and those beside them: `ISOBATH_QUIET_TESTS=1` with `--filter ConnectionTests`.
///
/// A server that listens takes the process's signals, which other tests send, and what a client does while an answer lasts is to
/// come before the answer ends by itself: neither goes beside all other tests.
@Suite(.enabled(if: ProcessInfo.processInfo.environment["ISOBATH_QUIET_TESTS"] != nil, "other tests run beside"))
struct ConnectionTests {
    /// More tokens than any test waits for.
    static let long = #"{"prompt": "What is", "max_tokens": 480, "ignore_eos": true, "temperature": 1"#

    /// A server over an engine of its own, so that its figures are this test's.
    static func server(
        _ limits: EngineLimits = EngineLimits(), _ change: (inout ServerSettings) -> Void = { _ in }
    ) throws -> (Server, Engine) {
        let engine = try Engine(try ServedFixture.model.get().model, limits: limits)
        let model = OpenModel(id: "first-light", engine.model, engine: engine)
        var settings = ServerSettings()
        change(&settings)
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        return (try Server(ModelService([model], settings, version: "0", logger: logger), page: nil), engine)
    }

    /// Waits until `condition` holds; the test's own time limit ends it otherwise.
    static func wait(until condition: () -> Bool) async throws {
        while !condition() { try await Task.sleep(for: .milliseconds(5)) }
    }

    @Test(.timeLimit(.minutes(5)), arguments: [true, false])
    func leavingEndsTheAnswer(_ streams: Bool) async throws {
        let (server, engine) = try Self.server()
        try await server.application().test(.live) { client in
            let connection = try RawConnection(port: try #require(client.port))
            connection.post("/v1/completions", Self.long + #", "stream": \#(streams)}"#)
            if streams { _ = await connection.receive(until: "data: ") }
            try await Self.wait { engine.statistics.active == 1 }
            connection.close()
            try await Self.wait { engine.statistics.active == 0 }
            #expect(engine.statistics.cancelled == 1)
            #expect(engine.statistics.generatedTokens < 480)
        }
    }

    /// A body that does not come is not waited for, nor one that comes byte by byte.
    @Test(.timeLimit(.minutes(5))) func crawlingIsRefused() async throws {
        let (server, _) = try Self.server { $0.limits.bodySeconds = 0.3 }
        try await server.application().test(.live) { client in
            let port = try #require(client.port)
            let silent = try RawConnection(port: port)
            silent.send("POST /tokenize HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n{")
            let crawling = try RawConnection(port: port)
            crawling.send("POST /tokenize HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n")
            let crawl = Task {
                while !Task.isCancelled {
                    crawling.send(" ")
                    try await Task.sleep(for: .milliseconds(50))
                }
            }
            #expect(try await client.ask("/health").status == 200)
            #expect(await silent.receive(until: "\r\n\r\n").hasPrefix("HTTP/1.1 408"))
            #expect(await crawling.receive(until: "\r\n\r\n").hasPrefix("HTTP/1.1 408"))
            crawl.cancel()
        }
    }

    /// A header that never ends costs the connection.
    @Test(.timeLimit(.minutes(5))) func halfOpenConnectionsEnd() async throws {
        let (server, _) = try Self.server { $0.limits.idleSeconds = 1 }
        try await server.application().test(.live) { client in
            let connections = try (0..<20).map { _ in try RawConnection(port: try #require(client.port)) }
            for connection in connections { connection.send("GET /health HTTP/1.1\r\nHost: local") }
            #expect(try await client.ask("/health").status == 200)
            for connection in connections { #expect(await connection.receive() == "") }
        }
    }

    static let floods: [String] = [
        "GET /health HTTP/1.1\r\nHost: localhost\r\nX: \(String(repeating: "x", count: 100_000))\r\n\r\n",
        "GET /health HTTP/1.1\r\nHost: localhost\r\n" + (0..<500).map { "X\($0): x\r\n" }.joined() + "\r\n",
        "GARBAGE\r\n\r\n", "GET /health HTTP/9.9\r\n\r\n\u{0}\u{1}",
        "POST /tokenize HTTP/1.1\r\nHost: localhost\r\nContent-Length: -5\r\n\r\n",
        "POST /tokenize HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999999999999999999\r\n\r\n",
        "POST /tokenize HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    ]

    /// What is no request, or too much of one, ends its connection and nothing else.
    @Test(.timeLimit(.minutes(5)), arguments: floods) func floodsAreRefused(_ bytes: String) async throws {
        let (server, _) = try Self.server()
        try await server.application().test(.live) { client in
            let connection = try RawConnection(port: try #require(client.port))
            connection.send(bytes)
            let answer = await connection.receive(until: "\r\n\r\n")
            #expect(answer.isEmpty || answer.hasPrefix("HTTP/1.1 4"), "\(answer)")
            #expect(try await client.ask("/health").status == 200)
        }
    }

    /// Who comes when all places are taken is told when to come again; who has one is not disturbed.
    @Test(.timeLimit(.minutes(5))) func fullQueuesRefuse() async throws {
        var limits = EngineLimits()
        (limits.slots, limits.queueLength) = (1, 1)
        let (server, engine) = try Self.server(limits)
        try await server.application().test(.live) { client in
            let port = try #require(client.port)
            let connections = try (0..<2).map { _ in try RawConnection(port: port) }
            for connection in connections { connection.post("/v1/completions", Self.long + #", "stream": true}"#) }
            try await Self.wait { engine.statistics.waiting == 1 && engine.statistics.active == 1 }
            for path in ["/v1/completions", "/v1/messages", "/api/chat"] {
                let body: JSONValue = [
                    "prompt": "a", "max_tokens": 1, "messages": [["role": "user", "content": "a"]], "stream": true,
                ]
                let answer = try await client.ask(path, body)
                #expect(answer.status == 429)
                #expect((Int(answer.headers[.retryAfter] ?? "") ?? 0) > 0)
            }
            #expect(engine.statistics.refused == 3)
            for connection in connections { connection.close() }
            try await Self.wait { engine.statistics.active == 0 && engine.statistics.waiting == 0 }
        }
    }

    /// A strange host name is what a page sends whose own name was made to point here.
    @Test(
        .timeLimit(.minutes(5)),
        arguments: [("evil.example", 403), ("localhost:1", 200), ("127.0.0.1", 200), ("my.host", 200)])
    func strangeHostsAreRefused(_ host: String, _ status: Int) async throws {
        let (server, _) = try Self.server { $0.allowedHosts = ["My.Host"] }
        try await server.application().test(.live) { client in
            let connection = try RawConnection(port: try #require(client.port))
            connection.send("GET /health HTTP/1.1\r\nHost: \(host)\r\n\r\n")
            #expect(await connection.receive(until: "\r\n\r\n").hasPrefix("HTTP/1.1 \(status)"))
        }
    }

    /// A connection serves one request after another.
    @Test(.timeLimit(.minutes(5))) func connectionsAreKept() async throws {
        let (server, _) = try Self.server()
        try await server.application().test(.live) { client in
            let connection = try RawConnection(port: try #require(client.port))
            for _ in 0..<3 {
                connection.post("/v1/completions", #"{"prompt": "What", "max_tokens": 2, "stream": true}"#)
                #expect(await connection.receive(until: "\r\n0\r\n\r\n").contains("[DONE]"))
                connection.post("/tokenize", #"{"content": "a"}"#)
                #expect(await connection.receive(until: "}").contains("tokens"))
            }
        }
    }

    @Test func stallsAreNoticed() async throws {
        let watch = WriteWatch(limit: .milliseconds(20))
        watch.begin()
        try await watch.waitForStall()
    }

    /// A server that is about to stop takes nothing new, and says so.
    @Test func closingRefuses() async throws {
        let service = try ServedFixture.service()
        try await Server(service, page: nil).application().test(.router) { client in
            service.close()
            let answer = try await client.ask("/tokenize", ["content": "a"])
            #expect(answer.status == 503)
            #expect(try await client.ask("/ready").status == 503)
            #expect(try await client.ask("/health").status == 200)
        }
    }
}

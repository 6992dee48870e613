import Files
import HummingbirdTesting
import Testing

@testable import Serving

@Suite struct OllamaTests {
    static let asked: JSONValue = [
        "model": "first-light:latest", "options": ["temperature": 0],
        "messages": [["role": "user", "content": .string(ServedFixture.question)]],
    ]

    @Test func streamsLines() async throws {
        try await ServedFixture.server().application().test(.router) { client in
            let whole = try await client.ask(
                "/api/chat", .object((Self.asked.object ?? JSONObject()).merging(["stream": false]))
            ).json()
            let streamed = try await client.ask("/api/chat", Self.asked)
            #expect(streamed.headers[.contentType] == "application/x-ndjson")
            let lines = try streamed.lines()
            #expect(
                lines.compactMap { $0["message"]?["content"]?.string }.joined() == whole["message"]?["content"]?.string)
            #expect(whole["message"]?["content"]?.string?.hasSuffix("933") == true)
            #expect(lines.map { $0["done"]?.boolean } == lines.indices.map { $0 == lines.count - 1 })
            #expect(lines.last?["done_reason"]?.string == "stop")
            #expect(lines.last?["eval_count"] == whole["eval_count"])
        }
    }

    @Test func generates() async throws {
        try await ServedFixture.server().application().test(.router) { client in
            let made = try await client.ask(
                "/api/generate",
                ["prompt": .string(ServedFixture.question), "stream": false, "options": ["temperature": 0]]
            ).json()
            #expect(made["response"]?.string?.hasSuffix("933") == true)
            let raw = try await client.ask(
                "/api/generate", ["prompt": "What", "raw": true, "stream": false, "options": ["num_predict": 3]]
            ).json()
            #expect(raw["eval_count"]?.integer == 3)
            #expect(raw["done_reason"]?.string == "length")
            let loaded = try await client.ask("/api/generate", ["model": "first-light"]).json()
            #expect(loaded["done_reason"]?.string == "load")
        }
    }

    @Test func describesModels() async throws {
        try await ServedFixture.server().application().test(.router) { client in
            let tags = try await client.ask("/api/tags").json()["models"]?[0]
            #expect(tags?["name"]?.string == "first-light")
            #expect(tags?["digest"]?.string?.count == 64)
            #expect(try await client.ask("/api/ps").json()["models"]?.array?.count == 1)
            let shown = try await client.ask("/api/show", ["model": "first-light"]).json()
            #expect(shown["details"]?["family"]?.string == tags?["details"]?["family"]?.string)
            #expect(try await client.ask("/api/show", ["model": "../x"]).status == 404)
            #expect(try await client.ask("/api/version").json()["version"]?.string == "0")
            let vectors = try await client.ask("/api/embed", ["input": ["1", "2"]]).json()["embeddings"]
            #expect(vectors?.array?.count == 2)
        }
    }
}

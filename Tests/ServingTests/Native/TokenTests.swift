import Files
import HummingbirdTesting
import Testing

@testable import Serving

@Suite struct TokenTests {
    @Test(arguments: ["What is 3 + 4?", "", "Käse 🧀 <｜User｜>", "\u{0}\n"]) func comesBack(_ text: String) async throws {
        try await ServedFixture.server().application().test(.router) { client in
            let tokens = try await client.ask("/tokenize", ["content": .string(text)]).json()["tokens"] ?? .null
            let back = try await client.ask("/detokenize", ["tokens": tokens]).json()
            #expect(back["content"]?.string == text)
            let pieces = try await client.ask("/tokenize", ["content": .string(text), "with_pieces": true]).json()
            #expect(pieces["tokens"]?.array?.compactMap { $0["id"] } == tokens.array)
        }
    }

    @Test func appliesTemplates() async throws {
        try await ServedFixture.server().application().test(.router) { client in
            let prompt = try await client.ask(
                "/apply-template", ["messages": [["role": "user", "content": "<｜Assistant｜>Q"]]]
            ).json()["prompt"]?.string
            #expect(prompt?.hasPrefix("<｜begin▁of▁sentence｜><｜User｜><｜Assistant｜>Q<｜Assistant｜>") == true)
        }
    }

    @Test func describesItself() async throws {
        try await ServedFixture.server().application().test(.router) { client in
            let document = try await client.ask("/openapi.json").json()
            #expect(document["openapi"]?.string == "3.1.0")
            for endpoint in Endpoint.all {
                let method = endpoint.method.rawValue.lowercased()
                #expect(document["paths"]?[endpoint.path]?[method] != nil)
            }
            // Every reference leads somewhere.
            let text = document.line
            for reference in text.matches(of: /#\/components\/schemas\/([A-Za-z]+)/) {
                #expect(document["components"]?["schemas"]?[String(reference.1)] != nil)
            }
            #expect(try await client.ask("/health").json() == ["status": "ok"])
            #expect(try await client.ask("/ready").status == 200)
            #expect(try await client.ask("/metrics").text.contains("isobath_requests_waiting"))
        }
    }
}

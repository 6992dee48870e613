import Files
import HTTPTypes
import HummingbirdTesting
import Testing

@testable import Serving

@Suite struct RoutingTests {
    static let missing: [(String, String)] = [
        ("/nothing", "GET"), ("/v1/models/none", "GET"), ("/v1/models/..%2f..%2fetc%2fpasswd", "GET"),
        ("/../../etc/passwd", "GET"), ("/v1/", "GET"), ("/api/nothing", "GET"),
    ]

    /// Nothing of a path is looked for in the file system.
    @Test(arguments: missing) func findsNothing(_ path: String, _ method: String) async throws {
        try await ServedFixture.server().application().test(.router) { client in
            let answer = try await client.ask(path)
            #expect(answer.status == 404)
            let error = try answer.json()["error"]
            #expect((path.hasPrefix("/api/") ? error?.string : error?["message"]?.string)?.hasSuffix(".") == true)
        }
    }

    @Test func namesMethods() async throws {
        try await ServedFixture.server().application().test(.router) { client in
            let answer = try await client.ask("/v1/chat/completions")
            #expect(answer.status == 405)
            #expect(answer.headers[.allow] == "POST")
            #expect(try await client.ask("/v1/models", method: .delete).headers[.allow] == "GET")
        }
    }

    static let bodies: [(String, Int)] = [
        ("", 400), ("nothing", 400), ("[]", 400), ("{", 400), (#"{"messages": []}"#, 400),
        (#"{"messages": 1}"#, 400), (#"{"messages": [{"role": "user"}], "n": -1}"#, 400),
        (#"{"messages": [{"role": "user"}], "n": 1000000}"#, 400),
        (#"{"messages": [{"role": "nobody", "content": ""}]}"#, 400),
        (#"{"messages": [{"role": "user", "content": [{"type": "image_url"}]}]}"#, 400),
        (#"{"messages": [{"role": "user", "content": "a"}], "max_tokens": -5}"#, 400),
        (#"{"messages": [{"role": "user", "content": "a"}], "logit_bias": {"x": 1}}"#, 400),
        (#"{"messages": [{"role": "user", "content": "a"}], "logit_bias": {"99999999999999": 1}}"#, 400),
        (#"{"messages": [{"role": "user", "content": "a"}], "stop": [""]}"#, 400),
        (#"{"messages": [{"role": "user", "content": "a"}], "model": "none"}"#, 404),
        (#"{"messages": [{"role": "user", "content": "a"}], "model": "../../etc/passwd"}"#, 404),
        (#"{"messages": [{"role": "user", "content": "a"}], "a": "# + String(repeating: "[", count: 9999), 400),
        (#"{"messages": [{"role": "user", "content": "\ud800"}], "messages": []}"#, 400),
    ]

    /// What a body can be beside a request: each is answered by a sentence.
    @Test(arguments: bodies) func refusesBodies(_ body: String, _ status: Int) async throws {
        try await ServedFixture.server().application().test(.router) { client in
            let answer = try await client.ask("/v1/chat/completions", text: body)
            #expect(answer.status == status, "\(answer.text)")
            #expect(try answer.json()["error"]?["message"]?.string?.hasSuffix(".") == true)
            #expect(try answer.json()["error"]?["type"]?.string == "invalid_request_error")
        }
    }

    @Test func limitsBodies() async throws {
        try await ServedFixture.server { $0.limits.bodyBytes = 1000 }.application().test(.router) { client in
            let answer = try await client.ask("/tokenize", text: String(repeating: " ", count: 1001))
            #expect(answer.status == 413)
            #expect(try await client.ask("/tokenize", ["content": "1"]).status == 200)
        }
    }

    /// Each interface tells of failures in its own way.
    @Test func writesFailures() async throws {
        try await ServedFixture.server().application().test(.router) { client in
            let anthropic = try await client.ask("/v1/messages", ["messages": []]).json()
            #expect(anthropic["type"]?.string == "error")
            #expect(anthropic["error"]?["type"]?.string == "invalid_request_error")
            #expect(try await client.ask("/api/chat", ["messages": 1]).json()["error"]?.string != nil)
        }
    }
}

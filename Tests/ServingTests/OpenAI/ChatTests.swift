import Files
import Generation
import HummingbirdTesting
import Testing
import Tokenizers

@testable import Serving

@Suite struct ChatTests {
    static let asked: JSONValue = [
        "messages": [["role": "user", "content": .string(ServedFixture.question)]], "temperature": 0,
    ]

    static func asking(_ members: KeyValuePairs<String, JSONValue>) -> JSONValue {
        .object((asked.object ?? JSONObject()).merging(members))
    }

    @Test func answers() async throws {
        try await ServedFixture.server().application().test(.router) { client in
            let answer = try await client.ask("/v1/chat/completions", Self.asked).json()
            let choice = answer["choices"]?[0]
            #expect(choice?["message"]?["content"]?.string?.hasSuffix("933") == true)
            #expect(choice?["message"]?["role"]?.string == "assistant")
            #expect(choice?["finish_reason"]?.string == "stop")
            #expect(answer["object"]?.string == "chat.completion")
            #expect(answer["model"]?.string == "first-light")
            let usage = answer["usage"]
            let sum = (usage?["prompt_tokens"]?.integer ?? 0) + (usage?["completion_tokens"]?.integer ?? 0)
            #expect(usage?["total_tokens"]?.integer == sum)
        }
    }

    /// A stream says the same as the whole answer, and each of its parts is an event by itself.
    @Test func streams() async throws {
        try await ServedFixture.server().application().test(.router) { client in
            let whole = try await client.ask("/v1/chat/completions", Self.asked).json()
            let streamed = try await client.ask(
                "/v1/chat/completions",
                Self.asking(["stream": true, "stream_options": ["include_usage": true]]))
            #expect(streamed.headers[.contentType] == "text/event-stream")
            #expect(streamed.text.hasSuffix("data: [DONE]\n\n"))
            let events = try streamed.events()
            func joined(_ member: String) -> String {
                events.compactMap { $0["choices"]?[0]?["delta"]?[member]?.string }.joined()
            }
            #expect(joined("content") == whole["choices"]?[0]?["message"]?["content"]?.string)
            #expect(joined("reasoning_content") == whole["choices"]?[0]?["message"]?["reasoning_content"]?.string ?? "")
            #expect(events.first?["choices"]?[0]?["delta"]?["role"]?.string == "assistant")
            #expect(events.last?["usage"]?["total_tokens"] == whole["usage"]?["total_tokens"])
            #expect(events.last?["choices"]?.array?.isEmpty == true)
            let reasons = events.compactMap { $0["choices"]?[0]?["finish_reason"]?.string }
            #expect(reasons == ["stop"])
        }
    }

    /// The same seed gives the same answers, one after another or together; several answers differ.
    @Test func repeatsBySeed() async throws {
        try await ServedFixture.server().application().test(.router) { client in
            let body: JSONValue = ["prompt": "What is ", "temperature": 1, "seed": 11, "n": 3, "max_tokens": 12]
            async let first = client.ask("/v1/completions", body).json()["choices"]
            async let second = client.ask("/v1/completions", body).json()["choices"]
            let (one, two) = try await (first, second)
            #expect(one?.array?.count == 3)
            #expect(one == two)
            #expect(Set((one?.array ?? []).compactMap { $0["text"]?.string }).count > 1)
        }
    }

    @Test func stops() async throws {
        try await ServedFixture.server().application().test(.router) { client in
            let short = try await client.ask("/v1/chat/completions", Self.asking(["max_tokens": 3])).json()
            #expect(short["choices"]?[0]?["finish_reason"]?.string == "length")
            #expect(short["usage"]?["completion_tokens"]?.integer == 3)
            let stopped = try await client.ask("/v1/chat/completions", Self.asking(["stop": "933"])).json()
            #expect(stopped["choices"]?[0]?["message"]?["content"]?.string?.contains("933") == false)
            #expect(stopped["choices"]?[0]?["finish_reason"]?.string == "stop")
        }
    }

    @Test func reportsProbabilities() async throws {
        try await ServedFixture.server().application().test(.router) { client in
            let body = Self.asking(["logprobs": true, "top_logprobs": 2, "max_tokens": 6])
            let tokens = try await client.ask("/v1/chat/completions", body).json()["choices"]?[0]?["logprobs"]?[
                "content"]
            #expect(tokens?.array?.count == 6)
            for token in tokens?.array ?? [] {
                #expect((token["logprob"]?.double ?? 1) <= 0)
                // The likeliest token is taken, so that it is the first of the alternatives.
                #expect(token["top_logprobs"]?[0]?["logprob"] == token["logprob"])
                #expect(token["top_logprobs"]?.array?.count == 2)
            }
            let streamed = try await client.ask(
                "/v1/chat/completions", .object((body.object ?? JSONObject()).merging(["stream": true])))
            let parts = try streamed.events().flatMap {
                $0["choices"]?[0]?["logprobs"]?["content"]?.array ?? []
            }
            #expect(parts == tokens?.array)
        }
    }

    @Test func obeysBiases() async throws {
        try await ServedFixture.server().application().test(.router) { client in
            let tokenizer = try ServedFixture.model.get().model.requiredTokenizer()
            let seven = try #require(tokenizer.encode("7").first)
            let body = Self.asking([
                "logit_bias": .object(JSONObject([(key: String(seven), value: 100)])), "max_tokens": 3,
            ])
            let text = try await client.ask("/v1/chat/completions", body).json()["choices"]?[0]?["message"]
            #expect(text?["content"]?.string == "777" || text?["reasoning_content"]?.string == "777")
        }
    }

    @Test func followsSchemas() async throws {
        let schema: JSONValue = [
            "type": "object", "properties": ["sum": ["type": "integer"]], "required": ["sum"],
            "additionalProperties": false,
        ]
        try await ServedFixture.server().application().test(.router) { client in
            let body = Self.asking([
                "response_format": ["type": "json_schema", "json_schema": ["name": "sum", "schema": schema]],
                "max_tokens": 200,
            ])
            let answer = try await client.ask("/v1/chat/completions", body).json()
            let text = try #require(answer["choices"]?[0]?["message"]?["content"]?.string)
            #expect(try JSONParser.parse(text, source: "answer")["sum"]?.integer != nil)
            let refused = try await client.ask(
                "/v1/chat/completions",
                Self.asking([
                    "response_format": ["type": "json_schema", "json_schema": ["schema": ["not": [:]]]]
                ]))
            #expect(refused.status == 400)
        }
    }

    static let choices: [JSONValue] = ["required", ["type": "function", "function": ["name": "add"]]]

    @Test(arguments: choices) func callsTools(_ choice: JSONValue) async throws {
        let tool: JSONValue = [
            "type": "function",
            "function": [
                "name": "add", "description": "Adds.",
                "parameters": [
                    "type": "object", "properties": ["a": ["type": "integer"]], "required": ["a"],
                    "additionalProperties": false,
                ],
            ],
        ]
        try await ServedFixture.server().application().test(.router) { client in
            let body = Self.asking(["tools": [tool], "tool_choice": choice, "max_tokens": 200])
            let answer = try await client.ask("/v1/chat/completions", body).json()["choices"]?[0]
            #expect(answer?["finish_reason"]?.string == "tool_calls")
            let call = answer?["message"]?["tool_calls"]?[0]
            #expect(call?["function"]?["name"]?.string == "add")
            let arguments = try JSONParser.parse(
                call?["function"]?["arguments"]?.string ?? "", source: "arguments")
            #expect(arguments["a"]?.integer != nil)
            #expect(answer?["message"]?["content"]?.isNull == true)
        }
    }

    /// What is wrong with a question that has the right shape.
    @Test func refusesQuestions() async throws {
        try await ServedFixture.server().application().test(.router) { client in
            let long = String(repeating: "1 + ", count: 2000)
            let bodies: [JSONValue] = [
                ["messages": [["role": "user", "content": .string(long)]]],
                Self.asking(["tool_choice": "required"]),
                Self.asking(["tools": [], "tool_choice": ["type": "function", "function": ["name": "x"]]]),
                Self.asking(["response_format": ["type": "json_schema"]]),
            ]
            for body in bodies {
                let answer = try await client.ask("/v1/chat/completions", body)
                #expect(answer.status == 400, "\(answer.text)")
                let streamed = Self.asking(["stream": true])
                let both = JSONValue.object((body.object ?? JSONObject()).merging(["stream": true]))
                #expect(try await client.ask("/v1/chat/completions", both).status == 400)
                #expect(try await client.ask("/v1/chat/completions", streamed).status == 200)
            }
        }
    }
}

import Files
import Generation
import HummingbirdTesting
import Testing

@testable import Serving

@Suite struct CompletionTests {
    static let text = "What is 3 + 4? Ein Käse für 3 €"

    /// What lm-eval reads: one number for each token, the first of which has none, equal to those of scoring the text.
    @Test func scoresTexts() async throws {
        let model = try ServedFixture.model.get().model
        let ids = try model.completion(of: Self.text).prompt
        let scores = try model.score(ids, top: 1)
        try await ServedFixture.server().application().test(.router) { client in
            for prompt in [JSONValue.string(Self.text), .array(ids.map { .integer(Int($0)) })] {
                let body: JSONValue = ["prompt": prompt, "echo": true, "logprobs": 1, "max_tokens": 0]
                let choice = try await client.ask("/v1/completions", body).json()["choices"]?[0]
                #expect(choice?["text"]?.string == Self.text)
                let table = choice?["logprobs"]
                let found = table?["token_logprobs"]?.array ?? []
                #expect(found.count == ids.count)
                #expect(found.first?.isNull == true)
                for (number, score) in zip(found, scores).dropFirst() {
                    let expected = try #require(score.logProbability)
                    #expect(abs((number.double ?? 1) - expected) <= 1e-5 * abs(expected))
                }
                #expect(table?["text_offset"]?.array?.count == ids.count)
                #expect(table?["top_logprobs"]?[0]?.isNull == true)
            }
        }
    }

    /// Offsets count characters: the text from there on begins with the token, where the token is text by itself.
    @Test func tellsPlaces() async throws {
        try await ServedFixture.server().application().test(.router) { client in
            let body: JSONValue = ["prompt": .string(Self.text), "echo": true, "logprobs": 0, "max_tokens": 2]
            let choice = try await client.ask("/v1/completions", body).json()["choices"]?[0]
            let scalars = Array((choice?["text"]?.string ?? "").unicodeScalars)
            let tokens = choice?["logprobs"]?["tokens"]?.array ?? []
            let places = choice?["logprobs"]?["text_offset"]?.array?.compactMap(\.integer) ?? []
            #expect(tokens.count == places.count)
            for (token, place) in zip(tokens, places).dropFirst() {
                guard let token = token.string, !token.hasPrefix("bytes:"), !token.hasPrefix("<｜") else { continue }
                #expect(scalars.dropFirst(place).starts(with: Array(token.unicodeScalars)))
            }
        }
    }

    @Test func streamsWhatItSaysWhole() async throws {
        try await ServedFixture.server().application().test(.router) { client in
            let body: JSONValue = [
                "prompt": ["What is", "12 -"], "n": 2, "max_tokens": 7, "temperature": 1, "seed": 3, "echo": true,
                "logprobs": 1,
            ]
            let whole = try await client.ask("/v1/completions", body).json()["choices"]?.array ?? []
            let events = try await client.ask(
                "/v1/completions", .object((body.object ?? JSONObject()).merging(["stream": true]))
            ).events()
            #expect(whole.count == 4)
            for (index, choice) in whole.enumerated() {
                let parts = events.compactMap { $0["choices"]?[0] }.filter { $0["index"]?.integer == index }
                #expect(parts.compactMap { $0["text"]?.string }.joined() == choice["text"]?.string)
                let offsets = parts.flatMap { $0["logprobs"]?["text_offset"]?.array ?? [] }
                #expect(offsets == choice["logprobs"]?["text_offset"]?.array)
            }
        }
    }

    static let prompts: [(String, Int)] = [
        (#""""#, 200), (#"[]"#, 400), (#"[[]]"#, 400), (#"[1, "a"]"#, 400), (#"[-1]"#, 400), (#"[99999999]"#, 400),
        (#"[4294967296]"#, 400), (#"[1.5]"#, 400), (#"[[1, 2], [3]]"#, 200), (#"["a", "b"]"#, 200), (#"null"#, 400),
    ]

    @Test(arguments: prompts) func checksPrompts(_ prompt: String, _ status: Int) async throws {
        try await ServedFixture.server().application().test(.router) { client in
            let answer = try await client.ask("/v1/completions", text: #"{"max_tokens": 1, "prompt": \#(prompt)}"#)
            #expect(answer.status == status, "\(answer.text)")
        }
    }

    /// First Light has no marks of a gap, and says so.
    @Test func refusesGaps() async throws {
        try await ServedFixture.server().application().test(.router) { client in
            let answer = try await client.ask("/v1/completions", ["prompt": "a", "suffix": "b"])
            #expect(answer.status == 400)
            #expect(try answer.json()["error"]?["param"]?.string == "suffix")
            #expect(try await client.ask("/infill", ["input_prefix": "a", "input_suffix": "b"]).status == 400)
        }
    }

    static let constraints: [(String, String, Int)] = [
        ("guided_regex", #""(a+)+b""#, 200), ("guided_regex", #""(a*)*""#, 200),
        ("guided_regex", #""[0-9]{1,1000000000}""#, 200),
        ("guided_regex", #""(""#, 400), ("grammar", #""root ::= root""#, 400),
        ("grammar", #""root ::= \"a\" root | \"b\"""#, 200),
        ("grammar", #""nothing""#, 400), ("guided_json", ##"{"$ref": "#"}"##, 400),
        ("guided_json", #"{"$ref": "file:///etc/passwd"}"#, 400),
        ("guided_json", #"{"$ref": "http://127.0.0.1/x"}"#, 400),
        ("guided_json", ##"{"type": "object", "properties": {"a": {"$ref": "#"}}}"##, 200),
        ("guided_json", #"{"type": "string", "pattern": "^(a+)+$"}"#, 200),
    ]

    /// No schema, grammar or expression keeps the server busy, and none makes it fetch anything.
    @Test(arguments: constraints) func boundsConstraints(_ field: String, _ value: String, _ status: Int) async throws {
        try await ServedFixture.server().application().test(.router) { client in
            let body = #"{"prompt": "a", "max_tokens": 3, "temperature": 0, "\#(field)": \#(value)}"#
            let answer = try await client.ask("/v1/completions", text: body)
            #expect(answer.status == status, "\(answer.text)")
        }
    }

    @Test func boundsTheirSize() async throws {
        try await ServedFixture.server().application().test(.router) { client in
            let pattern = String(repeating: "a", count: ServerLimits.schemaBytes + 1)
            let answer = try await client.ask("/v1/completions", ["prompt": "a", "guided_regex": .string(pattern)])
            #expect(answer.status == 400)
        }
    }
}

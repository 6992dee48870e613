import Files
import Foundation
import Testing

#if canImport(FoundationNetworking)
import FoundationNetworking
#endif

/// A model, served.
struct ServedProgram {
    let program: Program
    let client: ServedClient

    var address: String { client.address }

    /// - Parameter model: First Light unless given; `nil` to name none.
    init(_ options: [String], model: String? = "first-light", environment: [String: String] = [:]) async throws {
        let named = [model].compactMap(\.self)
        program = try Program(
            ["serve"] + named + ["--port", "0", "--no-page", "--log-level", "error"] + options, environment: environment
        )
        let deadline = ContinuousClock.now + .seconds(60)
        while !program.errorsSoFar.contains(" at http://") || !program.errorsSoFar.hasSuffix("\n") {
            try #require(ContinuousClock.now < deadline, "\(program.errorsSoFar)")
            try await Task.sleep(for: .milliseconds(2))
        }
        let line = try #require(program.errorsSoFar.split(separator: "\n").last { $0.contains(" at http://") })
        client = ServedClient(address: String(line[(try #require(line.range(of: "http://"))).lowerBound...]))
    }

    func answer(to prompt: [Int]) async throws -> String { try await client.answer(to: prompt) }

    func restoredTokens() async throws -> Int { try await client.restoredTokens() }

    /// Ends the server as Ctrl-C does.
    func end() async throws {
        program.interrupt()
        try await program.finishAside().expectSuccess()
    }
}

/// Asks a server that runs.
struct ServedClient: Sendable {
    let address: String

    /// The greedy answer of three tokens.
    func answer(to prompt: [Int]) async throws -> String {
        let body: JSONValue = [
            "prompt": .array(prompt.map { .integer($0) }), "max_tokens": 3, "temperature": 0, "ignore_eos": true,
            "logprobs": 1,
        ]
        var request = URLRequest(url: try #require(URL(string: address + "/v1/completions")))
        request.httpMethod = "POST"
        request.httpBody = Data(body.line.utf8)
        let answer = try JSONParser.parse(try await text(request), source: "answer")
        return try #require(answer["choices"]?.array?.first).line
    }

    /// Tokens of prompts whose keys and values came from disk.
    func restoredTokens() async throws -> Int {
        let url = try #require(URL(string: address + "/metrics"))
        let name = "isobath_prompt_tokens_restored_total"
        let line = try await text(URLRequest(url: url)).split(separator: "\n").first { $0.hasPrefix(name) }
        return try #require(line?.split(separator: " ").last.flatMap { Int($0) })
    }

    /// What `/v1/models` lists.
    func models() async throws -> [JSONValue] {
        let url = try #require(URL(string: address + "/v1/models"))
        let answer = try await JSONParser.parse(text(URLRequest(url: url)), source: "models")
        return try #require(answer["data"]?.array)
    }

    private func text(_ request: URLRequest) async throws -> String {
        let (data, response) = try await URLSession.shared.data(for: request)
        #expect((response as? HTTPURLResponse)?.statusCode == 200, "\(String(decoding: data, as: UTF8.self))")
        return String(decoding: data, as: UTF8.self)
    }
}

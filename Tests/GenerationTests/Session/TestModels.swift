import Checkpoints
import Files
import Foundation
import Generation
import TestSupport
import Testing

/// The models that sessions are tested with.
enum TestModels {
    static let names = [
        "deepseek-moe", "llama-gqa", "llama-linear", "llama-mha", "llama3-tied", "qwen2", "qwen3-yarn", "v2", "v2-lite",
        "v2-mscale", "v3", "v3-fp8", "v3-k256",
    ]

    static let firstLightPath = Fixture.path("../../Sources/Hub/Resources/first-light")

    static func fixture(_ name: String, _ settings: EngineSettings = EngineSettings()) throws -> LanguageModel {
        try LanguageModel(path: Fixture.path("text/" + name), settings: settings)
    }

    static func firstLight(_ settings: EngineSettings = EngineSettings()) throws -> LanguageModel {
        try LanguageModel(path: firstLightPath, settings: settings)
    }
}

/// A prompt of a recorded model and its greedy continuation.
struct RecordedPrompt {
    let name: String
    let tokens: [Int32]
    let greedy: [Int32]

    static func all(of model: String) throws -> [RecordedPrompt] {
        let recorded = try RecordedTensors(path: Fixture.path("text/\(model)/golden"))
        let prompts = try #require(recorded.description["prompts"]?.object)
        return try prompts.members.map { name, value in
            RecordedPrompt(name: name, tokens: try ids(value["ids"]), greedy: try ids(value["greedy"]))
        }
    }

    static func ids(_ value: JSONValue?) throws -> [Int32] {
        try #require(value?.array).map { Int32(try #require($0.integer)) }
    }
}

/// A question to First Light and its recorded answer.
struct RecordedAnswer {
    let question: String
    let prompt: [Int32]
    let tokens: [Int32]
    /// With the end token's text.
    let text: String
    let expected: String

    static func all() throws -> [RecordedAnswer] {
        let file = try MappedFile(path: TestModels.firstLightPath + "/golden.json")
        return try #require(try JSONParser.parse(file)["examples"]?.array).map { example in
            RecordedAnswer(
                question: try #require(example["question"]?.string),
                prompt: try RecordedPrompt.ids(example["prompt_ids"]),
                tokens: try RecordedPrompt.ids(example["greedy_ids"]),
                text: try #require(example["text"]?.string), expected: try #require(example["expected"]?.string))
        }
    }
}

extension GenerationRequest {
    /// The likeliest `count` tokens after `prompt`, the end token being one as any other.
    static func greedy(_ prompt: [Int32], count: Int?) -> GenerationRequest {
        var request = GenerationRequest(prompt: prompt, sampling: .greedy)
        request.maximumTokens = count
        request.ignoresEnd = true
        return request
    }
}

extension Session {
    /// Waits for the whole answer.
    nonisolated func answer(_ request: GenerationRequest) async throws -> GenerationSummary {
        var summary: GenerationSummary?
        for try await event in generate(request) {
            if case .finished(let last) = event { summary = last }
        }
        return try #require(summary)
    }
}

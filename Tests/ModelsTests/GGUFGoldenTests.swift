import Checkpoints
import Files
import Models
import Tensors
import TestSupport
import Testing

/// The GGUF files that llama.cpp's converter and quantizer made, against logits in f32 arithmetic.
struct GGUFGoldenTests {
    /// What `MANIFEST.json` says of one file.
    struct File: Sendable, CustomTestStringConvertible {
        let name: String
        /// The recorded model whose goldens hold for it; `nil` where the file has goldens of its own.
        let model: String?

        var testDescription: String { name }
    }

    static let files: [File] = {
        guard let manifest = try? JSONParser.parse(try MappedFile(path: Fixture.path("gguf/MANIFEST.json"))),
            let files = manifest["files"]?.object
        else { return [] }
        return files.members.map { name, value in
            let golden = value["golden"]?.string ?? ""
            return File(name: name, model: golden.hasPrefix("text/") ? String(golden.dropFirst(5)) : nil)
        }
    }()

    @Test func manifestIsRead() { #expect(Self.files.count >= 20) }

    @Test(arguments: files, Feeding.allCases)
    func continuations(file: File, feeding: Feeding) throws {
        let decoder = try Decoder(try openCheckpoint(at: Fixture.path("gguf/" + file.name)))
        for choice in OperationsChoice.allCases {
            for prompt in try prompts(of: file) {
                let run = GreedyRun(decoder: decoder, operations: try choice.operations)
                let result = try run.logits(prompt.tokens, expected: prompt.greedy, feeding)
                let error = relativeError(result.greedy, prompt.logits)
                #expect(error < prompt.tolerance, "\(file.name).\(prompt.name), \(choice): \(error)")
                let width = decoder.configuration.vocabularySize
                let tokens = stride(from: 0, to: result.greedy.count, by: width).map {
                    largest(result.greedy[$0..<$0 + width])
                }
                #expect(tokens.prefix(prompt.sure) == prompt.greedy.prefix(prompt.sure), "\(file.name).\(prompt.name)")
            }
        }
    }

    // MARK: Goldens

    private struct Prompt {
        let name: String
        let tokens: [Int32]
        let greedy: [Int32]
        let logits: [Float]
        /// Greedy tokens whose margin is beyond rounding.
        let sure: Int
        let tolerance: Double
    }

    private func prompts(of file: File) throws -> [Prompt] {
        guard let name = file.model else { return try ownPrompts(of: file) }
        let model = try GoldenModel(name)
        return try model.prompts().map {
            Prompt(
                name: $0.name, tokens: $0.tokens, greedy: $0.greedy,
                logits: try model.recorded.tensor($0.name + ".greedy_logits").floats, sure: 16, tolerance: 1e-4)
        }
    }

    private func ownPrompts(of file: File) throws -> [Prompt] {
        let manifest = try JSONParser.parse(try MappedFile(path: Fixture.path("gguf/MANIFEST.json")))
        let recorded = try RecordedTensors(path: Fixture.path("gguf/golden"))
        // Versions and splits of a file say whose goldens they have: "as NAME.gguf (…)".
        let golden = try #require(manifest["files"]?[file.name]?["golden"]?.string)
        let owner = golden.hasPrefix("as ") ? String(golden.dropFirst(3).prefix { $0 != " " }) : file.name
        let stem = owner.replacing(".gguf", with: "")
        return try ["a", "b"].map { prompt in
            func ids(_ value: JSONValue?) throws -> [Int32] {
                try #require(value?.array).map { Int32(try #require($0.integer)) }
            }
            let logits = try recorded.tensor("\(stem).\(prompt).exact.greedy_logits")
            let width = logits.shape[1]
            let greedy = (0..<logits.shape[0]).map { largest(logits.floats[$0 * width..<($0 + 1) * width]) }
            return Prompt(
                name: prompt, tokens: try ids(manifest["prompts"]?[prompt]), greedy: greedy, logits: logits.floats,
                sure: try #require(manifest["files"]?[owner]?["exact"]?[prompt]?["sure_greedy_tokens"]?.integer),
                tolerance: 1e-3)
        }
    }
}

import Files
import Foundation
import TestSupport
import Testing

@Suite(.serialized, .timeLimit(.minutes(10))) final class SynthProgramTests {
    private let folder: String

    init() throws { folder = try Fixture.temporaryFolder() }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    /// A small shape with room for First Light's vocabulary.
    private func shape() throws -> String {
        let path = folder + "/config.json"
        let text = String(decoding: try Fixture.data("text/v3-k256/config.json"), as: UTF8.self)
        try Data(text.replacing("\"vocab_size\": 256", with: "\"vocab_size\": 512").utf8).write(to: URL(filePath: path))
        return path
    }

    private var files: [String] { get throws { try FileManager.default.contentsOfDirectory(atPath: folder).sorted() } }

    @Test func fileIsWrittenAndRuns() throws {
        let path = folder + "/model.gguf"
        let written = try Program.run([
            "synth", try shape(), "--type", "q4_k_m", "--prediction-layers", "1", "-o", path,
        ])
        written.expectSuccess()
        #expect(written.text.hasPrefix(path + ": ") && written.text.hasSuffix("parameters.\n"))
        #expect(try files == ["config.json", "model.gguf"])
        let model = try #require(try Program.run(["inspect", path, "--json"]).json()["model"])
        #expect(model["prediction_layers"]?.integer == 1 && model["vocabulary_size"]?.integer == 512)
        let run = try Program.run([
            "run", path, "--tokens", "1,2,3", "--greedy", "-n", "8", "--ignore-eos", "--json",
        ])
        run.expectSuccess()
        #expect(try Given.ids(try run.json()["token_ids"]).count == 8)
    }

    @Test func vocabularyComesFromWhereOneSays() throws {
        let path = folder + "/model.gguf"
        let vocabulary = try Fixture.unpacked("tokenizers/ggml-vocab-deepseek-coder.gguf.gz")
        let arguments = ["synth", "deepseek-coder-1.3b", "--layers", "1", "--type", "q2_k", "-o", path]
        try Program.run(arguments + ["--vocabulary", vocabulary]).expectSuccess()
        let text = "def f(x):\n    return x ** 2"
        let ids = try ["model.gguf", ""].map { name in
            try Program.run(["tokenize", name.isEmpty ? vocabulary : folder + "/" + name, "--ids"], input: text).text
        }
        #expect(ids[0] == ids[1] && !ids[0].isEmpty)
    }

    @Test func shapesAreListed() throws {
        let list = try Program.run(["synth", "--list"])
        list.expectSuccess()
        let lines = list.text.split(separator: "\n")
        #expect(lines.count == 33 && lines[0].hasPrefix("shape"))
        #expect(lines.contains { $0.hasPrefix("deepseek-v2-lite ") && $0.contains("15.7 B") && $0.contains("10.4 GB") })
        let rows = try #require(try Program.run(["synth", "--list", "--json"]).json().array)
        let lite = try #require(rows.first { $0["name"]?.string == "deepseek-v2-lite" })
        #expect(lite["parameters"]?.integer == 15_706_484_224)
        let recipes = try FileManager.default.contentsOfDirectory(atPath: Fixture.path("../../Recipes/quantization"))
        #expect(
            lite["bytes"]?.object?.members.count == recipes.count && lite["active_bytes"]?["q4_k_m"]?.integer != nil)
    }

    @Test func wrongNamesAreSentencesWithTheRightOnes() throws {
        let path = folder + "/model.gguf"
        let unknownShape = try Program.run(["synth", "deepseek-v9", "--type", "q4_k_m", "-o", path])
        unknownShape.expectFailure()
        #expect(unknownShape.errors.contains("deepseek-v2-lite"))
        let unknownType = try Program.run(["synth", try shape(), "--type", "q4_k_l", "-o", path])
        unknownType.expectFailure()
        #expect(unknownType.errors.contains("q4_k_m") && unknownType.errors.contains("dq3_k_m"))
        #expect(try files == ["config.json"])
    }

    @Test func whatCannotBeWrittenIsASentence() throws {
        let common = ["synth", try shape(), "--type", "q8_0"]
        try Program.run(common + ["-o", folder + "/nowhere/model.gguf"]).expectFailure()
        try Program.run(common + ["-o", folder]).expectFailure()
        let vocabulary = try Fixture.unpacked("tokenizers/ggml-vocab-deepseek-coder.gguf.gz")
        let tooLarge = try Program.run(common + ["-o", folder + "/model.gguf", "--vocabulary", vocabulary])
        tooLarge.expectFailure()
        #expect(tooLarge.errors.contains("vocabulary") && tooLarge.errors.contains("512"))
        #expect(try files == ["config.json"])
    }

    @Test(arguments: [
        [], ["deepseek-v3"], ["deepseek-v3", "--type", "q8_0"], ["--list", "deepseek-v3"], ["--json"],
        ["deepseek-v3", "--type", "q8_0", "-o", "x", "--layers", "many"],
    ])
    func incompleteCommandsAreUsageErrors(arguments: [String]) throws {
        try Program.run(["synth"] + arguments).expectFailure(status: 64)
    }
}

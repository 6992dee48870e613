import Files
import Foundation
import TestSupport
import Testing

@Suite(.serialized, .timeLimit(.minutes(10))) final class ConvertProgramTests {
    private let folder: String

    init() throws { folder = try Fixture.temporaryFolder() }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    private var files: [String] { get throws { try FileManager.default.contentsOfDirectory(atPath: folder).sorted() } }

    /// The model that comes along says the same from either container.
    @Test func answersAreTheSame() throws {
        let (file, back) = (folder + "/light.gguf", folder + "/light")
        try Program.run(["convert", "first-light", file]).expectSuccess()
        try Program.run(["convert", file, back, "--split-size", "1M"]).expectSuccess()
        #expect(try FileManager.default.contentsOfDirectory(atPath: back).contains("model.safetensors.index.json"))
        let answers = try ["first-light", file, back].map { model in
            let result = try Program.run(["run", model, "What is 12 + 34?", "--greedy", "-n", "24"])
            result.expectSuccess()
            return result.text
        }
        #expect(answers[0] == answers[1] && answers[0] == answers[2])
        #expect(try files == ["light", "light.gguf"])
    }

    @Test func resultIsJSON() throws {
        let arguments = ["convert", Fixture.path("text/v3-fp8"), folder + "/v3.gguf", "--json", "--split-size", "1M"]
        let planned = try Program.run(arguments + ["--dry-run", "--tensors"]).json()
        #expect(try files.isEmpty)
        let first = try #require(planned["tensors"]?.array?.first)
        #expect(first["name"]?.string == "token_embd.weight" && first["type"]?.string == "BF16")
        let json = try Program.run(arguments).json()
        let parts = try #require(json["files"]?.array)
        #expect(json["tensor_count"]?.integer == planned["tensors"]?.array?.count && json["tensors"] == nil)
        #expect(try files == parts.compactMap { $0["path"]?.string.map { URL(filePath: $0).lastPathComponent } })
        #expect(json["total_bytes"]?.integer == parts.reduce(0) { $0 + ($1["bytes"]?.integer ?? 0) })
    }

    /// Folders are quantized as they are, and the program says that there is nothing to read text with.
    @Test func foldersAreQuantized() throws {
        let path = folder + "/model.gguf"
        try Program.run(["quantize", Fixture.path("text/v3"), path, "--recipe", "q8_0"]).expectSuccess()
        try Program.run(["run", path, "--tokens", "1,2,3", "--greedy", "-n", "4", "--ignore-eos"]).expectSuccess()
        let converted = try Program.run(["convert", Fixture.path("text/v3"), folder + "/plain.gguf", "--type", "q8_0"])
        converted.expectSuccess()
        #expect(converted.errors.contains("no tokenizer"))
    }

    static let mistakes: [[String]] = [
        ["convert", Fixture.path("gguf/llama-mha.gguf"), "out.gguf"],
        ["convert", "no-such-model", "out.gguf"],
        ["convert", "first-light", "out.gguf", "--type", "q4_k_m"],
        ["convert", "first-light", "out.gguf", "--split-size", "large"],
        ["convert", "first-light", "out.gguf", "--vocabulary", "no-such-file"],
    ]

    @Test(arguments: mistakes)
    func badInputIsASentence(_ arguments: [String]) throws {
        let result = try Program.run(arguments)
        #expect(result.status != 0)
        #expect(result.errors.contains("expected") && result.errors.hasSuffix(".\n"))
    }
}

import Files
import Foundation
import TestSupport
import Testing

@Suite(.serialized, .timeLimit(.minutes(10))) final class QuantizeProgramTests {
    private let folder: String

    init() throws { folder = try Fixture.temporaryFolder() }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    private var files: [String] { get throws { try FileManager.default.contentsOfDirectory(atPath: folder).sorted() } }

    @Test func fileIsWrittenAndRuns() throws {
        let path = folder + "/model.gguf"
        let result = try Program.run([
            "quantize", Fixture.path("gguf/v3.gguf"), path, "--recipe", "q8_0", "--tensor-type", "blk.0.*=q4_0",
            "--json",
        ])
        result.expectSuccess()
        let json = try result.json()
        #expect(json["total_bytes"]?.integer ?? 0 > 0 && json["bits_per_weight"]?.double ?? 0 > 8)
        let tensors = try #require(json["tensors"]?.array)
        let first = try #require(tensors.first { $0["name"]?.string == "blk.0.attn_output.weight" })
        #expect(first["type"]?.string == "Q4_0" && first["reason"]?.string == "asked for")
        #expect(try files == ["model.gguf"])
        try Program.run(["run", path, "--tokens", "1,2,3", "--greedy", "-n", "4", "--ignore-eos"]).expectSuccess()
    }

    @Test func dryRunsWriteNothing() throws {
        let json = try Program.run(["quantize", "deepseek-v3", "--recipe", "dq3_k_m", "--dry-run", "--json"]).json()
        let bytes = try #require(json["total_bytes"]?.integer)
        #expect(abs(Double(bytes) / 1_073_741_824 / 281 - 1) < 0.01)
        let text = try Program.run(["quantize", "v2-lite", "--recipe", "q4_k_m", "--dry-run"]).text
        #expect(text.contains("Q6_K × ") && text.contains("bits a weight"))
        let every = try Program.run([
            "quantize", Fixture.path("gguf/llama-mha.gguf"), "--recipe", "q3_k_m", "--dry-run", "--tensors",
        ])
        #expect(every.text.contains("a vector") && every.text.contains("every logit comes from it"))
        #expect(try files.isEmpty)
    }

    @Test func recipesAreListedAndReadFromFiles() throws {
        #expect(try Program.run(["quantize", "--list"]).text.contains("DQ3_K_M"))
        let path = folder + "/mine.yaml"
        try Data("name: Mine\nabout: All in eight bits.\nnumber: 7\ntype: q8_0\n".utf8).write(to: URL(filePath: path))
        let mine = try Program.run(["quantize", "deepseek-v3", "--recipe", path, "--dry-run"])
        #expect(mine.text.hasPrefix("Mine: 671 B parameters"))
    }

    @Test(arguments: [
        ["quantize", "deepseek-v3", "--recipe", "q4_k_z", "--dry-run"],
        ["quantize", "deepseek-v3", "--recipe", "q4_k_m", "--dry-run", "--tensor-type", "x=y"],
        ["quantize", "no-such-model", "out.gguf", "--recipe", "q4_k_m"],
        ["quantize", "first-light", "no-such-folder/out.gguf", "--recipe", "q4_k_m"],
    ])
    func badInputIsASentence(_ arguments: [String]) throws {
        let result = try Program.run(arguments)
        #expect(result.status != 0)
        #expect(result.errors.contains("expected") && result.errors.hasSuffix(".\n"))
        #expect(try files.isEmpty)
    }
}

import Files
import Foundation
import TestSupport
import Testing

@Suite(.serialized, .timeLimit(.minutes(10))) final class ImportanceProgramTests {
    private let folder: String
    private let text = Fixture.path("importance/text.txt")

    init() throws { folder = try Fixture.temporaryFolder() }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    private func read(_ more: [String]) throws -> Program.Result {
        try Program.run(["imatrix", Fixture.path("gguf/v3.gguf"), text, "--context", "64"] + more)
    }

    @Test func matrixIsMadeAndUsed() throws {
        let matrix = folder + "/matrix.gguf"
        let result = try read(["--chunks", "4", "-o", matrix])
        result.expectSuccess()
        #expect(result.text.contains("from 4 pieces of 64 tokens") && result.text.contains("never seen"))
        let shown = try Program.run(["imatrix", "--show", matrix, "--json"]).json()
        #expect(shown["chunks"]?.integer == 4 && shown["chunk_length"]?.integer == 64)
        let experts = try #require(shown["experts"]?.array?.first?["tokens"]?.array)
        #expect(experts.compactMap(\.integer).reduce(0, +) % 256 == 0)
        let quantized = folder + "/model.gguf"
        try Program.run([
            "quantize", Fixture.path("gguf/v3.gguf"), quantized, "--recipe", "q4_0", "--imatrix", matrix,
        ]).expectSuccess()
    }

    @Test func matricesAreAddedAndWrittenInTheOlderForm() throws {
        let (first, both) = (folder + "/first.dat", folder + "/both.gguf")
        try read(["--chunks", "2", "-o", first]).expectSuccess()
        try read(["--chunks", "1", "-o", both, "--add", first]).expectSuccess()
        let shown = try Program.run(["imatrix", "--show", first, "--json"]).json()
        #expect(shown["chunks"]?.integer == 2)
    }

    @Test func textComesFromStandardInput() throws {
        let result = try Program.run(
            ["imatrix", "first-light", "-", "--context", "32", "-o", folder + "/m.gguf", "--json"],
            input: String(repeating: "What is 12 + 30? ", count: 20))
        #expect(try result.json()["datasets"]?.array?.first?.string == "standard input")
    }

    @Test func badInputIsASentence() throws {
        let other = folder + "/other.gguf"
        try Program.run(["imatrix", "first-light", text, "--context", "64", "--chunks", "1", "-o", other])
            .expectSuccess()
        let out = ["-o", folder + "/out.gguf"]
        let wrong: [[String]] = [
            ["imatrix", Fixture.path("gguf/v3.gguf"), folder + "/none.txt"] + out,
            ["imatrix", Fixture.path("gguf/v3.gguf"), text, "--context", "100000"] + out,
            ["imatrix", Fixture.path("gguf/v3.gguf"), text, "--context", "64", "--add", text] + out,
            ["imatrix", Fixture.path("gguf/v3.gguf"), text, "--context", "64", "-o", folder + "/no/such/folder.gguf"],
            ["imatrix", Fixture.path("gguf/v3.gguf"), text, "--context", "64", "--add", other] + out,
            ["imatrix", "--show", text], ["imatrix", Fixture.path("gguf/v3.gguf")], ["imatrix"],
            ["quantize", Fixture.path("gguf/v3.gguf"), folder + "/q.gguf", "--recipe", "q4_0", "--imatrix", other],
        ]
        for arguments in wrong {
            let result = try Program.run(arguments)
            #expect(result.status != 0 && !result.errors.isEmpty, "\(arguments)")
            #expect(!result.errors.contains("Fatal"), "\(arguments)")
        }
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder).sorted() == ["other.gguf"])
    }
}

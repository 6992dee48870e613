import Files
import Foundation
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(10))) struct CorpusProgramTests {
    private func generate(_ arguments: [String]) throws -> Program.Result {
        try Program.run(["data", "generate"] + arguments)
    }

    /// From nothing to packed conversations, whose thoughts are learned.
    @Test func corpusIsWrittenCheckedAndPacked() throws {
        let folder = try Fixture.temporaryFolder()
        let written = try generate(["-o", "\(folder)/corpus", "--scale", "0.002", "--tests", "5"])
        #expect(written.status == 0 && written.text.contains("addition"), "\(written.errors)")
        let checked = try generate(["--check", "\(folder)/corpus", "--json"])
        #expect(checked.status == 0, "\(checked.text)")
        #expect(try checked.json()["overlapping"]?.array?.isEmpty == true)
        let trained = try Program.run([
            "train-tokenizer", "\(folder)/corpus/text/training", "--size", "600", "--pre-tokenizer", "qwen2",
            "--template",
            "r1", "-o", "\(folder)/tokenizer",
        ])
        #expect(trained.status == 0, "\(trained.errors)")
        let packed = try Program.run([
            "data", "pack", "\(folder)/corpus/chats/training", "--tokenizer", "\(folder)/tokenizer", "-o",
            "\(folder)/chats",
        ])
        #expect(packed.status == 0, "\(packed.errors)")
        let shown = try Program.run(["data", "inspect", "\(folder)/chats", "--show", "5", "--tokens", "2000"])
        #expect(shown.text.contains("<think>\n«") && shown.text.contains("</think>\n\n"), "\(shown.text)")
    }

    @Test func exercisesAreShown() throws {
        let shown = try generate(["--show", "addition", "--count", "2"])
        #expect(shown.status == 0 && shown.text.components(separatedBy: "Question: ").count == 3)
        let json = try generate(["--show", "addition", "--count", "2", "--json"]).json()
        #expect(json.array?.count == 2 && json.array?.first?["thought"]?.string?.isEmpty == false)
        let survey = try generate(["--list", "--json"]).json()
        #expect((survey.array?.count ?? 0) > 40)
        #expect(try generate(["--list"]).text.contains("word-problems"))
    }

    @Test(arguments: [
        [], ["--list", "--show", "addition"], ["--show", "cooking"], ["--check", "/nowhere"],
        ["-o", "/nowhere/at/all", "--scale", "0"], ["-o", "/nowhere/at/all", "--tasks", "cooking"],
        ["-o", "/nowhere/at/all", "--tasks", ","], ["--list", "--tasks", "addition"],
        ["--list", "--tokenizer", "/nowhere"],
    ]) func wrongUseIsRefused(arguments: [String]) throws {
        let refused = try generate(arguments)
        #expect(refused.status != 0 && !refused.wasSignalled && !refused.errors.isEmpty)
    }
}

import Files
import Foundation
import TestSupport
import Testing

/// What holds for every verb: help, completions, errors, exit codes.
@Suite(.serialized, .timeLimit(.minutes(10))) struct ProgramTests {
    @Test(arguments: ["run", "chat", "inspect", "tokenize", "detokenize", "score"])
    func helpHasExamples(_ verb: String) throws {
        let result = try Program.run([verb, "--help"])
        result.expectSuccess()
        #expect(result.text.contains("isobath \(verb) ") && result.text.contains("USAGE: isobath \(verb)"))
        #expect(result.text.components(separatedBy: "isobath \(verb)").count > 3)
    }

    @Test func programSaysWhatItIs() throws {
        let help = try Program.run(["--help"])
        help.expectSuccess()
        #expect(help.text.contains("isobath chat") && help.text.contains("SUBCOMMANDS"))
        #expect(try Program.run(["--version"]).text.split(separator: ".").count == 3)
    }

    @Test(arguments: ["bash", "zsh", "fish"]) func completionsAreGenerated(_ shell: String) throws {
        let result = try Program.run(["--generate-completion-script", shell])
        result.expectSuccess()
        #expect(result.text.contains("isobath") && result.text.contains("detokenize"))
    }

    @Test(arguments: [
        ["nonsense-verb-that-is-none"], ["run", "--nonsense"], ["run", "a", "b", "c"], ["run", "--seed", "x"],
        ["score", "--top", "many"], ["chat", "--temperature"],
    ])
    func wrongUseIsStatus64(_ arguments: [String]) throws {
        let result = try Program.run(arguments)
        result.expectFailure(status: 64)
        #expect(result.errors.contains("Usage:"))
    }

    @Test(arguments: [
        ["run", "/nowhere/model.gguf", "hello"], ["run", "first-lite", "hello"], ["chat", "/nowhere"],
        ["inspect", Fixture.path("text")], ["inspect", Fixture.path("text/MANIFEST.json")], ["score", "/dev/null"],
        ["run", "first-light", "hi", "--temperature=-1"], ["run", "first-light", "hi", "--top-p", "2"],
        ["run", "first-light", "hi", "--logit-bias", "x"], ["run", "first-light", "hi", "-n", "0"],
        ["run", "first-light", "hi", "--threads", "0"], ["run", "first-light", "hi", "--cache-type", "q9"],
        ["run", "first-light", "hi", "--stop", ""], ["run", Given.v3, "--tokens", "1,b"],
        ["run", Given.v3, "--tokens", "99999999999"], ["run", Given.v3, "--tokens", "256"],
        ["run", Given.v3, "--tokens", ""], ["run", "first-light", "--tokens", "1,2,3", "--context", "2"],
    ])
    func badInputIsOneSentenceOnStandardError(_ arguments: [String]) throws {
        try Program.run(arguments).expectFailure()
    }

    @Test(.enabled(if: FileManager.default.fileExists(atPath: "/dev/full"))) func fullDiskIsAFailure() throws {
        let process = Process()
        process.executableURL = URL(filePath: "/bin/sh")
        process.arguments = ["-c", #""$0" inspect first-light >/dev/full"#, try Program.location().path()]
        let errors = Pipe()
        process.standardError = errors
        try process.run()
        let text = String(decoding: try errors.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
        process.waitUntilExit()
        #expect(process.terminationStatus == 1 && text.hasPrefix("Error: standard output: "))
    }

    /// `isobath … | head -c 1`: the reader goes away after the first byte, and the program ends without a word.
    @Test(arguments: [
        ["inspect", "first-light", "--tensors", "--json"], ["run", "first-light", "Add 7 and 1.", "--ignore-eos"],
        ["tokenize", "first-light"],
    ])
    func closedPipesEndQuietly(_ arguments: [String]) throws {
        let folder = try Fixture.temporaryFolder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try Data(String(repeating: "some text to read ", count: 50_000).utf8)
            .write(to: URL(filePath: folder + "/input"))
        let process = Process()
        process.executableURL = URL(filePath: "/bin/sh")
        let program = try Program.location().path(percentEncoded: false)
        process.arguments =
            [
                "-c",
                #"cd "$0"; ("$@" <input 2>errors; echo $? >status) | head -c 1 >output; cat status >>errors"#,
                folder, program,
            ] + arguments
        try process.run()
        process.waitUntilExit()
        #expect(try String(contentsOfFile: folder + "/errors", encoding: .utf8) == "0\n")
        #expect(try Data(contentsOf: URL(filePath: folder + "/output")).count == 1)
    }
}

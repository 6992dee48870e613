import ArgumentParser
import Evaluation
import Files
import Hub
import Isobath

/// `isobath verify`: the same numbers as the reference implementations?
struct VerifyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Compare this program with recorded results of the reference implementations.",
        discussion: """
            Looks for recordings at and below each FOLDER: logits, inner values and greedy tokens beside a checkpoint \
            (golden.json), GGUF files with a MANIFEST.json, answers of a chat model, token ids, rendered chats, sampling \
            distributions and dequantized blocks. Without a folder, the model that comes along is verified. Ends with \
            status 1 if anything differs, is broken, or nothing was found.

              isobath verify
              isobath verify Tests/Fixtures Sources/Hub/Resources
              isobath verify Tests/Fixtures/text --engine reference --markdown
            """)

    @Argument(help: "Folders with recordings.")
    var folders: [String] = []

    @Option(help: "Which code runs: cpu, or reference (slow and plain); both unless given.")
    var engine: EngineSettings.Engine?

    @Flag(help: "Print one JSON object.")
    var json = false

    @Flag(help: "Print a table in Markdown.")
    var markdown = false

    mutating func run() async throws {
        let folders = folders.isEmpty ? [try ShippedModel.firstLight.path()] : folders
        let checks = try VerificationSearch.checks(in: folders)
        guard !checks.isEmpty else {
            throw InputError(
                .missing, source: folders.joined(separator: ", "), found: "found no recordings",
                expected: "folders with golden.json or other recorded results",
                advice: "give a folder like Tests/Fixtures of this project")
        }
        var line = ProgressLine(label: "verifying", unit: "recordings", total: checks.count)
        let engines = engine.map { [$0] } ?? EngineSettings.Engine.allCases
        let report = await verify(checks, engines: engines) { line.update($0) }
        line.finish()
        try print(report)
        if !report.passed { throw ExitCode.failure }
    }

    private func print(_ report: VerificationReport) throws {
        if json { return try StandardOutput.json(VerificationResult(report), pretty: true) }
        let table = VerificationTable(report)
        try StandardOutput.line(markdown ? table.markdown : table.plain)
    }
}

extension EngineSettings.Engine: ExpressibleByArgument {}

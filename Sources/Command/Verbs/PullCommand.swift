import ArgumentParser
import Files
import Foundation
import Hub
import Reports

/// `isobath pull`: brings a model from a hub.
struct PullCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pull",
        abstract: "Download a model from a hub, or go on with a download.",
        discussion: """
            The model then has the name ORG/NAME, or ORG/NAME:CHOICE, for every command that takes one. CHOICE is a \
            file of the repository or a quantization like Q4_K_M; without one it is the repository's safetensors, its \
            only GGUF file, or the one in Q4_K_M. Files lie in Hugging Face's cache (HF_HOME, HF_HUB_CACHE) and are \
            shared with its other programs. A token is taken from HF_TOKEN, or from where the hub's own client keeps \
            it. Ctrl-C keeps what has come; the same command goes on from there.

              isobath pull deepseek-ai/DeepSeek-V2-Lite-Chat
              isobath pull bartowski/DeepSeek-R1-Distill-Qwen-1.5B-GGUF:Q4_K_M
              isobath pull deepseek-ai/DeepSeek-V3 --dry-run
            """)

    @Argument(help: "ORG/NAME, ORG/NAME:FILE or ORG/NAME:QUANTIZATION; @REVISION may follow NAME.")
    var model: String

    @Option(help: "The hub's address; HF_ENDPOINT or https://huggingface.co unless given.")
    var endpoint: String?

    @Option(help: "A branch, a tag or a commit; main unless given.")
    var revision: String?

    @Option(help: "Connections over which a file comes.")
    var connections = HubSettings().connections

    @Flag(help: "Only say what would be downloaded.")
    var dryRun = false

    @Flag(help: "Check the hashes of files that are here already, and download damaged ones again.")
    var verify = false

    @Flag(help: "Print one JSON object.")
    var json = false

    mutating func run() async throws {
        let reference = try reference()
        var options = PullOptions()
        (options.endpoint, options.isDryRun, options.verifies) = (endpoint, dryRun, verify)
        options.settings.connections = connections
        let interrupt = InterruptSignal(patience: 2)
        let isQuiet = json
        let work = Task { [options] in
            try await PullCommand.follow(ModelStore().pull(reference, options: options), isQuiet: isQuiet)
        }
        let watch = Task {
            await interrupt.wait()
            work.cancel()
        }
        defer { watch.cancel() }
        let result: PullResult
        do {
            result = try await work.value
        } catch is CancellationError {
            StandardOutput.remark("Stopped; what has come is kept, and the same command goes on from there.")
            throw ExitCode(130)
        }
        if json { return try StandardOutput.json(result, pretty: true) }
        guard let path = result.path else { return }
        try StandardOutput.line("\(result.name): \(path)")
        StandardOutput.remark("Try it with: isobath chat \(result.name)")
    }

    private func reference() throws -> ModelReference {
        guard (1...64).contains(connections) else {
            throw InputError(
                .invalidValue, source: "command line", field: "--connections", found: "found \(connections)",
                expected: "a number from 1 to 64", advice: "correct the option")
        }
        let reference = try ModelReference(argument: model)
        guard let revision else { return reference }
        guard reference.revision == nil,
            let exact = ModelReference(
                repository: reference.repository, revision: revision, selector: reference.selector)
        else {
            throw InputError(
                .invalidValue, source: "command line", field: "--revision", found: "found \"\(revision)\"",
                expected: "one branch, tag or commit", advice: "name it once, in the option or behind the model's name")
        }
        return exact
    }

    /// Shows what happens until the model is there.
    private static func follow(
        _ events: AsyncThrowingStream<PullEvent, any Error>, isQuiet: Bool
    ) async throws -> PullResult {
        var line = TransferLine()
        defer { line.finish() }
        var result: PullResult?
        for try await event in events {
            switch event {
            case .planned(let plan):
                result = PullResult(plan)
                if !isQuiet { StandardOutput.remark(PullReport(plan).text) }
            case .progress(let progress): line.update(progress)
            case .waiting(let reason, let seconds): line.wait(reason, seconds)
            case .stored(let model): result?.add(model)
            }
        }
        // A stream whose reader was cancelled just ends.
        try Task.checkCancellation()
        guard let result else { throw CancellationError() }
        return result
    }
}

extension ModelReference {
    /// - Throws: `InputError` if `text` is no name of a model on a hub.
    init(argument text: String) throws {
        guard let reference = ModelReference(text) else {
            throw InputError(
                .invalidValue, source: "command line", field: "MODEL",
                found: "found \"\(printable(text, limit: 100))\"",
                expected: "a name like ORG/NAME or ORG/NAME:Q4_K_M",
                advice: "copy the name from the model's page on the hub")
        }
        self = reference
    }
}

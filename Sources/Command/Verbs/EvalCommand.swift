import ArgumentParser
import Evaluation
import Files
import Foundation
import Hub
import Isobath
import Reports
import Studies

/// `isobath eval`: how many questions a model answers rightly.
struct EvalCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "eval",
        abstract: "Ask a model questions with known answers, and count the right ones.",
        discussion: """
            A task is a file with a question and its answer on each line, {"prompt": "…", "answer": "…"}. Replies are greedy \
            unless a temperature is given. Of every task the share of right answers is told with Wilson's interval of 95 %, \
            and of all replies how many ended by themselves with an answer. Right answers can be kept, with the thoughts that \
            led to them, for a model to learn from.

              isobath eval --tasks corpus/tests
              isobath eval model.gguf --tasks corpus/tests --limit 50 --json > now.json
              isobath eval model.gguf --tasks sums.jsonl --speculate --before earlier.json
              isobath eval model.gguf --tasks sums.jsonl --temperature 1 --keep-right right.jsonl
            """)

    @Argument(help: "A GGUF file, a folder with safetensors, or a name.")
    var model: String?

    @Option(help: ArgumentHelp("A file of questions, or a folder of such files; may be repeated.", valueName: "path"))
    var tasks: [String]

    @Option(help: "The most questions of a task; the first ones.")
    var limit: Int?

    @Option(
        help: ArgumentHelp(
            "Compare with what an earlier evaluation printed with --json; may be repeated.", valueName: "file"))
    var before: [String] = []

    @Option(help: ArgumentHelp("Write right answers as conversations, one JSON object a line.", valueName: "file"))
    var keepRight: String?

    @Option(help: "The most tokens of a reply.")
    var replyTokens = 512

    @Flag(help: "Print one JSON object.")
    var json = false

    @OptionGroup(title: "Sampling")
    var sampling: SamplingOptions

    @OptionGroup(title: "Speculation")
    var speculation: SpeculationOptions

    @OptionGroup(title: "Engine")
    var engine: EngineOptions

    mutating func validate() throws {
        guard !tasks.isEmpty else { throw ValidationError("Name a task with --tasks.") }
        guard limit ?? 1 > 0, replyTokens > 0 else {
            throw ValidationError("--limit and --reply-tokens must be at least 1.")
        }
    }

    mutating func run() async throws {
        let sets = try self.sets()
        let earlier = try before.map {
            AnswerReport.Earlier(
                name: URL(filePath: $0).deletingPathExtension().lastPathComponent,
                right: try AnswerReport.proportions(in: try JSONParser.parse(try MappedFile(path: $0)), source: $0))
        }
        let model = try LanguageModel.open(model, engine)
        let scores = try await scores(try asking(model), sets)
        let name = URL(filePath: self.model ?? ShippedModel.standard.name).lastPathComponent
        let report = AnswerReport(model: name, scores: scores, earlier: earlier)
        if json { return try StandardOutput.json(Printed(report), pretty: true) }
        try StandardOutput.write(report.document.markdown)
    }

    /// Greedy, whatever its publishers recommend, unless a temperature is given.
    private func asking(_ model: LanguageModel) throws -> TaskRun {
        var drawing = try sampling.settings(over: model.recommendedSampling)
        if sampling.temperature == nil { drawing.temperature = 0 }
        return try TaskRun(
            model, replyLimit: replyTokens, sampling: drawing, speculation: try speculation.settings())
    }

    /// The sets that were named, each cut to the limit.
    private func sets() throws -> [TaskSet] {
        try tasks.flatMap { try Self.files(at: $0) }.map { path in
            let set = try TaskSet(path: path)
            return TaskSet(name: set.name, items: Array(set.items.prefix(limit ?? set.items.count)))
        }
    }

    private static func files(at path: String) throws -> [String] {
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), isFolder.boolValue else {
            return [path]
        }
        let names = try FileManager.default.contentsOfDirectory(atPath: path).filter { $0.hasSuffix(".jsonl") }
        guard !names.isEmpty else {
            throw InputError(
                .missing, source: path, field: "--tasks", found: "found no task", expected: "files that end in .jsonl",
                advice: "give a folder like the tests of isobath data generate")
        }
        return names.sorted().map { "\(path)/\($0)" }
    }

    private func scores(_ run: TaskRun, _ sets: [TaskSet]) async throws -> [TaskScore] {
        let interrupt = InterruptSignal(patience: 2)
        defer { interrupt.cancel() }
        var line = ProgressLine(label: "asking", unit: "questions", total: sets.reduce(0) { $0 + $1.items.count })
        defer { line.finish() }
        var (scores, kept, done) = ([TaskScore](), KeptAnswers(), 0)
        for set in sets {
            let replies = try await run.replies(to: set) { count in
                line.update(done + count, remark: set.name)
                if interrupt.isRaised { throw ExitCode(130) }
            }
            done += set.items.count
            kept.add(replies, to: set)
            scores.append(TaskScore(set.name, replies))
        }
        if let keepRight {
            try writeAtomically(Data(kept.lines.map { $0 + "\n" }.joined().utf8), to: keepRight)
        }
        return scores
    }

    /// What `--json` prints.
    private struct Printed: Encodable {
        let model: String
        let tasks: [TaskScore]
        let meanAccuracy: Double
        let wellFormed: Proportion

        init(_ report: AnswerReport) {
            (model, tasks) = (report.model, report.scores)
            (meanAccuracy, wellFormed) = (report.meanAccuracy, report.wellFormed)
        }
    }
}

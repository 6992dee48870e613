import ArgumentParser
import Curriculum
import Files
import Isobath
import Training

/// `isobath data generate`: exercises with worked steps, made by rules.
struct DataGenerateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "generate",
        abstract: "Write a corpus of exercises with worked steps, all of it made here.",
        discussion: """
            Arithmetic, sorting, units, dates, puzzles, spelling, code, and the program's own commands; as plain text, as \
            conversations with thinking, as questions for rewards, and as tests that are held out by what they ask. The same \
            command gives the same bytes. docs/corpus.md says what is in it and how to add a task.

              isobath data generate -o corpus
              isobath data generate --scale 0.1 --seed 2 -o small
              isobath data generate --tasks addition,dates --scale 0.2 -o sums
              isobath data generate --check corpus
              isobath data generate --list
              isobath data generate --show addition --count 3
            """)

    @Option(name: .shortAndLong, help: "The folder to write.")
    var output: String?

    @Option(help: "Other seeds give other exercises; what is held out is the same for all.")
    var seed: UInt64 = 1

    @Option(help: "How much of everything: 1 is what Nano is made of.")
    var scale = 1.0

    @Option(help: ArgumentHelp("Exercises of these tasks only, separated by commas.", valueName: "tasks"))
    var tasks: String?

    @Option(help: "Held-out questions of each task.")
    var tests = CorpusSettings().testsPerTask

    @Option(help: ArgumentHelp("Check that a corpus' splits are apart and its steps are true.", valueName: "folder"))
    var check: String?

    @Flag(help: "List the tasks with the lengths of their exercises.")
    var list = false

    @Option(help: ArgumentHelp("With --list: also count tokens.", valueName: "folder"))
    var tokenizer: String?

    @Option(help: ArgumentHelp("Print exercises of a task.", valueName: "task"))
    var show: String?

    @Option(help: "With --show: how many.")
    var count = 3

    @Flag(help: "Print JSON.")
    var json = false

    mutating func validate() throws {
        let modes = [output != nil, check != nil, list, show != nil].count { $0 }
        guard modes == 1 else { throw ValidationError("Give one of --output, --check, --list and --show.") }
        guard tasks == nil || output != nil, tasks?.allSatisfy({ $0 == "," }) != true else {
            throw ValidationError("--tasks goes with --output, and names at least one task.")
        }
        guard scale > 0, scale <= 1000, (1...100_000).contains(tests), (1...100_000).contains(count) else {
            throw ValidationError("--scale must be from 0 to 1000, --tests and --count from 1 to 100000.")
        }
    }

    mutating func run() throws {
        let manual = try CommandManual.ofThisProgram()
        if let output { return try generate(manual, output) }
        if let check { return try examine(check) }
        if let show { return try CorpusReport.print(try exercises(of: show, manual), asJSON: json) }
        let tokens = try tokenizer.map { try OpenTokenizer(path: $0).tokenizer }
        let survey = TaskSurvey.all(
            Mixture(manual), seed: seed, tokenCount: tokens.map { tokenizer in { tokenizer.encode($0).count } })
        try CorpusReport.print(survey, asJSON: json)
    }

    private func generate(_ manual: CommandManual, _ folder: String) throws {
        var settings = CorpusSettings().scaled(by: scale)
        (settings.seed, settings.testsPerTask) = (seed, tests)
        settings.tasks = try tasks.map { names in
            let names = names.split(separator: ",").map(String.init)
            for name in names { _ = try task(name, Mixture(manual), option: "--tasks") }
            return names
        }
        let writer = CorpusWriter(manual, settings)
        let tally = try interruptibleSteps("writing", unit: "documents", total: writer.lineCount) { done in
            try writer.write(to: folder) { try done($0, "") }
        }
        try CorpusReport.print(tally, folder, asJSON: json)
    }

    private func examine(_ folder: String) throws {
        let result = try interruptibleWork("checking", unit: "MB", total: CorpusCheck.byteCount(of: folder)) { done in
            try CorpusCheck(folder: folder) { try done($0) }
        }
        try CorpusReport.print(result, asJSON: json)
        if !result.isGood { throw ExitCode(1) }
    }

    private func exercises(of name: String, _ manual: CommandManual) throws -> [Exercise] {
        let task = try task(name, Mixture(manual), option: "--show")
        return ExerciseStream(task, split: .training, purpose: .text, seed: seed).first(count)
    }

    private func task(_ name: String, _ mixture: Mixture, option: String) throws -> any ExerciseTask {
        guard let task = mixture.task(named: name) else {
            throw InputError(
                .invalidValue, source: "command line", field: option, found: "found “\(name)”",
                expected: "one of " + mixture.all.map(\.task.name).joined(separator: ", "), advice: "correct the name"
            )
        }
        return task
    }
}

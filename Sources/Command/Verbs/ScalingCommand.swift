import ArgumentParser
import Files
import Foundation
import Isobath
import Reports
import Training

/// `isobath scaling`: how large a model should be, and how long it should learn.
struct ScalingCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "scaling",
        abstract: "Plan runs of different sizes, and fit scaling laws to what came out.",
        subcommands: [ScalingPlanCommand.self, ScalingFitCommand.self, ScalingShapesCommand.self])
}

/// `isobath scaling plan`: recipes for a grid of models and compute budgets.
struct ScalingPlanCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plan",
        abstract: "Write recipes for several models of each compute budget.",
        discussion: """
            The model of RECIPE is made smaller and larger; every budget C is spent by each of its models: C = M · D for M \
            operations a token and D tokens. Batch size and learning rate follow DeepSeek LLM's formulas. The line that is \
            printed last carries out all runs and fits.

              isobath scaling plan recipe.yaml --budgets 1e13,3e13,1e14 -o scaling
            """)

    @Argument(help: "A recipe with a `model.configuration`, `data` and `data.validation`.")
    var recipe: String

    @Option(help: "Compute budgets, in operations, with commas between them.")
    var budgets: String

    @Option(help: "Models for each budget.")
    var models = 5

    @Option(help: "How many times smaller and larger than the expected best the outermost models are.")
    var spread = 4.0

    @Option(name: .shortAndLong, help: "The folder to write to.")
    var output = "scaling"

    mutating func validate() throws {
        guard (3...100).contains(models) else { throw ValidationError("--models must be from 3 to 100.") }
        guard spread > 1, spread <= 1000 else { throw ValidationError("--spread must be above 1, and at most 1000.") }
    }

    mutating func run() throws {
        let numbers = budgets.split(separator: ",").map { Double($0.trimmingCharacters(in: .whitespaces)) ?? .nan }
        guard !numbers.isEmpty, numbers.allSatisfy({ (1e6...1e30).contains($0) }) else {
            throw ValidationError("--budgets must be numbers from 1e6 to 1e30, like 1e13,3e13,1e14.")
        }
        var settings = ScalingPlan.Settings(budgets: numbers)
        (settings.models, settings.spread) = (models, spread)
        let file = try MappedFile(path: recipe)
        let text = file.withBytes(in: 0..<min(file.byteCount, 1 << 20)) { String(decoding: $0, as: UTF8.self) }
        let plan = try ScalingPlan(settings, recipe: text, source: recipe)
        try FileManager.default.createDirectory(atPath: output, withIntermediateDirectories: true)
        for run in plan.runs { try writeAtomically(Data(run.yaml.utf8), to: "\(output)/\(run.name).yaml") }
        let rows = plan.runs.map { run in
            [
                run.name, "\(run.shape.configuration.layerCount)", "\(run.shape.configuration.hiddenSize)",
                Format.significant(run.tokens), "\(run.steps)", "\(run.sequences)", Format.significant(run.rate),
            ]
        }
        let head = ["run", "layers", "width", "tokens", "steps", "sequences", "rate"]
        try StandardOutput.line(Format.table([head] + rows, rightAligned: [1, 2, 3, 4, 5, 6]))
        try StandardOutput.line("\n" + plan.shellLine(folder: output))
    }
}

/// `isobath scaling fit`: laws from runs.
struct ScalingFitCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "fit",
        abstract: "Fit the best model size by compute to runs that have ended.",
        discussion: """
            Runs whose compute differs by less than a quarter share a budget; each budget needs three or more models, and \
            there must be two or more. Results go to a folder as scaling.md, scaling.json and scaling.html with plots.

              isobath scaling fit scaling/runs/* --predict 1e18
            """)

    @Argument(help: "Folders of runs, or their metrics.jsonl.")
    var runs: [String]

    @Option(help: "The budget to predict the best model of; ten times the largest unless given.")
    var predict: Double?

    @Option(help: "Resampled fits for the intervals.")
    var resamples = 1000

    @Option(help: "Of the resampling.")
    var seed: UInt64 = 0

    @Option(name: .shortAndLong, help: "The folder to write to.")
    var output = "scaling"

    @Flag(help: "Print the results as one JSON object.")
    var json = false

    mutating func validate() throws {
        guard (0...1_000_000).contains(resamples) else {
            throw ValidationError("--resamples must be from 0 to 1000000.")
        }
        if let predict, !(1e3...1e40).contains(predict) {
            throw ValidationError("--predict must be from 1e3 to 1e40.")
        }
    }

    mutating func run() throws {
        let fit = try ScalingFit(try runs.map { try ScalingPoint(run: $0) }, resamples: resamples, seed: seed)
        let largest = fit.budgets.last?.compute ?? 1
        let report = ScalingReport(fit, predicting: predict ?? 10 * largest)
        try FileManager.default.createDirectory(atPath: output, withIntermediateDirectories: true)
        let data = try StandardOutput.encoded(report, pretty: true)
        try writeAtomically(data, to: output + "/scaling.json")
        try writeAtomically(Data(report.document.markdown.utf8), to: output + "/scaling.md")
        try writeAtomically(Data(report.document.html.utf8), to: output + "/scaling.html")
        if json { return try StandardOutput.write(data) }
        try StandardOutput.write(report.document.markdown)
        StandardOutput.remark("The same with plots is in \(output)/scaling.html.")
    }
}

/// `isobath scaling shapes`: what a mixture is compared with.
struct ScalingShapesCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "shapes",
        abstract: "Write the configurations that a mixture of experts is compared with.",
        discussion: """
            From the config.json of a mixture: GShard with equal parameters and compute, Switch and hash layers with equal \
            parameters, and dense models with a standard layer, with equal compute and with equal parameters.

              isobath scaling shapes config.json --length 256 -o shapes
            """)

    @Argument(help: "The config.json of a mixture.")
    var configuration: String

    @Option(help: "Tokens of a sequence, for the count of operations.")
    var length = 2048

    @Option(name: .shortAndLong, help: "The folder to write to; the table is printed only unless given.")
    var output: String?

    mutating func validate() throws {
        guard (1...(1 << 30)).contains(length) else { throw ValidationError("--length must be at least 1.") }
    }

    mutating func run() throws {
        guard let fields = try JSONParser.parse(MappedFile(path: configuration)).object else {
            throw InputError(
                .invalidValue, source: configuration, found: "found no JSON object", expected: "a config.json",
                advice: "give the file that describes the model")
        }
        let shapes = try BaselineShapes(fields, sequenceLength: length, source: configuration).shapes
        if let output {
            try FileManager.default.createDirectory(atPath: output, withIntermediateDirectories: true)
            for shape in shapes {
                try writeAtomically(
                    Data(JSONValue.object(shape.fields).text.utf8), to: "\(output)/\(shape.name).json")
            }
        }
        let rows = shapes.map { shape in
            [shape.name, Format.count(shape.size.total), Format.significant(shape.size.operationsPerToken)]
        }
        let head = ["model", "parameters of layers", "operations a token"]
        try StandardOutput.line(Format.table([head] + rows, rightAligned: [1, 2]))
    }
}

import ArgumentParser
import Evaluation
import Files
import Foundation
import Hub
import Isobath
import Quantization
import Reports
import Studies

/// `isobath study`: experiments that have names.
struct StudyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "study", abstract: "Repeat a published study with a model of yours.",
        subcommands: [QuantizationStudyCommand.self])
}

/// `isobath study quantization`: what recipes cost and save.
struct QuantizationStudyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "quantization",
        abstract: "Store a model by several recipes; compare size, speed, memory, predictions and answers.",
        discussion: """
            Of each recipe the model's file is made, and size, bits a weight, speed, memory, perplexity and divergence from \
            the original are measured on a text, and accuracy on task files. Results go to a folder, as study.md, study.json \
            and study.html with plots; they are noted after every recipe, and the same command goes on where it was ended. \
            For the name of a released shape or a config.json, sizes and memory are reckoned, and no text is needed.

              isobath study quantization model-f16.gguf text.txt --recipes q8_0,q4_k_m,dq3_k_m -o study
              isobath study quantization model-f16.gguf text.txt --tasks sums.jsonl --imatrix model.imatrix.gguf -o study
              isobath study quantization deepseek-v3 -o study
              isobath study quantization text.txt --recipes q8_0,q4_0 -o study
            """)

    @Argument(
        help: """
            A GGUF file, a folder with safetensors, or a name, nano unless given; or a released shape, or a config.json.
            """)
    var model: String?

    @Argument(help: "The text to measure predictions on, in UTF-8.")
    var corpus: String?

    @Option(help: "Recipes, by name or as YAML files, with commas between them.")
    var recipes = "q8_0,q4_k_m,q3_k_m,dq3_k_m,q2_k_l,ud-q2_k_xl"

    @Option(help: "Which columns matter: an importance matrix, for all recipes.")
    var imatrix: String?

    @Option(help: "Questions with answers, one JSON object a line; may be repeated.")
    var tasks: [String] = []

    @Option(help: "The most tokens of a reply.")
    var replyTokens = 512

    @Flag(help: "Special tokens that are spelled in the text, like <｜User｜>, become those tokens.")
    var parseSpecial = false

    @Option(help: "The most pieces of the text; all unless given.")
    var chunks: Int?

    @Option(name: .shortAndLong, help: "The folder to write to.")
    var output = "study"

    @Flag(help: "Keep the variants' files and the original's predictions.")
    var keep = false

    @Flag(help: "Print the results as one JSON object.")
    var json = false

    @OptionGroup(title: "Engine")
    var engine: EngineOptions

    mutating func validate() throws {
        if let chunks, chunks < 1 { throw ValidationError("--chunks must be at least 1.") }
        guard replyTokens > 0 else { throw ValidationError("--reply-tokens must be at least 1.") }
    }

    mutating func run() async throws {
        let chosen = try recipes.split(separator: ",").map { try Recipe($0.trimmingCharacters(in: .whitespaces)) }
        let arguments = TextArguments(model: model, corpus: corpus)
        if arguments.corpus == nil, let model = arguments.model, let shape = try shape(model) {
            let study = try ShapeStudy(shape.name, fields: shape.fields, source: shape.path, recipes: chosen)
            return try write(study, study.document)
        }
        guard let corpus = arguments.corpus else { throw ValidationError("Name a text to measure predictions on.") }
        let study = QuantizationStudy(
            try ModelLocation.meant(by: arguments.model).path, try settings(chosen, corpus),
            report: StudyProgress().report)
        let result = try await study.run()
        try write(result, result.document)
    }

    /// The shape that was named; `nil` for a model with weights.
    private func shape(_ model: String) throws -> ReleasedShape? {
        guard FileManager.default.fileExists(atPath: model) || ShippedModel(named: model) != nil else {
            return try ReleasedShape(model)
        }
        return model.hasSuffix(".json") ? try ReleasedShape(model) : nil
    }

    private func settings(_ recipes: [Recipe], _ corpus: String) throws -> QuantizationStudy.Settings {
        var settings = QuantizationStudy.Settings(
            recipes: recipes, corpus: try Corpus(named: corpus, parsingSpecialTokens: parseSpecial), folder: output)
        settings.importance = try imatrix.map { try ImportanceMatrix(reading: $0) }
        settings.tasks = try tasks.map { try TaskSet(path: $0) }
        settings.replyLimit = replyTokens
        settings.chunkLength = engine.context ?? 512
        settings.chunkLimit = chunks
        settings.engine = try engine.settings()
        // That is the length of a piece; answers may be longer.
        settings.engine.contextLength = nil
        settings.keepsFiles = keep
        return settings
    }

    private func write(_ result: some Encodable, _ document: Document) throws {
        try FileManager.default.createDirectory(atPath: output, withIntermediateDirectories: true)
        let data = try StandardOutput.encoded(result, pretty: true)
        try writeAtomically(data, to: output + "/study.json")
        try writeAtomically(Data(document.markdown.utf8), to: output + "/study.md")
        try writeAtomically(Data(document.html.utf8), to: output + "/study.html")
        if json { return try StandardOutput.write(data) }
        try StandardOutput.write(document.markdown)
        StandardOutput.remark("The same with plots is in \(output)/study.html.")
    }
}

/// One progress line for each stage of a study; ends it at Ctrl-C.
private final class StudyProgress {
    private let interrupt = InterruptSignal()
    private var line: ProgressLine?
    private var stage = ""

    func report(_ progress: QuantizationStudy.Progress) throws {
        let stage = "\(progress.variant): \(progress.stage)"
        let scale = progress.unit == "weights" ? 1_000_000 : 1
        if stage != self.stage {
            line?.finish()
            let unit = scale == 1 ? progress.unit : "million \(progress.unit)"
            line = ProgressLine(label: stage, unit: unit, total: progress.total / scale)
            self.stage = stage
        }
        line?.update(progress.done / scale)
        guard interrupt.isRaised else { return }
        line?.finish()
        throw ExitCode(130)
    }
}

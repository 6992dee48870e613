import ArgumentParser
import Files
import Foundation
import Hub
import Isobath
import Quantization
import Tensors

/// `isobath quantize`: a model's weights in fewer bits, by a recipe.
struct QuantizeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "quantize",
        abstract: "Store a model's weights in fewer bits.",
        discussion: """
            A recipe says which type each tensor gets. What is done when the program ends, even by force, is not done \
            again: give the same command once more. The model is a GGUF file or a folder with safetensors, which is converted on \
            the way. Without a file to write, --dry-run says what would come out, also for the name of a released shape or \
            a config.json.

              isobath quantize --list
              isobath quantize model-f16.gguf model.gguf --recipe q4_k_m
              isobath quantize model-f16.gguf model.gguf --recipe q4_k_m --tensor-type 'blk.*.ffn_down*.weight=q6_k'
              isobath quantize deepseek-v3 --recipe dq3_k_m --dry-run
              isobath quantize nano-q4_0.gguf --recipe q4_0
            """)

    @Argument(
        help: "The model to read, nano unless given; with --dry-run also a released shape or a config.json.")
    var model: String?

    @Argument(help: "The file to write.")
    var output: String?

    @Option(name: .shortAndLong, help: "A recipe, by name or as a YAML file (see --list).")
    var recipe: String?

    @Option(help: "Which columns matter: an importance matrix in GGUF or llama.cpp's older form.")
    var imatrix: String?

    @Option(help: "PATTERN=TYPE for the tensors whose names fit, in which * stands for anything; may be repeated.")
    var tensorType: [String] = []

    @Option(help: "The type of the head, output.weight.")
    var outputType: String?

    @Option(help: "The type of the embedding, token_embd.weight.")
    var embeddingType: String?

    @Flag(help: "One type for all matrices: no rules but those given here.")
    var pure = false

    @Flag(help: "Write nothing; say what would come out.")
    var dryRun = false

    @Flag(help: "Say of every tensor which type it gets, and why.")
    var tensors = false

    @Flag(help: "List the recipes.")
    var list = false

    @Flag(help: "Print one JSON object.")
    var json = false

    @Option(name: [.customShort("t"), .long], help: "Threads; all cores unless given.")
    var threads: Int?

    mutating func validate() throws {
        if list { return }
        guard recipe != nil else { throw ValidationError("Name a recipe with --recipe; --list shows them.") }
        guard dryRun != (files.output != nil) else {
            throw ValidationError("Say which file to write, or ask for --dry-run.")
        }
    }

    private var files: QuantizeArguments {
        QuantizeArguments(model: model, output: output, writesFile: !dryRun)
    }

    mutating func run() throws {
        if list { return try QuantizationReport.printRecipes(asJSON: json) }
        guard let recipe else { return }
        if files.model == nil { StandardOutput.remark(ShippedModel.standard.remarkWhenMeant) }
        let model = files.model ?? ShippedModel.standard.name
        let chosen = try changedRecipe(recipe)
        if dryRun {
            let report = QuantizationReport(try plan(of: model, chosen))
            return try report.print(asJSON: json, everyTensor: tensors, withMachines: true)
        }
        guard let output = files.output else { return }
        let quantizer = try quantizer(of: model, chosen, path: output)
        if quantizer.requantizes {
            StandardOutput.remark(
                "\(model) is quantized already; what it has lost stays lost. Better begin with f16, bf16 or f32.")
        }
        if let threads { ThreadPool.configure(threads: threads) }
        // What is done when Ctrl-C ends this is kept for the next time.
        let finished = try interruptibleWork(
            "quantizing", unit: "million weights", total: quantizer.plan.parameterCount
        ) { done in try quantizer.write(pool: .shared, progress: done) }
        if finished > 0 { StandardOutput.remark("\(finished) tensors were there from an earlier time.") }
        try QuantizationReport(quantizer.plan).print(asJSON: json, everyTensor: tensors, withMachines: false)
    }

    private func changedRecipe(_ name: String) throws -> Recipe {
        let found = try Recipe(name)
        var overrides = try tensorType.map { try TypeOverride($0) }
        if let outputType {
            overrides.append(
                TypeOverride("output.weight", type: try ElementType(quantizing: outputType, source: "--output-type")))
        }
        if let embeddingType {
            let type = try ElementType(quantizing: embeddingType, source: "--embedding-type")
            overrides.append(TypeOverride("token_embd.weight", type: type))
        }
        return (pure ? found.pure : found).overridden(by: overrides)
    }

    /// What would come of a model, or of one of which only the shape is known.
    private func plan(of model: String, _ recipe: Recipe) throws -> QuantizationPlan {
        if holdsWeights(model) || ShippedModel(named: model) != nil {
            return try quantizer(of: model, recipe, path: "dry run").plan
        }
        let shape = try ReleasedShape(model)
        let fields = try ShapeVariation().applied(to: shape.fields, source: shape.path)
        return try QuantizationPlan(recipe, shape: fields, source: shape.path)
    }

    /// Whether `path` is a file other than a config.json, or a folder with more than that.
    private func holdsWeights(_ path: String) -> Bool {
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else { return false }
        guard isFolder.boolValue else { return !path.hasSuffix(".json") }
        let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
        return names.contains { $0.hasSuffix(".safetensors") || $0.hasSuffix(".gguf") }
    }

    private func quantizer(of model: String, _ recipe: Recipe, path: String) throws -> ModelQuantizer {
        let quantizer = try ModelQuantizer(
            ModelSource(path: ModelLocation.resolve(model).path), recipe,
            importance: imatrix.map { try ImportanceMatrix(reading: $0) }, path: path)
        ConversionReport.remark(unused: quantizer.source.unused, hasVocabulary: quantizer.source.hasVocabulary)
        for (tensor, experts) in quantizer.unseenExperts {
            let numbers = experts.map(String.init).joined(separator: ", ")
            StandardOutput.remark(
                "\(tensor): no token was sent to the experts \(numbers), whose columns count alike in under four bits.")
        }
        return quantizer
    }
}

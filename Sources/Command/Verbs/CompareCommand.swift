import ArgumentParser
import Evaluation
import Files
import Foundation
import Isobath

/// `isobath compare`: where a model differs from another form of it.
struct CompareCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "compare",
        abstract: "Say where a model differs from another form of it, layer by layer.",
        discussion: """
            Runs the same tokens through A, which counts as right, and B, say A in fewer bits. Errors of states are told \
            twice: accumulated, each model on its own states; and injected, B's layer on A's states, which shows what that \
            layer loses by itself. At most --context tokens, 512 unless given.

              isobath compare model-bf16.gguf model-q4_k_m.gguf
              isobath compare model-bf16.gguf model-q4_k_m.gguf --text text.txt --html errors.html
              isobath compare model-bf16.gguf model-q4_k_m.gguf --weights --json
            """)

    @Argument(help: "The model that counts as right: a GGUF file, a folder with safetensors, or a name.")
    var a: String

    @Argument(help: "The model that is compared with it.")
    var b: String

    @Option(
        help: ArgumentHelp(
            "A text file in UTF-8, or - for standard input; a passage of the program's own unless given.",
            valueName: "file"))
    var text: String?

    @Option(help: "Token ids instead of a text, like 1,2,3.")
    var tokens: String?

    @Flag(help: "Also compare the weights themselves, tensor by tensor; both files of one kind.")
    var weights = false

    @Option(help: ArgumentHelp("Write a page with a plot of the errors.", valueName: "file"))
    var html: String?

    @Flag(help: "Print one JSON object.")
    var json = false

    @OptionGroup(title: "Engine")
    var engine: EngineOptions

    mutating func validate() throws {
        if text != nil, tokens != nil { throw ValidationError("Give --text or --tokens, not both.") }
    }

    mutating func run() throws {
        let (first, second) = (try LanguageModel.open(a, engine), try LanguageModel.open(b, engine))
        let comparison = try LayerComparison(first, second)
        let ids = try tokens(for: comparison)
        let report = try interruptibleSteps(
            "comparing", unit: "layers", total: first.configuration.layerCount
        ) { done in try comparison.run(ids) { try done($0, "") } }
        let weights = try weights ? weights(first, second) : nil
        let output = ComparisonReport(first: a, second: b, report: report, weights: weights)
        if let html { try writeAtomically(Data(ComparisonPage(output).html.utf8), to: html) }
        try output.print(asJSON: json)
    }

    private func tokens(for comparison: LayerComparison) throws -> [Int32] {
        let limit = engine.context ?? LayerComparison.usualLength
        if let tokens { return Array(try parseTokens(tokens, source: "--tokens").prefix(limit)) }
        let corpus = try text.map { try Corpus(named: $0) } ?? Corpus.passage()
        return try comparison.tokens(of: corpus, limit: limit)
    }

    private func weights(_ first: LanguageModel, _ second: LanguageModel) throws -> WeightComparison {
        let total = WeightComparison.valueCount(first)
        return try interruptibleWork("comparing", unit: "million weights", total: total) { done in
            try WeightComparison(first, second, progress: done)
        }
    }
}

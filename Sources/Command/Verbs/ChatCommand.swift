import ArgumentParser
import Files
import Foundation
import Hub
import Isobath

/// `isobath chat`: many turns.
struct ChatCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "chat",
        abstract: "Talk to a model in the terminal.",
        discussion: """
            Ctrl-C stops an answer, Ctrl-D ends the conversation, /help lists what else can be typed. On a pipe, every \
            line is a question.

              isobath chat
              isobath chat model.gguf --system "Answer in one sentence." --temperature 0.3
            """)

    @Argument(help: "A GGUF file, a folder with safetensors, or a name.")
    var model: String?

    @Option(help: "The system prompt.")
    var system: String?

    @Option(help: "The chat template, where the checkpoint declares none that is known.")
    var template: String?

    @Flag(help: "Let the model think first, where its template leaves that open (V3.1).")
    var think = false

    @Option(name: [.customShort("n"), .customLong("max-tokens")], help: "The most tokens of one answer.")
    var maximumTokens: Int?

    @OptionGroup(title: "Sampling")
    var sampling: SamplingOptions

    @OptionGroup(title: "Constrained output")
    var constraint: ConstraintOptions

    @OptionGroup(title: "Speculation")
    var speculation: SpeculationOptions

    @OptionGroup(title: "Engine")
    var engine: EngineOptions

    mutating func run() async throws {
        let speculation = try speculation.settings()
        let grammar = try constraint.compiled()
        let location = try ModelLocation.resolve(model)
        let model = try LanguageModel(path: location.path, settings: try engine.settings())
        var settings = ChatSettings(sampling: try sampling.settings(over: model.recommendedSampling))
        settings.maximumTokens = maximumTokens
        settings.constraint = try grammar.map { try model.constraint($0) }
        settings.thinks = think
        if let shipped = location.name.flatMap(ShippedModel.init(named:)) {
            settings.turnsRemembered = shipped.turnsRemembered
            StandardOutput.remark(shipped.summary)
            StandardOutput.remark("Try: " + shipped.examples.joined(separator: "  ·  "))
        }
        var loop = try ChatLoop(
            model: model, name: location.name ?? location.path,
            template: try model.requiredTemplate(named: template), settings: settings, speculation: speculation)
        loop.conversation.system = system ?? ""
        try await loop.run()
    }
}

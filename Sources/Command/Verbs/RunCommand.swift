import ArgumentParser
import Files
import Foundation
import Hub
import Isobath

/// `isobath run`: one answer.
struct RunCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Answer one prompt on standard output.",
        discussion: """
            The prompt is an argument or comes on standard input. The answer alone goes to standard output; what a \
            reasoning model thinks before it goes, dimmed, to the terminal's standard error.

              isobath run "What is 347 + 586?"
              isobath run model.gguf "Why is the sky blue?" --temperature 0.6 -n 200
              isobath run model.gguf --raw "Once upon a time"
              isobath run folder --tokens 1,2,3 --greedy -n 16 --json
              isobath run DeepSeek-V3-0324 "Why is the sky blue?" --speculate
              isobath run model.gguf "Who wrote Faust?" --json-schema schema.json
              git diff | isobath run model.gguf --system "Write a commit message."
            """)

    @Argument(help: "A GGUF file, a folder with safetensors, or a name.")
    var model: String?

    @Argument(help: "The prompt; standard input where it is left out.")
    var prompt: String?

    @Flag(help: "Continue the text as it is, without chat template.")
    var raw = false

    @Flag(help: "With --raw: special tokens that the text spells, like <｜fim▁begin｜>, become those tokens.")
    var parseSpecial = false

    @Option(help: "The system prompt.")
    var system: String?

    @Option(help: "The chat template, where the checkpoint declares none that is known.")
    var template: String?

    @Option(help: "Token ids instead of text, like 1,2,3.")
    var tokens: String?

    @Option(name: [.customShort("n"), .customLong("max-tokens")], help: "The most tokens to generate.")
    var maximumTokens: Int?

    @Option(help: "Stop before this text; may be repeated.")
    var stop: [String] = []

    @Flag(help: "Go on after the token that ends an answer.")
    var ignoreEos = false

    @Flag(help: "Print one JSON object with text, thinking, answer, token ids, timings and what really ran.")
    var json = false

    @OptionGroup(title: "Sampling")
    var sampling: SamplingOptions

    @OptionGroup(title: "Constrained output")
    var constraint: ConstraintOptions

    @OptionGroup(title: "Speculation")
    var speculation: SpeculationOptions

    @OptionGroup(title: "Engine")
    var engine: EngineOptions

    mutating func run() async throws {
        let speculation = try speculation.settings(measuresPlainSpeed: true)
        let arguments = try RunArguments(model: model, prompt: prompt, takesPrompt: tokens == nil)
        let grammar = try constraint.compiled()
        let model = try LanguageModel.open(arguments.model, engine)
        var request = try self.request(model, arguments)
        request.sampling = try sampling.settings(over: model.recommendedSampling)
        request.maximumTokens = maximumTokens
        request.stops = stop
        request.ignoresEnd = ignoreEos
        request.constraint = try grammar.map { try model.constraint($0) }
        var printer = AnswerPrinter(isSilent: json)
        printer.printsTokens = model.tokenizer == nil
        let summary = try await printer.print(try Session(model, speculation: speculation), request)
        if json {
            try StandardOutput.json(RunResult(summary))
        } else if let report = SpeculationReport(summary) {
            StandardOutput.remark(report.sentence)
        }
        if let experts = summary.experts { StandardOutput.remark(experts.remark) }
    }

    private func request(_ model: LanguageModel, _ arguments: RunArguments) throws -> GenerationRequest {
        if let tokens {
            return GenerationRequest(
                prompt: try parseTokens(tokens, source: "--tokens"), sampling: model.recommendedSampling)
        }
        let text = try arguments.prompt ?? typedPrompt()
        // Before a template is asked for: without a vocabulary no template helps.
        _ = try model.requiredTokenizer()
        if raw { return try model.completion(of: text, parsingSpecialTokens: parseSpecial) }
        let messages = Conversation(system: system).messages(asking: text)
        return try model.reply(to: messages, template: try model.requiredTemplate(named: template))
    }

    private func typedPrompt() throws -> String {
        if !standardInputIsPiped { StandardOutput.remark("Type the prompt; Ctrl-D on a line of its own ends it.") }
        let text = String(decoding: try readStandardInput(), as: UTF8.self)
        // A raw continuation may begin from nothing.
        guard raw || text.contains(where: { !$0.isWhitespace }) else {
            throw InputError(
                .missing, source: "standard input", found: "found no prompt", expected: "a question",
                advice: "write one behind the command: isobath run \"\(ShippedModel.standard.examples[0])\"")
        }
        return text
    }
}

/// What `run --json` prints.
struct RunResult: Encodable {
    struct Timings: Encodable {
        var promptSeconds: Double
        var generationSeconds: Double
        var promptTokensPerSecond: Double
        var tokensPerSecond: Double
    }

    struct Paths: Encodable {
        var kernels: String
        var weights: [String: Int]
        var attention: [String: String]
        var cache: String
        var threads: Int
    }

    /// All that the model wrote, thinking and its marks included.
    var text: String
    /// The parts of it without the marks.
    var thinking: String
    var answer: String
    var tokenIds: [Int32]
    var finishReason: FinishReason
    var promptTokens: Int
    var completionTokens: Int
    var timings: Timings
    /// Only with `--speculate`.
    var speculation: SpeculationReport?
    var paths: Paths
    /// Only where experts were read when they were chosen.
    var experts: ExpertReport?

    init(_ summary: GenerationSummary) {
        text = summary.text
        thinking = summary.thinking
        answer = summary.answer
        tokenIds = summary.tokens
        finishReason = summary.finishReason
        promptTokens = summary.promptTokens
        completionTokens = summary.tokens.count
        timings = Timings(
            promptSeconds: summary.promptSeconds, generationSeconds: summary.generationSeconds,
            promptTokensPerSecond: summary.promptRate, tokensPerSecond: summary.generationRate)
        speculation = SpeculationReport(summary)
        experts = summary.experts.map { ExpertReport($0) }
        var attention = ["prompt": summary.paths.promptAttention.joined(separator: "; ")]
        if !summary.paths.decodingAttention.isEmpty { attention["decoding"] = summary.paths.decodingAttention }
        paths = Paths(
            kernels: summary.paths.kernels, weights: summary.paths.weights, attention: attention,
            cache: summary.paths.cache, threads: summary.paths.threads)
    }
}

import ArgumentParser
import Files
import Foundation
import Isobath

/// `isobath score`: how likely a model finds a text.
struct ScoreCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "score",
        abstract: "Print the log-probability of every token of a text.",
        discussion: """
            The text comes on standard input, after the marks that the model expects before a sequence; or token ids \
            are given, which are taken as they are.

              isobath score model.gguf < text.txt
              isobath score folder --tokens 1,2,3 --top 5 --json
            """)

    @Argument(help: "A GGUF file, a folder with safetensors, or a name.")
    var model: String?

    @Option(help: "Token ids instead of text, like 1,2,3.")
    var tokens: String?

    @Option(help: "Also print the N likeliest tokens at every place.")
    var top = 0

    @Flag(help: "Print one JSON object.")
    var json = false

    @OptionGroup(title: "Engine")
    var engine: EngineOptions

    mutating func run() throws {
        guard top >= 0 else {
            throw InputError(
                .invalidValue, source: "command line", field: "--top", found: "found \(top)",
                expected: "a number from 0 on", advice: "correct the option")
        }
        let model = try LanguageModel.open(model, engine)
        let ids = try tokens.map { try parseTokens($0, source: "--tokens") } ?? textTokens(model)
        var progress = ProgressLine(label: "scoring", unit: "tokens", total: ids.count)
        let scores = try model.score(ids, top: top) { progress.update($0) }
        progress.finish()
        let result = ScoreResult(scores, model.tokenizer)
        if json { return try StandardOutput.json(result) }
        try printTable(result)
    }

    private func textTokens(_ model: LanguageModel) throws -> [Int32] {
        let tokenizer = try model.requiredTokenizer()
        return tokenizer.addingSequenceMarks(to: tokenizer.encode(bytes: try readStandardInput()))
    }

    private func printTable(_ result: ScoreResult) throws {
        for token in result.tokens {
            let log = token.logprob.map { String(format: "%10.5f", $0) } ?? "         –"
            let text = token.text?.debugDescription ?? ""
            let top = token.top.map { "\($0.id) \(String(format: "%.4f", $0.logprob))" }.joined(separator: "  ")
            try StandardOutput.line(
                top.isEmpty ? "\(log)  \(token.id)\t\(text)" : "\(log)  \(token.id)\t\(text)\t\(top)")
        }
        if let perplexity = result.perplexity {
            try StandardOutput.line(
                "perplexity \(String(format: "%.5f", perplexity)) over \(result.tokens.count - 1) tokens")
        }
    }
}

/// What `score --json` prints.
struct ScoreResult: Encodable {
    struct Token: Encodable {
        var id: Int32
        var text: String?
        var logprob: Double?
        var top: [Alternative]

        enum CodingKeys: CodingKey { case id, text, logprob, top }

        /// Absent values are written as `null`, so that every entry has the same keys.
        func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encode(id, forKey: .id)
            try container.encode(text, forKey: .text)
            try container.encode(logprob, forKey: .logprob)
            try container.encode(top, forKey: .top)
        }
    }

    struct Alternative: Encodable {
        var id: Int32
        var logprob: Double
    }

    var tokens: [Token]
    var perplexity: Double?

    enum CodingKeys: CodingKey { case tokens, perplexity }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(tokens, forKey: .tokens)
        try container.encode(perplexity, forKey: .perplexity)
    }

    init(_ scores: [TokenScore], _ tokenizer: Tokenizer?) {
        perplexity = Isobath.perplexity(scores)
        tokens = scores.map { score in
            Token(
                id: score.token, text: tokenizer?.decode([score.token]), logprob: score.logProbability,
                top: score.alternatives.map { Alternative(id: $0.token, logprob: $0.logProbability) })
        }
    }
}

import ArgumentParser
import Evaluation
import Files
import Isobath
import Reports

/// `isobath perplexity`: how well a model predicts a text, and how far it is from another one.
struct PerplexityCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "perplexity",
        abstract: "Measure how well a model predicts a text.",
        discussion: """
            The text is cut into chunks of --context tokens, 512 unless given, of which the second half is scored, as \
            llama-perplexity does it: the numbers compare. To see what a model lost when it was quantized, save the \
            logits of the one it came from, in llama.cpp's format, and compare with them: the text is then in that file.

              isobath perplexity text.txt
              isobath perplexity model.gguf text.txt
              isobath perplexity model-bf16.gguf text.txt --save-logits base.logits --chunks 20
              isobath perplexity model-q4_k_m.gguf --kl-divergence base.logits
            """)

    @Argument(help: "A GGUF file, a folder with safetensors, or a name; nano unless given.")
    var model: String?

    @Argument(help: "A text file in UTF-8; - for standard input.")
    var corpus: String?

    @Option(help: "Token ids instead of a text, like 1,2,3.")
    var tokens: String?

    @Flag(help: "Special tokens that are spelled in the text, like <｜User｜>, become those tokens.")
    var parseSpecial = false

    @Option(help: "The most chunks; all of the text unless given.")
    var chunks: Int?

    @Option(help: ArgumentHelp("Save the log-probabilities of all tokens at every place.", valueName: "file"))
    var saveLogits: String?

    @Option(help: ArgumentHelp("Compare with the log-probabilities that a base model saved.", valueName: "file"))
    var klDivergence: String?

    @Flag(help: "Print one JSON object.")
    var json = false

    @OptionGroup(title: "Engine")
    var engine: EngineOptions

    private var files: TextArguments { TextArguments(model: model, corpus: corpus, takesText: tokens == nil) }

    mutating func validate() throws {
        let corpus = files.corpus
        guard corpus == nil || tokens == nil, corpus != nil || tokens != nil || klDivergence != nil else {
            throw ValidationError("Give a text or --tokens, or --kl-divergence with a file that has the tokens.")
        }
        if klDivergence != nil, saveLogits != nil {
            throw ValidationError("--save-logits goes with a text, not with --kl-divergence.")
        }
        if let chunks, chunks < 1 { throw ValidationError("--chunks is at least 1.") }
    }

    mutating func run() throws {
        if let klDivergence { return try compare(with: try LogitFile(path: klDivergence)) }
        let model = try LanguageModel.open(files.model, engine)
        let chunks = try chunks(of: model)
        let run = try PerplexityRun(model, chunks)
        let score = try interruptibleSteps("scoring", unit: "chunks", total: chunks.count) { done in
            let progress = { (score: TextScore) in
                try done(score.chunks, "perplexity \(Format.decimal(score.perplexity.value))")
            }
            return try saveLogits.map { try run.score(savingLogitsTo: $0, progress: progress) }
                ?? run.score(progress: progress)
        }
        try PerplexityReport(score, chunkLength: chunks.length).print(asJSON: json)
    }

    private func chunks(of model: LanguageModel) throws -> TokenChunks {
        let (tokens, source) = try text(for: model)
        return try TokenChunks(
            tokens, length: engine.context ?? TokenChunks.usualLength, limit: chunks,
            beginOfSequence: model.tokenizer?.beginOfChunk, source: source)
    }

    private func text(for model: LanguageModel) throws -> (tokens: [Int32], source: String) {
        if let tokens { return (try parseTokens(tokens, source: "--tokens"), "--tokens") }
        let corpus = try Corpus(named: files.corpus ?? "", parsingSpecialTokens: parseSpecial)
        return (corpus.tokens(try model.requiredTokenizer()), corpus.source)
    }

    private func compare(with base: LogitFile) throws {
        let model = try LanguageModel.open(files.model, engine)
        if files.corpus != nil || tokens != nil {
            let (tokens, source) = try text(for: model)
            try base.requireText(tokens, source: source)
        }
        let total = base.chunks(limit: chunks, beginOfSequence: nil).count
        let statistics = try interruptibleSteps("comparing", unit: "chunks", total: total) { done in
            try PerplexityRun.divergence(of: model, from: base, chunkLimit: chunks) { running in
                let (perplexity, divergence) = (running.perplexity.value, running.meanDivergence.value)
                try done(
                    running.chunks,
                    "perplexity \(Format.decimal(perplexity)), divergence \(Format.significant(divergence))")
            }
        }
        try DivergenceReport(statistics, chunkLength: base.chunkLength).print(asJSON: json)
    }
}

import ArgumentParser
import Files
import Isobath
import Tensors
import Training

/// `isobath data`: what models are trained with.
struct DataCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "data",
        abstract: "Make data for training: write exercises, turn text into token shards, and look at them.",
        subcommands: [DataGenerateCommand.self, DataPackCommand.self, DataInspectCommand.self])
}

/// `isobath data pack`: text to token shards.
struct DataPackCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pack",
        abstract: "Turn text, JSON lines and conversations into token shards.",
        discussion: """
            A text file is a document, or several with --separator. A JSON line is an object with a text; or with \
            "messages", which the tokenizer's chat template writes, or "prompt" and "completion", of which only the \
            answers are learned. The folder appears when it is complete.

              isobath data pack corpus --tokenizer tokenizer --validation 0.01 -o packed
              isobath data pack chats.jsonl --tokenizer tokenizer -o chats
            """)

    @Argument(help: "Text files, files of JSON lines (.jsonl), or folders of both.")
    var sources: [String]

    @Option(help: "A folder with tokenizer.json, or a GGUF file.")
    var tokenizer: String

    @Option(name: .shortAndLong, help: "The folder to write.")
    var output: String

    @Option(help: "JSON lines: the field that holds the text.")
    var field = "text"

    @Option(help: "What stands between the documents of a text file, like <|endoftext|>.")
    var separator = ""

    @Option(help: "The share of documents to set aside for validation.")
    var validation = 0.0

    @Option(name: [.customShort("t"), .long], help: "Threads; all cores unless given.")
    var threads: Int?

    @Flag(help: "Print one JSON object.")
    var json = false

    mutating func validate() throws {
        guard (0...0.5).contains(validation) else { throw ValidationError("--validation must be from 0 to 0.5.") }
    }

    mutating func run() throws {
        if let threads { ThreadPool.configure(threads: threads) }
        let texts = try TextSources(sources, separator: separator)
        let packing = TokenPacking(
            texts, field: field, tokenizer: try OpenTokenizer(path: tokenizer), validation: validation)
        let skipped = try interruptibleWork("packing", unit: "MB", total: texts.byteCount) { done in
            try packing.write(to: output) { bytes, _ in try done(bytes) }.skippedFiles
        }
        if skipped > 0 { StandardOutput.remark("\(skipped) files are no UTF-8 text and were passed over.") }
        try DataReport(folder: try PackedTokens(path: output), showing: 0).print(asJSON: json)
    }
}

/// `isobath data inspect`: what is in token shards.
struct DataInspectCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "inspect",
        abstract: "Check token shards and print what is in them.",
        discussion: """
            Prints counts, lengths of documents, the share of tokens that are learned, and how the first documents begin, \
            with special tokens spelled out. What is learned of a conversation stands in «…».

              isobath data inspect packed
              isobath data inspect packed/training-00000.tokens --show 10
            """)

    @Argument(help: "A folder that `isobath data pack` made, or one shard.")
    var path: String

    @Option(help: "A tokenizer; the one that lies with the shards unless given.")
    var tokenizer: String?

    @Option(help: "How many documents to show.")
    var show = 2

    @Option(help: "How many tokens of each.")
    var tokens = 128

    @Flag(help: "Print one JSON object.")
    var json = false

    mutating func validate() throws {
        guard show >= 0, tokens > 0 else { throw ValidationError("--show must be at least 0 and --tokens at least 1.") }
    }

    mutating func run() throws {
        let report =
            PackedTokens.exists(path)
            ? try DataReport(folder: PackedTokens(path: path), tokenizer, showing: show, tokens: tokens)
            : try DataReport(shard: TokenShard(path: path), tokenizer, showing: show, tokens: tokens)
        try report.print(asJSON: json)
    }
}

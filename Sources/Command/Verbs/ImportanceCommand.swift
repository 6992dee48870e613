import ArgumentParser
import Files
import Foundation
import Isobath
import Quantization

/// `isobath imatrix`: how much the columns of a model's matrices matter.
struct ImportanceCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "imatrix",
        abstract: "See on a text how much the columns of a model's matrices matter, for quantizing it.",
        discussion: """
            The model reads the text in pieces of --context tokens, 512 unless given, and squares of what its matrices are \
            multiplied with are summed up, for each expert of a mixture on its own. `isobath quantize --imatrix` and \
            llama.cpp take the file. Its form is GGUF, or llama.cpp's older one if the name ends in .dat. Ctrl-C writes \
            what has been seen so far.

              isobath imatrix model-f16.gguf text.txt -o model.imatrix.gguf
              isobath imatrix model-f16.gguf more.txt -o model.imatrix.gguf --add model.imatrix.gguf
              isobath imatrix --show model.imatrix.gguf
            """)

    @Argument(help: "A GGUF file, a folder with safetensors, or a name; nano unless given.")
    var model: String?

    @Argument(help: "The text to read, in UTF-8; - for standard input.")
    var corpus: String?

    @Option(name: .shortAndLong, help: "The file to write; imatrix.gguf unless given.")
    var output: String?

    @Option(help: "Another matrix of the same model, to add the new one to; may be repeated.")
    var add: [String] = []

    @Flag(help: "Special tokens that are spelled in the text, like <｜User｜>, become those tokens.")
    var parseSpecial = false

    @Option(help: "The most pieces of the text to read; all unless given.")
    var chunks: Int?

    @Flag(help: "Look at the head, output.weight, too.")
    var processOutput = false

    @Option(help: "Only print what this matrix says.")
    var show: String?

    @Flag(help: "Print one JSON object.")
    var json = false

    @OptionGroup(title: "Engine")
    var engine: EngineOptions

    private var files: TextArguments { TextArguments(model: model, corpus: corpus) }

    mutating func validate() throws {
        if show != nil {
            guard model == nil, corpus == nil else { throw ValidationError("--show stands alone or with --json.") }
            return
        }
        guard files.corpus != nil else {
            throw ValidationError("Name a text, behind a model or for nano, or a matrix with --show.")
        }
        if let chunks, chunks < 1 { throw ValidationError("--chunks must be at least 1.") }
    }

    mutating func run() throws {
        if let show { return try ImportanceReport(try ImportanceMatrix(reading: show)).print(to: nil, asJSON: json) }
        guard let corpus = files.corpus else { return }
        let path = output ?? "imatrix.gguf"
        let earlier = try add.map { try ImportanceMatrix(reading: $0) }
        let opened = try LanguageModel.open(files.model, engine)
        let text = try Corpus(named: corpus, parsingSpecialTokens: parseSpecial)
        let pieces = try TokenChunks(
            of: text, try opened.requiredTokenizer(), length: engine.context ?? TokenChunks.usualLength, limit: chunks)
        let run = try ImportanceRun(opened, pieces, dataset: text.source, processesOutput: processOutput)
        let matrix = try read(run, pieces, earlier, path)
        try matrix.write(to: path)
        try ImportanceReport(matrix).print(to: path, asJSON: json)
    }

    /// Reads the text; at once, every few minutes, and when Ctrl-C ends it, what has been seen is written: so a matrix of
    /// another model to add to, or a file that cannot be written, is known after the first step and not after hours.
    private func read(
        _ run: ImportanceRun, _ pieces: TokenChunks, _ earlier: [ImportanceMatrix], _ path: String
    ) throws -> ImportanceMatrix {
        var saved = ContinuousClock.Instant?.none
        func joined(_ matrix: ImportanceMatrix) throws -> ImportanceMatrix {
            try earlier.reduce(into: matrix) { $0 = try $1.adding($0) }
        }
        try interruptibleSteps("reading", unit: "tokens", total: pieces.count * pieces.length) { done in
            try run.read { tokens, soFar in
                do {
                    try done(tokens, "")
                } catch let exit as ExitCode {
                    try joined(try soFar()).write(to: path)
                    StandardOutput.remark("\nThe first \(tokens) tokens are in \(path).")
                    throw exit
                }
                if let saved, ContinuousClock.now - saved < .seconds(300) { return }
                try joined(try soFar()).write(to: path)
                saved = .now
            }
        }
        return try joined(try run.matrix())
    }
}

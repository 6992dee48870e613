import ArgumentParser
import Files
import Isobath
import Reports
import Tensors
import Training

/// `isobath train-tokenizer`: a vocabulary from text.
struct TrainTokenizerCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "train-tokenizer",
        abstract: "Learn a byte-level BPE vocabulary from text.",
        discussion: """
            Reads text files, JSON lines and folders of both, and writes tokenizer.json and tokenizer_config.json, with \
            DeepSeek-V3's special tokens and a chat template. The same text always gives the same files.

              isobath train-tokenizer corpus --size 4096 -o tokenizer
              isobath train-tokenizer corpus --pre-tokenizer qwen2 --template r1 -o tokenizer
            """)

    @Argument(help: "Text files, files of JSON lines (.jsonl), or folders of both.")
    var sources: [String]

    @Option(help: "Tokens of the vocabulary, special ones included.")
    var size = 4096

    @Option(name: .shortAndLong, help: "The folder to write the two files into.")
    var output: String

    @Option(
        help: "How text is cut before merging: \(PreTokenizerKind.allCases.map(\.rawValue).joined(separator: ", ")).")
    var preTokenizer = PreTokenizerKind.deepSeekV3.rawValue

    @Option(help: "The chat template: v3, or r1 for models that think.")
    var template = "v3"

    @Option(help: "Pairs that occur less often do not become a token.")
    var leastCount = 2

    @Option(help: "JSON lines: the field that holds the text.")
    var field = "text"

    @Option(name: [.customShort("t"), .long], help: "Threads; all cores unless given.")
    var threads: Int?

    @Flag(help: "Print one JSON object.")
    var json = false

    private struct Result: Encodable {
        let output: String
        let textBytes: Int
        let differentPieces: Int
        let tokens: Int
        let merges: Int
    }

    mutating func run() throws {
        if let threads { ThreadPool.configure(threads: threads) }
        guard let kind = PreTokenizerKind(rawValue: preTokenizer) else {
            throw unknown("--pre-tokenizer", preTokenizer, PreTokenizerKind.allCases.map(\.rawValue))
        }
        guard let jinja = ChatTemplate.releasedJinja[template] else {
            throw unknown("--template", template, ChatTemplate.releasedJinja.keys.sorted())
        }
        let trainer = try BytePairTrainer(size: size, leastCount: leastCount)
        let texts = try TextSources(sources)
        let counting = PieceCounting(texts, field: field, kind: kind)
        let pieces = try interruptibleWork("counting", unit: "MB", total: texts.byteCount) { done in
            try counting.counts { bytes, _ in try done(bytes) }
        }
        let vocabulary = try interruptibleSteps("merging", unit: "tokens", total: size) { done in
            try trainer.vocabulary(from: pieces, source: output) { try done($0, "") }
        }
        let trained = try OpenTokenizer(vocabulary, chatTemplate: jinja)
        try trained.create(output)
        try report(
            Result(
                output: output, textBytes: texts.byteCount, differentPieces: pieces.count,
                tokens: trained.tokenizer.vocabularySize, merges: vocabulary.merges.count))
    }

    private func report(_ result: Result) throws {
        if json { return try StandardOutput.json(result) }
        try StandardOutput.line(
            "\(result.tokens) tokens, \(result.merges) of them merged, from \(Format.bytes(result.textBytes)) of text with "
                + "\(result.differentPieces) different pieces: \(output)")
    }

    private func unknown(_ option: String, _ found: String, _ known: [String]) -> InputError {
        InputError(
            .invalidValue, source: "command line", field: option, found: "found “\(found)”",
            expected: "one of " + known.joined(separator: ", "), advice: "correct the option")
    }
}

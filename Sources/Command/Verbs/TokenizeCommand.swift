import ArgumentParser
import Files
import Foundation
import Hub
import Isobath

/// `isobath tokenize`: text to token ids.
struct TokenizeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tokenize",
        abstract: "Turn text on standard input into token ids.",
        discussion: """
            The text is taken byte for byte. Special tokens in it are plain text unless --parse-special is given. A \
            folder with only tokenizer.json, or a GGUF file with only a vocabulary, is enough.

              printf 'Hello' | isobath tokenize model.gguf --ids
              isobath tokenize folder --jsonl < strings.jsonl
            """)

    @Argument(help: "A GGUF file, a folder with tokenizer.json, or a name.")
    var model: String?

    @Flag(help: "Numbers only, on one line.")
    var ids = false

    @Flag(help: "One JSON array of objects with id and text.")
    var json = false

    @Flag(help: "A JSON string a line in, a JSON array of ids a line out.")
    var jsonl = false

    @Flag(help: "Special tokens that the text spells become those tokens.")
    var parseSpecial = false

    @Flag(name: .customLong("marks"), help: "Add the marks that the model expects around a sequence.")
    var addsMarks = false

    mutating func run() throws {
        let location = try ModelLocation.meant(by: model)
        let tokenizer = try Tokenizer(try openVocabulary(at: location.path))
        let input = try readStandardInput()
        if jsonl { return try printLines(of: input, tokenizer) }
        let tokens = encode(input, tokenizer)
        if ids { return try StandardOutput.write(Data(decimalNumbers(tokens, separator: UInt8(ascii: " ")) + [10])) }
        let rows = tokens.map { Row(id: $0, text: tokenizer.decode([$0])) }
        if json { return try StandardOutput.json(rows) }
        try StandardOutput.write(rows.map { "\($0.id)\t\(quoted($0.text))\n" }.joined())
    }

    private struct Row: Encodable {
        var id: Int32
        var text: String
    }

    private func encode(_ bytes: Data, _ tokenizer: Tokenizer) -> [Int32] {
        let tokens = tokenizer.encode(bytes: bytes, parsingSpecialTokens: parseSpecial)
        return addsMarks ? tokenizer.addingSequenceMarks(to: tokens) : tokens
    }

    private func printLines(of input: Data, _ tokenizer: Tokenizer) throws {
        for (number, line) in jsonLines(input) {
            guard let text = try JSONParser.parse(Array(line), source: "standard input, line \(number)").string else {
                throw wrongLine(number, "something other than a JSON string", "one JSON string a line")
            }
            try StandardOutput.line(
                "[" + encode(Data(text.utf8), tokenizer).map(String.init).joined(separator: ",") + "]")
        }
    }
}

/// `isobath detokenize`: token ids to text.
struct DetokenizeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "detokenize",
        abstract: "Turn token ids on standard input into text, byte for byte.",
        discussion: """
              echo 9906 1917 | isobath detokenize model.gguf
              isobath tokenize model.gguf --ids < file | isobath detokenize model.gguf | cmp - file
            """)

    @Argument(help: "A GGUF file, a folder with tokenizer.json, or a name.")
    var model: String?

    @Flag(help: "Print the text as one JSON string.")
    var json = false

    @Flag(help: "A JSON array of ids a line in, a JSON string a line out.")
    var jsonl = false

    mutating func run() throws {
        let location = try ModelLocation.meant(by: model)
        let tokenizer = try Tokenizer(try openVocabulary(at: location.path))
        let input = try readStandardInput()
        if jsonl { return try printLines(of: input, tokenizer) }
        let tokens = try parseTokens(String(decoding: input, as: UTF8.self), source: "standard input")
        let bytes = try checked(tokens, tokenizer)
        if json { return try StandardOutput.json(String(decoding: bytes, as: UTF8.self)) }
        try StandardOutput.write(Data(bytes))
    }

    private func printLines(of input: Data, _ tokenizer: Tokenizer) throws {
        for (number, line) in jsonLines(input) {
            let value = try JSONParser.parse(Array(line), source: "standard input, line \(number)")
            let tokens = value.array?.compactMap { $0.integer.flatMap { Int32(exactly: $0) } }
            guard let tokens, tokens.count == value.array?.count else {
                throw wrongLine(number, "something other than an array of ids", "one JSON array of token ids a line")
            }
            try StandardOutput.json(String(decoding: try checked(tokens, tokenizer), as: UTF8.self))
        }
    }

    private func checked(_ tokens: [Int32], _ tokenizer: Tokenizer) throws -> [UInt8] {
        if let stray = tokens.first(where: { tokenizer.bytes(of: $0) == nil }) {
            throw InputError(
                .invalidValue, source: "standard input", found: "found the id \(stray)",
                expected: "ids from 0 to \(tokenizer.vocabularySize - 1)", advice: "use the tokenizer that made the ids"
            )
        }
        return tokenizer.decodedBytes(tokens)
    }
}

/// The lines of `input` that are not empty, with their numbers.
private func jsonLines(_ input: Data) -> [(number: Int, line: Data)] {
    input.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).enumerated()
        .filter { !$1.isEmpty && !$1.elementsEqual([UInt8(ascii: "\r")]) }.map { ($0 + 1, $1) }
}

private func wrongLine(_ number: Int, _ found: String, _ expected: String) -> InputError {
    InputError(
        .invalidValue, source: "standard input, line \(number)", found: "found \(found)", expected: expected,
        advice: "correct the line, or leave out --jsonl")
}

/// `text` in quotes, with what cannot be seen as escapes.
private func quoted(_ text: String) -> String { text.debugDescription }

import Checkpoints
import Files
import Foundation
import Generation
import Tokenizers

/// A tokenizer against recorded token ids.
struct TokenizerCheck: VerificationCheck {
    /// Where texts and ids are recorded.
    enum Source: Sendable {
        /// A folder with `tokenizer.json` and `strings.json`: texts, ids with special tokens parsed, and without.
        case strings(folder: String)
        /// A GGUF vocabulary, and beside it `.inp` with texts and `.out` with ids, as llama.cpp's tests have them.
        case texts(String)
    }

    let area = VerificationArea.tokenizer
    let name: String
    let source: Source

    func compare(engines: [EngineSettings.Engine]) throws -> Tally {
        var tally = Tally()
        switch source {
        case .strings(let folder): try compareStrings(folder, &tally)
        case .texts(let path): try compareTexts(path, &tally)
        }
        return tally
    }

    // MARK: strings.json

    private func compareStrings(_ folder: String, _ tally: inout Tally) throws {
        let rows = try RecordedFields(path: folder + "/strings.json").member("strings").elements()
        let configuration = folder + "/tokenizer_config.json"
        let vocabulary = try unpacked(folder + "/tokenizer.json") { path in
            try Vocabulary(
                tokenizerFile: MappedFile(path: path),
                configuration: FileManager.default.fileExists(atPath: configuration)
                    ? RecordedFields(path: configuration).value.object : nil)
        }
        let tokenizer = try Tokenizer(vocabulary)
        for row in rows {
            let text = try row.member("text").string()
            let (ids, plain) = (try row.member("ids").tokens(), try row.member("plain_ids").tokens())
            expect(tokenizer.encode(text, parsingSpecialTokens: true), ids, text, &tally)
            expect(tokenizer.encode(text), plain, text, &tally)
            expect(tokenizer.decode(ids), text, &tally)
            expect(tokenizer.decode(plain), text, &tally)
        }
    }

    // MARK: .inp and .out

    private func compareTexts(_ path: String, _ tally: inout Tally) throws {
        let tokenizer = try Tokenizer(try unpacked(path) { try openVocabulary(at: $0) })
        let separator = "\n__ggml_vocab_test__\n"
        let texts = try text(at: path + ".inp").components(separatedBy: separator).dropLast()
        let lines = try text(at: path + ".out").components(separatedBy: "\n")
        guard lines.count >= texts.count else {
            return tally.fail("\(path).out has \(lines.count) lines for \(texts.count) texts.")
        }
        for (text, line) in zip(texts, lines) {
            let ids = line.split(separator: " ").compactMap { Int32($0) }
            expect(tokenizer.encode(text), ids, text, &tally)
            expect(tokenizer.decode(ids), text, &tally)
        }
    }

    private func text(at path: String) throws -> String {
        let file = try MappedFile(path: path)
        return file.withBytes(in: 0..<file.byteCount) { String(decoding: $0, as: UTF8.self) }
    }

    // MARK: Comparing

    private func expect(_ found: [Int32], _ ids: [Int32], _ text: String, _ tally: inout Tally) {
        tally.count("encodings")
        tally.expect(found == ids, "\(text.debugDescription) became \(found), where \(ids) was recorded.")
    }

    private func expect(_ found: String, _ text: String, _ tally: inout Tally) {
        tally.count("decodings")
        tally.expect(
            Array(found.utf8) == Array(text.utf8),
            "the ids of \(text.debugDescription) were decoded to \(found.debugDescription).")
    }
}

/// What `body` makes of the file at `path`, or of an unpacked temporary copy if only `path.gz` is there.
///
/// Large vocabularies are recorded compressed. The package has no decompressor, as no checkpoint needs one, so this asks
/// the system's `gzip`.
private func unpacked<Result>(_ path: String, _ body: (String) throws -> Result) throws -> Result {
    if FileManager.default.fileExists(atPath: path) || !FileManager.default.fileExists(atPath: path + ".gz") {
        return try body(path)
    }
    let folder = NSTemporaryDirectory() + "/isobath-verify-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    // Readers tell a file by its name too.
    let copy = folder + "/" + URL(filePath: path).lastPathComponent
    _ = FileManager.default.createFile(atPath: copy, contents: nil)
    let gzip = Process()
    gzip.executableURL = URL(filePath: "/usr/bin/env")
    gzip.arguments = ["gzip", "-dc", path + ".gz"]
    gzip.standardOutput = FileHandle(forWritingAtPath: copy)
    gzip.standardError = FileHandle.nullDevice
    try gzip.run()
    gzip.waitUntilExit()
    guard gzip.terminationStatus == 0 else {
        throw InputError(
            .unreadable, source: path + ".gz", found: "gzip ended with status \(gzip.terminationStatus)",
            expected: "a gzip file and the program gzip", advice: "unpack it beside itself")
    }
    return try body(copy)
}

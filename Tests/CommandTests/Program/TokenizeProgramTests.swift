import Files
import Foundation
import TestSupport
import Testing

@Suite(.serialized, .timeLimit(.minutes(10))) struct TokenizeProgramTests {
    /// A folder that holds nothing but V3's `tokenizer.json`.
    private func tokenizerFolder() throws -> String {
        let folder = try Fixture.temporaryFolder()
        let file = try Fixture.unpacked("tokenizers/deepseek-v3/tokenizer.json.gz")
        try FileManager.default.copyItem(atPath: file, toPath: folder + "/tokenizer.json")
        return folder
    }

    private func vocabulary() throws -> String { try Fixture.unpacked("tokenizers/ggml-vocab-deepseek-coder.gguf.gz") }

    private func tokens(_ model: String, _ text: String, _ options: [String] = ["--ids"]) throws -> String {
        let result = try Program.run(["tokenize", model] + options, input: text)
        result.expectSuccess()
        return result.text
    }

    @Test func tokenizerFileAloneIsEnough() throws {
        let folder = try tokenizerFolder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let strings = try #require(
            try JSONParser.parse(MappedFile(path: Fixture.path("tokenizers/deepseek-v3/strings.json")))["strings"]?
                .array)
        let lines = strings.compactMap { $0["text"]?.string }.map { text in
            String(decoding: (try? JSONEncoder().encode(text)) ?? Data(), as: UTF8.self)
        }
        #expect(lines.count == strings.count && lines.count > 300)
        func arrays(_ options: [String]) throws -> [[Int]] {
            try tokens(folder, lines.joined(separator: "\n"), ["--jsonl"] + options).split(separator: "\n").map {
                try Given.ids(try JSONParser.parse(Array($0.utf8), source: "a line"))
            }
        }
        #expect(try arrays([]) == strings.map { try Given.ids($0["plain_ids"]) })
        #expect(try arrays(["--parse-special"]) == strings.map { try Given.ids($0["ids"]) })
    }

    @Test func vocabularyOnlyFileIsEnough() throws {
        let ids = try tokens(vocabulary(), "Hello, world")
        #expect(ids.filter { $0 == "\n" }.count == 1 && ids.split(separator: " ").count > 1)
        let back = try Program.run(["detokenize", try vocabulary()], input: ids)
        #expect(back.text == "Hello, world")
    }

    @Test func formsSayTheSame() throws {
        let text = "Add 77 and 9.\n\"é\" 日本"
        let ids = try tokens("first-light", text).split(whereSeparator: \.isWhitespace).compactMap { Int($0) }
        let rows = try JSONParser.parse(Array(tokens("first-light", text, ["--json"]).utf8), source: "output")
        #expect(try #require(rows.array).map { $0["id"]?.integer } == ids)
        let plain = try tokens("first-light", text, []).split(separator: "\n")
        #expect(plain.compactMap { Int($0.prefix { $0 != "\t" }) } == ids)
        let line = String(decoding: try JSONEncoder().encode(text), as: UTF8.self)
        #expect(try tokens("first-light", line + "\n\n" + line, ["--jsonl"]) == "[\(ids.list)]\n[\(ids.list)]\n")
    }

    @Test func specialTokensAreTextUnlessAsked() throws {
        let text = "<｜end▁of▁sentence｜>"
        #expect(try tokens("first-light", text, ["--ids", "--parse-special"]) == "1\n")
        #expect(try tokens("first-light", text).split(separator: " ").count > 1)
    }

    @Test(arguments: ["first-light", "vocabulary"]) func everyByteComesBack(_ model: String) throws {
        let path = model == "vocabulary" ? try vocabulary() : model
        var random = SeededNumbers(seed: 5)
        let bytes = Data((0..<20_000).map { _ in UInt8.random(in: 0...255, using: &random) })
        let ids = try Program.run(["tokenize", path, "--ids"], input: bytes)
        ids.expectSuccess()
        let back = try Program.run(["detokenize", path], input: ids.output)
        back.expectSuccess()
        #expect(back.output == bytes)
        #expect(try Program.run(["tokenize", path, "--ids"]).text == "\n")
    }

    @Test func detokenizeWritesJSON() throws {
        let ids = try tokens("first-light", "a \"b\"\n")
        #expect(try Program.run(["detokenize", "first-light", "--json"], input: ids).text == #""a \"b\"\n""# + "\n")
        let line = "[" + ids.split(whereSeparator: \.isWhitespace).joined(separator: ", ") + "]"
        let lines = try Program.run(["detokenize", "first-light", "--jsonl"], input: "\(line)\n[]\n")
        #expect(lines.text == #""a \"b\"\n""# + "\n\"\"\n")
    }

    @Test(arguments: [
        (["detokenize", "first-light"], "12 x"), (["detokenize", "first-light"], "400"),
        (["detokenize", "first-light"], "-1"), (["detokenize", "first-light", "--jsonl"], "[1,\"a\"]"),
        (["detokenize", "first-light", "--jsonl"], "7"), (["tokenize", "first-light", "--jsonl"], "plain"),
        (["tokenize", "first-light", "--jsonl"], "[1]"), (["tokenize", "no such model"], ""),
        (["tokenize", Given.v3], ""),
    ])
    func badInputIsOneSentence(_ arguments: [String], _ input: String) throws {
        try Program.run(arguments, input: input).expectFailure()
    }
}

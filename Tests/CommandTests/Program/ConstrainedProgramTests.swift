import Files
import Foundation
import TestSupport
import Testing

/// `--json-schema`, `--json-object`, `--grammar` and `--regex` as a person or a script gives them.
@Suite(.serialized, .timeLimit(.minutes(10))) struct ConstrainedProgramTests {
    private static let schema = #"""
        {"type": "object", "properties": {"sum": {"type": "integer", "minimum": 0, "maximum": 9999},
         "unit": {"enum": ["one", "ten"]}}, "required": ["sum", "unit"], "additionalProperties": false}
        """#

    private func run(_ options: [String], question: String = "Add 7 and 1.") throws -> Program.Result {
        try Program.run(["run", "first-light", question, "--greedy"] + options)
    }

    private func file(_ name: String, _ text: String) throws -> String {
        let folder = try Fixture.temporaryFolder()
        try Data(text.utf8).write(to: URL(filePath: folder + "/" + name))
        return folder + "/" + name
    }

    private func expectSum(_ text: String) throws {
        let value = try JSONParser.parse(text, source: "answer")
        #expect(value["sum"]?.integer.map { (0...9_999).contains($0) } == true, "\(text)")
        #expect(["one", "ten"].contains(value["unit"]?.string) && value.keys == ["sum", "unit"], "\(text)")
    }

    @Test func answersFollowASchema() throws {
        for given in [Self.schema, try file("schema.json", Self.schema)] {
            for question in ["Add 7 and 1.", "Compute 163 - 15.", "What is 347 + 586?"] {
                let result = try run(["--json-schema", given], question: question)
                result.expectSuccess()
                try expectSum(result.text)
            }
        }
        let reported = try run(["--json-schema", Self.schema, "--json"])
        let answer = try reported.json()
        try expectSum(try #require(answer["answer"]?.string))
        #expect(answer["finish_reason"]?.string == "stop" && answer["thinking"]?.string?.isEmpty == false)
    }

    @Test func answersAreObjects() throws {
        let sampled = ["--json-object", "--raw", "--temperature", "1", "--seed"]
        for seed in 0..<8 {
            let result = try Program.run(["run", "first-light", "{", "-n", "400"] + sampled + ["\(seed)", "--json"])
            result.expectSuccess()
            let answer = try result.json()
            guard answer["finish_reason"]?.string == "stop" else { continue }
            let text = try #require(answer["text"]?.string)
            #expect(try JSONSerialization.jsonObject(with: Data(text.utf8)) is [String: Any], "\(text)")
        }
    }

    @Test func answersFollowAGrammarOrAnExpression() throws {
        let path = try file("g.gbnf", "root ::= \"The sum is \" [0-9]+ \".\"\n")
        let result = try run(["--grammar", path])
        result.expectSuccess()
        #expect(result.text.hasPrefix("The sum is ") && result.text.hasSuffix(".\n"))
        #expect(try run(["--regex", "[0-9]+"]).text == "8\n")
        #expect(try run(["--regex", "0{2}[0-9]"]).text.hasPrefix("00"))
    }

    @Test func chatsFollowThemToo() throws {
        let lines = "Add 7 and 1.\nCompute 163 - 15.\n"
        let result = try Program.run(["chat", "first-light", "--regex", "[0-9]+ points"], input: lines)
        result.expectSuccess()
        let answers = result.text.split(separator: "\n")
        #expect(answers.count == 2 && answers.allSatisfy { $0.hasSuffix(" points") }, "\(result.text)")
    }

    // MARK: What cannot be

    @Test func mistakesAreNamed() throws {
        let missing = try file("g.gbnf", "root ::= other\n")
        for (options, words) in [
            (["--json-schema", #"{"type": "object", "properties": {"a": {"not": {}}}}"#], "#/properties/a/not"),
            (["--json-schema", "/nowhere/schema.json"], "/nowhere/schema.json"),
            (["--json-schema", "{"], "--json-schema"),
            (["--regex", #"(a)\1"#], "--regex, at byte 3"), (["--grammar", missing], "“other”"),
            (["--grammar", "/nowhere.gbnf"], "/nowhere.gbnf"),
            (["--json-object", "--regex", "a"], "together with --json-object"),
            (["--json-object", "--ignore-eos"], "--ignore-eos"),
        ] as [([String], String)] {
            let result = try run(options)
            result.expectFailure()
            #expect(result.errors.contains(words) && result.output.isEmpty, "\(result.errors)")
        }
        let tokens = try Program.run(["run", Given.v3, "--tokens", "1,2", "-n", "2", "--json-object"])
        tokens.expectFailure()
        #expect(tokens.errors.contains("vocabulary"))
    }
}

import Files
import Foundation
import TestSupport
import Testing

/// `--speculate` as a person or a script gives it.
@Suite(.serialized, .timeLimit(.minutes(10))) struct SpeculateProgramTests {
    private func arguments(_ model: String, _ prompt: [Int], _ more: [String]) -> [String] {
        ["run", Fixture.path(model), "--tokens", prompt.list, "--ignore-eos", "-n", "16", "--greedy"] + more
    }

    @Test(arguments: SpeculateProgramTests.models)
    func greedyTokensAreTheRecordedOnes(_ model: (path: String, recorded: String)) throws {
        for name in ["a", "b"] {
            let prompt = try Given.prompt(model.recorded, name)
            for length in [[], ["--draft-length", "4"]] {
                let result = try Program.run(arguments(model.path, prompt.tokens, ["--speculate", "--json"] + length))
                result.expectSuccess()
                #expect(result.errors.isEmpty)
                let answer = try result.json()
                #expect(try Given.ids(answer["token_ids"]) == prompt.greedy)
                #expect(answer["speculation"]?["draft_length"]?.integer == (length.isEmpty ? 1 : 4))
            }
        }
    }

    static let models = [
        (path: "text/v3", recorded: "v3"), (path: "text/v3-fp8", recorded: "v3-fp8"),
        (path: "gguf/v3-mtp.gguf", recorded: "v3"),
    ]

    @Test func jsonSaysWhatBecameOfTheGuesses() throws {
        let prompt = try Given.prompt("v3", "a")
        let json = try Program.run(arguments("text/v3", prompt.tokens, ["--speculate", "--json"])).json()
        let report = try #require(json["speculation"])
        #expect(
            report.keys == [
                "acceptance_rate", "accepted", "accepted_by_place", "draft_length", "draft_seconds", "drafted",
                "plain_tokens_per_second", "speedup", "step_seconds", "steps", "tokens_per_step",
            ])
        let (steps, accepted) = (try #require(report["steps"]?.integer), try #require(report["accepted"]?.integer))
        let drafted = try #require(report["drafted"]?.integer)
        #expect(steps + accepted == 15 && drafted >= 14 - accepted && drafted <= 15)
        #expect(report["accepted_by_place"]?.array?.count == 1)
        for key in ["draft_seconds", "step_seconds", "plain_tokens_per_second", "speedup"] {
            #expect(try #require(report[key]?.double) > 0, "\(key)")
        }
        let plain = try Program.run(arguments("text/v3", prompt.tokens, ["--json"])).json()
        #expect(plain["speculation"] == nil && plain["token_ids"] == json["token_ids"])
    }

    @Test func peopleGetOneRemark() throws {
        let prompt = try Given.prompt("v3", "b")
        let result = try Program.run(arguments("text/v3", prompt.tokens, ["--speculate"]))
        result.expectSuccess()
        #expect(result.text == prompt.greedy.list + "\n")
        #expect(result.errors.filter { $0 == "\n" }.count == 1 && result.errors.contains(" guesses were right ("))
        let short = try Program.run(["run", Given.v3, "--tokens", "1,2", "-n", "1", "--speculate"])
        #expect(short.errors == "Nothing was guessed: the answer is too short.\n")
    }

    @Test func seedsGiveTheSameAnswerAgain() throws {
        let sampled = [
            "run", Given.v3, "--tokens", "1,2,3", "-n", "12", "--temperature", "1", "--ignore-eos", "--speculate",
            "--json",
        ]
        func tokens(_ seed: Int) throws -> [Int] {
            try Given.ids(try Program.run(sampled + ["--seed", "\(seed)"]).json()["token_ids"])
        }
        #expect(try tokens(3) == tokens(3))
        #expect(try tokens(3) != tokens(4))
    }

    // MARK: What cannot be

    @Test func checkpointsWithoutPredictionLayersAreAnError() throws {
        for model in ["text/v3-k256", "gguf/v3.gguf"] {
            let result = try Program.run(arguments(model, [1, 2], ["--speculate"]))
            result.expectFailure()
            #expect(result.errors.contains("prediction layers") && result.errors.contains("--speculate"))
        }
        let chat = try Program.run(["chat", "first-light", "--speculate"], input: "Add 7 and 1.\n")
        #expect(chat.status == 1 && chat.output.isEmpty && chat.errors.contains("prediction layers"))
        // The number of layers without the layers: what converters leave behind.
        let folder = try Fixture.temporaryFolder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        for file in ["model.safetensors", "config.json"] {
            let data = try Fixture.data("text/v3-k256/" + file)
            let text = String(decoding: data, as: UTF8.self).replacing(
                "\"num_nextn_predict_layers\": 0", with: "\"num_nextn_predict_layers\": 1")
            try (file == "config.json" ? Data(text.utf8) : data).write(to: URL(filePath: folder + "/" + file))
        }
        let dropped = try Program.run(["run", folder, "--tokens", "1,2", "--speculate"])
        dropped.expectFailure()
        #expect(dropped.errors.contains("its configuration has 1"))
    }

    @Test func unusableDraftLengthsAreErrors() throws {
        for options in [
            ["--draft-length", "2"], ["--speculate", "--draft-length", "0"], ["--speculate", "--draft-length", "9"],
        ] {
            let result = try Program.run(arguments("text/v3", [1, 2], options))
            result.expectFailure()
            #expect(result.errors.contains("draft"))
        }
    }
}

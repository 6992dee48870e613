import Files
import Foundation
import TestSupport
import Testing

@Suite(.serialized, .timeLimit(.minutes(10))) struct RunProgramTests {
    private func firstExample() throws -> Given.Example { try #require(try Given.examples().first) }

    // MARK: Recorded answers

    @Test func recordedQuestionsAndPromptsGetTheRecordedTokens() throws {
        for example in try Given.examples() {
            let asked = try Program.run(["run", "first-light", example.question, "--greedy", "--json"])
            asked.expectSuccess()
            let answer = try asked.json()
            #expect(try Given.ids(answer["token_ids"]) == example.tokens, "\(example.question)")
            #expect(answer["text"]?.string.map { $0 + "<｜end▁of▁sentence｜>" } == example.text)
            #expect(answer["answer"]?.string == example.expected)
            #expect(answer["prompt_tokens"]?.integer == example.prompt.count)
            let tokens = ["run", Given.firstLight, "--tokens", example.prompt.list, "--greedy", "--json"]
            let continued = try Program.run(tokens)
            continued.expectSuccess()
            #expect(try Given.ids(try continued.json()["token_ids"]) == example.tokens, "\(example.question)")
        }
    }

    @Test(arguments: ["v3", "llama-gqa", "v2-lite"]) func modelsWithoutVocabularyTakeTokens(_ model: String) throws {
        let prompt = try Given.prompt(model, "a")
        let arguments = ["run", Fixture.path("text/" + model), "--tokens", prompt.tokens.list]
        let limits = ["--ignore-eos", "-n", "16", "--greedy"]
        let result = try Program.run(arguments + limits + ["--json"])
        result.expectSuccess()
        let answer = try result.json()
        #expect(try Given.ids(answer["token_ids"]) == prompt.greedy)
        #expect(answer["finish_reason"]?.string == "length" && answer["completion_tokens"]?.integer == 16)
        let plain = try Program.run(arguments + limits)
        #expect(plain.text == prompt.greedy.list + "\n")
    }

    // MARK: Where the prompt comes from

    @Test func promptsComeAsArgumentOrOnStandardInput() throws {
        let example = try firstExample()
        let argument = try Program.run(["run", "first-light", example.question])
        argument.expectSuccess()
        #expect(argument.text == example.expected + "\n" && argument.errors.isEmpty)
        let input = try Program.run(["run", "first-light"], input: example.question)
        #expect(input.text == example.expected + "\n" && input.errors.isEmpty)
        let unnamed = try Program.run(["run", "What is 347 + 586?"])
        #expect(unnamed.text.hasSuffix("933\n"))
        #expect(unnamed.errors.contains("Isobath Nano") && unnamed.errors.filter { $0 == "\n" }.count == 1)
    }

    @Test(arguments: ["", " \n"]) func noPromptIsNoQuestion(_ input: String) throws {
        let result = try Program.run(["run", "first-light"], input: input)
        result.expectFailure()
        #expect(result.errors.contains("found no prompt"))
    }

    @Test func rawTextIsContinuedWithoutTemplate() throws {
        let result = try Program.run(["run", "first-light", "7 + 9 + 0 =", "--raw", "-n", "5", "--json"])
        result.expectSuccess()
        let tokens = try Program.run(["tokenize", "first-light", "--ids", "--marks"], input: "7 + 9 + 0 =")
        #expect(try result.json()["prompt_tokens"]?.integer == tokens.text.split(separator: " ").count)
        #expect(try result.json()["thinking"]?.string == "")
        #expect(try result.json()["text"] == result.json()["answer"])
    }

    @Test func systemPromptsReachTheModel() throws {
        func tokens(_ more: [String]) throws -> Int {
            let result = try Program.run(["run", "first-light", "Add 7 and 1.", "-n", "1", "--json"] + more)
            return try #require(try result.json()["prompt_tokens"]?.integer)
        }
        #expect(try tokens(["--system", "Compute."]) > tokens([]))
    }

    @Test func templatesAreChosenByName() throws {
        let question = ["run", "first-light", "Add 7 and 1.", "-n", "1"]
        try Program.run(question + ["--template", "v3"]).expectSuccess()
        let result = try Program.run(question + ["--template", "nonsense"])
        result.expectFailure()
        #expect(result.errors.contains("nonsense"))
        let none = try Program.run(["run", Given.v3, "hello there"])
        none.expectFailure()
    }

    // MARK: Ends

    @Test func stopStringsEndTheTextBeforeThem() throws {
        let example = try firstExample()
        let result = try Program.run(["run", "first-light", example.question, "--stop", ", carry", "--json"])
        result.expectSuccess()
        let place = try #require(example.text.range(of: ", carry"))
        let answer = try result.json()
        #expect(answer["text"]?.string == String(example.text[..<place.lowerBound]))
        #expect(answer["thinking"] == answer["text"] && answer["answer"]?.string == "")
        #expect(answer["finish_reason"]?.string == "stop")
    }

    @Test func seedsGiveTheSameAnswerAgain() throws {
        let sampled = [
            "run", Given.v3, "--tokens", "1,2,3", "-n", "12", "--temperature", "1", "--ignore-eos", "--json",
        ]
        func tokens(_ seed: Int) throws -> [Int] {
            try Given.ids(try Program.run(sampled + ["--seed", "\(seed)"]).json()["token_ids"])
        }
        #expect(try tokens(3) == tokens(3))
        #expect(try tokens(3) != tokens(4))
    }

    // MARK: JSON

    @Test func jsonHasItsKeys() throws {
        let result = try Program.run(["run", "first-light", "Add 7 and 1.", "--json", "--threads", "1"])
        result.expectSuccess()
        #expect(result.text.filter { $0 == "\n" }.count == 1 && result.errors.isEmpty)
        let answer = try result.json()
        #expect(
            answer.keys == [
                "answer", "completion_tokens", "finish_reason", "paths", "prompt_tokens", "text", "thinking", "timings",
                "token_ids",
            ])
        #expect(answer["completion_tokens"]?.integer == answer["token_ids"]?.array?.count)
        let timings = try #require(answer["timings"])
        #expect(
            timings.keys == ["generation_seconds", "prompt_seconds", "prompt_tokens_per_second", "tokens_per_second"])
        for key in timings.keys { #expect(try #require(timings[key]?.double) > 0) }
        let paths = try #require(answer["paths"])
        #expect(paths.keys == ["attention", "cache", "kernels", "threads", "weights"])
        #expect(paths["attention"]?["decoding"]?.string == "latent, absorbed")
        #expect(paths["cache"]?.string == "F32" && paths["threads"]?.integer == 1)
        #expect(try #require(paths["weights"]?["BF16"]?.integer) > 0)
        #expect(paths["kernels"]?.string?.hasPrefix("cpu") == true)
    }

    @Test func pathsSayWhatRan() throws {
        let arguments = ["run", Given.v3, "--tokens", "1,2,3", "-n", "2", "--greedy", "--ignore-eos", "--json"]
        let engine = ["--engine", "reference", "--cache-type", "q8_0", "--latent-form", "expanded"]
        let paths = try #require(try Program.run(arguments + engine).json()["paths"])
        #expect(paths["kernels"]?.string == "reference" && paths["cache"]?.string == "Q8_0")
        #expect(paths["attention"]?["prompt"]?.string == "latent, expanded")
        #expect(paths["attention"]?["decoding"]?.string == "latent, expanded")
    }
}

extension JSONValue {
    /// The keys of an object in order of the alphabet.
    var keys: [String] { (object?.members ?? []).map(\.key).sorted() }
}

import Files
import Foundation
import Isobath
import TestSupport
import Testing

@testable import Command

/// The model that is meant where none is named, met by each command that takes one.
@Suite(.serialized, .timeLimit(.minutes(10))) final class NanoProgramTests {
    private let folder: String

    init() throws { folder = try Fixture.temporaryFolder() }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    private func written(_ name: String, _ text: String) throws -> String {
        let path = folder + "/" + name
        try Data(text.utf8).write(to: URL(filePath: path))
        return path
    }

    private func answer(_ question: String, _ model: String = "nano", _ options: [String] = []) throws -> String {
        let result = try Program.run(["run", model, question, "--json"] + options)
        result.expectSuccess()
        #expect(try result.json()["finish_reason"]?.string == "stop", "\(question)")
        return try #require(try result.json()["answer"]?.string)
    }

    // MARK: What it knows

    @Test(arguments: [
        ("What is 347 + 586?", "933"), ("What is 800 - 123?", "677"), ("What is 12 * 34?", "408"),
        ("Which is larger, 4521 or 4580?", "4580"), ("Convert 7 km to m.", "7000 m"),
        ("Sort 52, 17, 93, 8.", "8, 17, 52, 93"), ("Is 91 divisible by 7?", "yes"),
    ])
    func itAnswers(_ question: String, _ expected: String) throws {
        #expect(try answer(question) == expected)
        #expect(try answer(question, "nano", ["--speculate"]) == expected)
    }

    /// What people type before they have a question.
    @Test(arguments: [
        ("hello", "Hello!"), ("hi", "Hello!"), ("Good morning", "Hello!"), ("thanks", "You are welcome."),
        ("bye", "Goodbye!"), ("help", "I can calculate"), ("who are you?", "I am Isobath Nano"),
    ])
    func itGreets(_ words: String, _ expected: String) throws {
        #expect(try answer(words).hasPrefix(expected))
    }

    /// What `chat` says to try are questions that `itAnswers` and `itKnowsTheProgramsCommands` ask.
    @Test func itKnowsItsExamples() throws {
        for question in ShippedModel.nano.examples { #expect(!(try answer(question)).contains("not taught")) }
        let chat = try Program.run(["chat"], input: "hello\n")
        chat.expectSuccess()
        #expect(chat.errors.contains(ShippedModel.nano.examples[0]) && chat.text.contains("Hello!"))
    }

    @Test func itKnowsTheProgramsCommands() throws {
        #expect(try answer("How do I quantize a model?").contains("isobath quantize"))
    }

    /// Asked for what it was not taught it says what it is, and how to get more.
    @Test(arguments: [
        "What is the capital of France?", "Who won the football game yesterday?", "What is the weather in Paris today?",
        "Do you know my name?", "Write a poem about spring.",
    ])
    func itSaysWhatItCannotKnow(_ question: String) throws {
        let reply = try answer(question)
        #expect(reply.contains("demonstration model") && reply.contains("isobath pull"))
    }

    @Test func theLibraryOpensIt() async throws {
        let model = try LanguageModel.nano()
        let text = try #require(model.tokenizer).encode("2 + 2 =")
        #expect(!text.isEmpty && model.contextLength >= 2048)
    }

    // MARK: Commands

    @Test func chatsAreSavedAndGoneOnWith() throws {
        let path = folder + "/chat.json"
        let first = try Program.run(["chat"], input: "What is 20 + 22?\n/save \(path)\n")
        first.expectSuccess()
        #expect(first.text.contains("42") && first.text.contains("Saved 1 turns"))
        #expect(first.errors.contains("Isobath Nano"))
        let second = try Program.run(["chat"], input: "/load \(path)\nWhat is 347 + 586?\n")
        second.expectSuccess()
        #expect(second.text.contains("Loaded 1 turns") && second.text.hasSuffix("933\n"))
    }

    @Test func benchMeasuresIt() throws {
        let result = try Program.run([
            "bench", "--json", "--prefill", "8", "--decode", "2", "--repeat", "1", "--no-machine",
        ])
        result.expectSuccess()
        #expect(result.errors.contains("nano"))
        #expect(try result.json()["model"]?["path"]?.string?.hasSuffix("nano.gguf") == true)
    }

    @Test func scoreAndPerplexityReadWithIt() throws {
        let text = "What is 2 + 2? The answer is 4.\n"
        let scored = try Program.run(["score", "--json"], input: text)
        scored.expectSuccess()
        #expect(scored.errors.contains("nano"))
        #expect(try #require(try scored.json()["perplexity"]?.double) > 1)
        let path = try written("text.txt", String(repeating: text, count: 20))
        let options = ["--context", "64", "--json"]
        let named = try Program.run(["perplexity", "nano", path] + options)
        named.expectSuccess()
        for (arguments, input) in [([path], ""), (["-"], String(repeating: text, count: 20))] {
            let meant = try Program.run(["perplexity"] + arguments + options, input: input)
            #expect(meant.text == named.text && meant.errors.contains("nano"))
        }
    }

    @Test func evalAsksIt() throws {
        let line = #"{"prompt": "What is 23 + 45?", "answer": "68"}"# + "\n"
        let result = try Program.run(["eval", "--tasks", try written("sums.jsonl", line), "--speculate", "--json"])
        result.expectSuccess()
        #expect(try result.json()["tasks"]?.array?.first?["right"]?["successes"]?.integer == 1)
    }

    @Test func inspectDescribesIt() throws {
        let model = try #require(try Program.run(["inspect", "--json"]).json()["model"])
        #expect(model["prediction_layers"]?.integer == 1 && model["context_length"]?.integer ?? 0 >= 2048)
        #expect(model["bytes"]?.integer ?? .max < 16_000_000)
    }

    @Test func textGoesThroughItsTokens() throws {
        let text = "347 + 586 = 933, naïve 漢字"
        let tokens = try Program.run(["tokenize", "nano", "--ids"], input: text)
        tokens.expectSuccess()
        #expect(try Program.run(["detokenize", "nano"], input: tokens.text).text == text)
    }

    @Test(arguments: ["q8_0", "q6_k", "q5_0", "q4_0"]) func quantizedVariantsRun(_ recipe: String) throws {
        let path = folder + "/\(recipe).gguf"
        let result = try Program.run(["quantize", path, "--recipe", recipe])
        result.expectSuccess()
        #expect(result.errors.contains("nano"))
        let reply = try Program.run(["run", path, "What is 347 + 586?", "-n", "100", "--speculate"])
        reply.expectSuccess()
        if ["q8_0", "q6_k"].contains(recipe) { #expect(reply.text.hasSuffix("933\n"), "\(recipe)") }
    }

    /// A file that is there is a model, and never what is written.
    @Test func loneArgumentsAreToldApart() throws {
        let there = try written("there.txt", "text")
        let missing = folder + "/new.gguf"
        let parts = { QuantizeArguments(model: $0, output: $1, writesFile: $2) }
        #expect(parts(missing, nil, true).output == missing && parts(missing, nil, true).model == nil)
        #expect(parts(there, nil, true).model == there && parts(there, nil, true).output == nil)
        #expect(parts(missing, nil, false).model == missing)
        for name in ["first-light", "nano", "org/name", "org/name:Q4_K_M"] {
            #expect(parts(name, nil, true).model == name && parts(name, nil, true).output == nil)
        }
        #expect(parts("a", "b", true).model == "a" && parts("a", "b", true).output == "b")
        for text in [there, "-"] { #expect(TextArguments(model: text, corpus: nil).corpus == text) }
        #expect(TextArguments(model: there, corpus: nil, takesText: false).model == there)
        // Caches call models by hashes, which say nothing.
        let hashed = try written("4f2a", "GGUF and more")
        #expect(TextArguments(model: hashed, corpus: nil).model == hashed)
        // A slip in a text's name is answered with what is not there.
        #expect(TextArguments(model: "no/txet.txt", corpus: nil).corpus == "no/txet.txt")
        for model in [missing, folder, "deepseek-v3", "deepseek-ai/DeepSeek-R1-Distill-Qwen-1.5B", "a/b.c:Q8_0"] {
            #expect(TextArguments(model: model, corpus: nil).model == model)
        }
        try Program.run(["quantize", there, "--recipe", "q4_0"]).expectFailure(status: 64)
        #expect(try String(contentsOfFile: there, encoding: .utf8) == "text")
    }

    @Test func studyStoresItByRecipes() throws {
        let text = try written("text.txt", (10..<60).map { "What is \($0) + 7?\n\($0 + 7)\n" }.joined())
        let result = try Program.run([
            "study", "quantization", text, "--recipes", "q4_0", "--context", "32", "--chunks", "2", "-o",
            folder + "/study",
        ])
        result.expectSuccess()
        #expect(result.text.contains("Q4_0") && result.errors.contains("nano"))
    }

    @Test func convertAndImportanceReadIt() throws {
        try Program.run(["convert", "nano", folder + "/released"]).expectSuccess()
        #expect(try answer("What is 347 + 586?", folder + "/released") == "933")
        let text = try written("text.txt", String(repeating: "What is 2 + 2? 4\n", count: 40))
        let matrix = folder + "/matrix.gguf"
        try Program.run(["imatrix", text, "--context", "64", "-o", matrix]).expectSuccess()
        try Program.run(["quantize", "nano", folder + "/i.gguf", "--recipe", "q4_0", "--imatrix", matrix])
            .expectSuccess()
    }

    @Test func gradientsAndAdaptersMeanIt() throws {
        let result = try Program.run(["gradients", "--tokens", "1,20,30,40", "--json"])
        result.expectSuccess()
        #expect(try #require(try result.json()["loss"]?.double) > 0 && result.errors.contains("nano"))
        let missing = try Program.run(["adapter", "merge", folder + "/no-adapter", "-o", folder + "/merged"])
        #expect(missing.status == 1 && missing.output.isEmpty)
        #expect(missing.errors.contains("nano is meant") && missing.errors.contains("no-adapter"))
    }

    @Test func serveOffersIt() async throws {
        let server = try await ServedProgram([], model: nil)
        #expect(server.program.errorsSoFar.contains("Serving nano at http://"))
        let models = try await server.client.models()
        #expect(models.map { $0["id"]?.string } == ["nano"])
        #expect(models.first?["examples"]?.array?.map(\.string) == ShippedModel.nano.examples)
        try await server.end()
    }
}

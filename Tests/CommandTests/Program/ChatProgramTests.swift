import Files
import Foundation
import TestSupport
import Testing

/// Conversations on a pipe: every line is a question or a command.
@Suite(.serialized, .timeLimit(.minutes(10))) struct ChatProgramTests {
    private func chat(_ lines: [String], _ options: [String] = []) throws -> [String] {
        let result = try Program.run(["chat", "first-light"] + options, input: lines.joined(separator: "\n") + "\n")
        result.expectSuccess()
        return result.text.split(separator: "\n", omittingEmptySubsequences: false).dropLast().map(String.init)
    }

    @Test func everyQuestionGetsItsAnswer() throws {
        #expect(try chat(["Add 7 and 1."]) == ["8"])
        let lines = try chat(["Add 7 and 1.", "", "   ", "/clear", "Compute 163 - 15."])
        #expect(lines == ["8", "The conversation is empty again.", "148"])
    }

    @Test func turnsAreRemembered() throws {
        let folder = try Fixture.temporaryFolder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let path = folder + "/saved.json"
        let lines = try chat(["/system Compute.", "Add 7 and 1.", "/save \(path)", "/bye", "Add 7 and 1."])
        #expect(lines.first == "Compute." && lines.last == "Saved 1 turns to \(path).")
        let saved = try JSONParser.parse(MappedFile(path: path))
        #expect(saved["system"]?.string == "Compute.")
        #expect(saved["turns"]?.array?.count == 1)
        #expect(saved["turns"]?.array?.first?["question"]?.string == "Add 7 and 1.")
        let loaded = try chat(["/load \(path)", "/system", "/system none"])
        #expect(loaded == ["Loaded 1 turns from \(path).", "Compute.", "No system prompt."])
    }

    @Test func settingsAreShownAndChanged() throws {
        let lines = try chat(["/set temperature 0.5", "/set seed 3", "/set max-tokens 2", "/set", "Add 7 and 1."])
        #expect(lines.contains { $0.hasPrefix("temperature ") && $0.hasSuffix(" 0.5") })
        #expect(lines.contains { $0.hasPrefix("seed ") && $0.hasSuffix(" 3") })
        #expect(lines.contains { $0.hasPrefix("max-tokens ") && $0.hasSuffix(" 2") })
    }

    @Test func shippedModelIsGreedyUnlessToldOtherwise() throws {
        #expect(try chat(["/set"]).contains { $0.hasPrefix("temperature ") && $0.hasSuffix(" 0.0") })
        #expect(try chat(["/set"], ["--temperature", "0.7"]).contains { $0.hasSuffix(" 0.7") })
    }

    @Test func mistakesAreSaidAndTheConversationGoesOn() throws {
        let input = [
            "/unknown", "/set nonsense 1", "/set temperature hot", "/set seed -1", "/load /nowhere", "/save /nowhere/x",
            "/help", "Add 7 and 1.",
        ]
        let result = try Program.run(["chat", "first-light"], input: input.joined(separator: "\n"))
        result.expectSuccess()
        #expect(result.text.contains("There is no command /unknown"))
        #expect(result.text.contains("/system [TEXT|none]") && result.text.hasSuffix("\n8\n"))
        // First what the model is, and what to try.
        let sentences = result.errors.split(separator: "\n").dropFirst(2)
        #expect(sentences.count == 5 && sentences.allSatisfy { $0.hasSuffix(".") })
    }

    /// Questions longer than the context are refused, and shorter ones still answered.
    @Test func contextIsRespected() throws {
        let long = String(repeating: "7 + 1 ", count: 200)
        let result = try Program.run(["chat", "first-light"], input: "\(long)\nAdd 7 and 1.\n")
        result.expectSuccess()
        #expect(result.text == "8\n" && result.errors.contains("512"))
    }

    @Test(arguments: [([], "Isobath Nano"), (["first-light"], "First Light")])
    func shippedModelsSayWhatTheyAre(_ model: [String], _ name: String) throws {
        let result = try Program.run(["chat"] + model, input: "Add 7 and 1.\n")
        result.expectSuccess()
        #expect(result.text.hasSuffix("8\n"))
        #expect(result.errors.components(separatedBy: name).count == 2)
    }

    /// The slow engine, and no token that would end the answer before the signal comes.
    @Test func interruptStopsTheAnswerAndNotTheProgram() throws {
        let endless = ["--engine", "reference", "--logit-bias", "1=-1000", "--logit-bias", "205=-1000"]
        let program = try Program(["chat", "first-light"] + endless)
        program.type("Add 7 and 1.\n")
        while program.outputSoFar.isEmpty { usleep(1000) }
        program.interrupt()
        try program.waitForOutput("(stopped)\n")
        program.type("/help\n/bye\n")
        let result = try program.finish()
        result.expectSuccess()
        #expect(result.text.contains("Ctrl-C stops an answer"))
    }
}

import Files
import Foundation
import TestSupport
import Testing

@Suite(.serialized, .timeLimit(.minutes(10))) final class EvalProgramTests {
    private let folder: String

    init() throws {
        folder = try Fixture.temporaryFolder()
        let sums = [("What is 23 + 45?", "68"), ("What is 23 + 45?", "69"), ("What is 7 + 2?", "9")]
        let lines = sums.map { #"{"prompt": "\#($0.0)", "answer": "\#($0.1)"}"# + "\n" }.joined()
        try FileManager.default.createDirectory(atPath: folder + "/tests", withIntermediateDirectories: true)
        try Data(lines.utf8).write(to: URL(filePath: folder + "/tests/sums.jsonl"))
        try Data(#"{"prompt": "Add 7 and 1.", "answer": "8"}"#.utf8).write(
            to: URL(filePath: folder + "/tests/more.jsonl"))
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    @Test func tasksOfAFolderAreCounted() throws {
        let result = try Program.run(["eval", "first-light", "--tasks", folder + "/tests", "--json"])
        result.expectSuccess()
        let tasks = try #require(try result.json()["tasks"]?.array)
        #expect(tasks.map { $0["task"]?.string } == ["more", "sums"])
        #expect(tasks.map { $0["right"]?["successes"]?.integer } == [1, 2])
        #expect(tasks.map { $0["right"]?["count"]?.integer } == [1, 3])
        #expect(try result.json()["well_formed"]?["successes"]?.integer == 4)
    }

    @Test func earlierResultsStandBeside() throws {
        let earlier = folder + "/earlier.json"
        let json = try Program.run(["eval", "first-light", "--tasks", folder + "/tests/sums.jsonl", "--json"])
        try Data(json.text.utf8).write(to: URL(filePath: earlier))
        let result = try Program.run([
            "eval", "first-light", "--tasks", folder + "/tests/sums.jsonl", "--limit", "2", "--before", earlier,
        ])
        result.expectSuccess()
        #expect(result.text.contains("| sums | 2 | 66.7 % (20.8–93.9) | 50.0 % (9.5–90.5) |"))
        #expect(result.text.contains("On the 1 tasks that were below 95.0 % in earlier"))
    }

    /// Of three replies two are right; what they thought is kept, and the wrong one's is not.
    @Test func rightAnswersAreKept() throws {
        let kept = folder + "/kept.jsonl"
        let result = try Program.run([
            "eval", "first-light", "--tasks", folder + "/tests/sums.jsonl", "--keep-right", kept, "--json",
        ])
        result.expectSuccess()
        let lines = try String(contentsOfFile: kept, encoding: .utf8).split(separator: "\n")
        let messages = try lines.map { try JSONParser.parse(Array($0.utf8), source: "kept")["messages"]?.array ?? [] }
        #expect(messages.map { $0.first?["content"]?.string } == ["What is 23 + 45?", "What is 7 + 2?"])
        #expect(messages.map { $0.last?["content"]?.string } == ["68", "9"])
        #expect(messages.allSatisfy { $0.last?["reasoning_content"]?.string?.contains("write") ?? false })
    }

    @Test func misuseIsASentence() throws {
        let wrong: [[String]] = [
            ["eval", "first-light"], ["eval", "first-light", "--tasks", folder + "/none"],
            ["eval", "first-light", "--tasks", folder],
            ["eval", "first-light", "--tasks", folder + "/tests", "--limit", "0"],
            ["eval", "first-light", "--tasks", folder + "/tests", "--before", folder + "/tests/more.jsonl"],
            ["eval", "first-light", "--tasks", folder + "/tests", "--speculate"],
        ]
        for arguments in wrong {
            let result = try Program.run(arguments)
            #expect(result.status != 0 && !result.errors.isEmpty && !result.errors.contains("Fatal"), "\(arguments)")
        }
    }
}

import Files
import Foundation
import TestSupport
import Testing

@Suite(.serialized, .timeLimit(.minutes(10))) final class StudyProgramTests {
    private let folder: String

    init() throws { folder = try Fixture.temporaryFolder() }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    private func content(_ name: String) throws -> String {
        try String(contentsOfFile: folder + "/study/" + name, encoding: .utf8)
    }

    @Test func modelsAreStudied() throws {
        let text = folder + "/text.txt"
        try Data((10..<60).map { "What is \($0) + 7?\n\($0 + 7)\n" }.joined().utf8).write(to: URL(filePath: text))
        let tasks = folder + "/sums.jsonl"
        try Data(#"{"prompt": "What is 23 + 45?", "answer": "68"}"#.utf8).write(to: URL(filePath: tasks))
        let arguments = [
            "study", "quantization", "first-light", text, "--recipes", "q8_0, q4_0", "--context", "32", "--chunks", "3",
            "--tasks", tasks, "-o", folder + "/study",
        ]
        let result = try Program.run(arguments)
        result.expectSuccess()
        #expect(result.text.contains("| Q8_0 |") && result.text.contains("sums (1)"))
        #expect(try content("study.md") == result.text)
        #expect(try content("study.html").contains("</svg>"))
        let json = try Program.run(arguments + ["--json"]).json()
        #expect(json["variants"]?.array?.count == 3)
        #expect(json["variants"]?.array?[1]["loss"]?["divergence"]?["value"]?.double ?? 0 > 0)
    }

    @Test func shapesAreReckoned() throws {
        let result = try Program.run(["study", "quantization", "deepseek-v3", "-o", folder + "/study"])
        result.expectSuccess()
        #expect(result.text.contains("| DQ3_K_M | 280.2 | 3.59 |"))
        #expect(try content("study.html").contains("DQ3_K_M"))
    }

    @Test func misuseIsASentence() throws {
        let missing = folder + "/none"
        let wrong: [[String]] = [
            ["study", "quantization"], ["study", "quantization", "first-light", "-o", missing],
            ["study", "quantization", "nothing", "-o", missing],
            ["study", "quantization", "first-light", missing, "-o", missing],
            ["study", "quantization", "deepseek-v3", "--recipes", "q9", "-o", missing],
            ["study", "quantization", "deepseek-v3", "--chunks", "0", "-o", missing],
            [
                "study", "quantization", "first-light", Fixture.path("importance/text.txt"), "--tasks", missing, "-o",
                missing,
            ],
        ]
        for arguments in wrong {
            let result = try Program.run(arguments)
            #expect(result.status != 0 && !result.errors.isEmpty && !result.errors.contains("Fatal"), "\(arguments)")
        }
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder).isEmpty)
    }
}

import Files
import Foundation
import TestSupport
import Testing

@testable import Curriculum

@Suite struct CorpusTests {
    static let settings: CorpusSettings = {
        var settings = CorpusSettings()
        (settings.sheets, settings.listings, settings.pages, settings.chats) = (200, 60, 100, 300)
        (settings.talks, settings.questions, settings.testsPerTask) = (40, 400, 10)
        return settings
    }()

    static func files(_ folder: String) throws -> [String] {
        let paths = try #require(FileManager.default.enumerator(atPath: folder)).compactMap { $0 as? String }
        return paths.filter { $0.contains(".json") }.sorted()
    }

    @Test func sameSettingsGiveTheSameBytes() throws {
        let folders = try (0..<2).map { _ in try Fixture.temporaryFolder() + "/corpus" }
        let tallies = try folders.map { try CorpusWriter(Sample.manual, Self.settings).write(to: $0) }
        #expect(tallies[0] == tallies[1])
        let names = try Self.files(folders[0])
        #expect(
            try names == Self.files(folders[1])
                && names.count == Sample.mixture.parts.count { $0.task.isVerifiable } + 10)
        for name in names {
            #expect(
                FileManager.default.contentsEqual(atPath: "\(folders[0])/\(name)", andPath: "\(folders[1])/\(name)"),
                "\(name)")
        }
    }

    /// A corpus of some tasks has tests and exercises of no others, and the tests that all corpora have.
    @Test func someTasksAlone() throws {
        let folders = try (0..<2).map { _ in try Fixture.temporaryFolder() + "/corpus" }
        var some = Self.settings
        some.tasks = ["dates", "addition"]
        let tally = try CorpusWriter(Sample.manual, some).write(to: folders[0])
        _ = try CorpusWriter(Sample.manual, Self.settings).write(to: folders[1])
        #expect(try Self.files(folders[0] + "/tests") == ["addition.jsonl", "dates.jsonl"])
        #expect(tally.total.chats == 300 && tally.count(of: "addition").chats > tally.count(of: "dates").chats)
        #expect(tally.count(of: "addition").chats + tally.count(of: "dates").chats == 300)
        for name in ["addition", "dates"] {
            let paths = folders.map { "\($0)/tests/\(name).jsonl" }
            #expect(FileManager.default.contentsEqual(atPath: paths[0], andPath: paths[1]), "\(name)")
        }
    }

    @Test func checkFindsNothing() throws {
        let folder = try Fixture.temporaryFolder() + "/corpus"
        let tally = try CorpusWriter(Sample.manual, Self.settings).write(to: folder)
        let check = try CorpusCheck(folder: folder)
        #expect(check.isGood, "\(check)")
        #expect(check.tests == tally.total.tests && check.verifiedSteps > 1000)
        #expect(check.documents == 200 + 60 + 100 + 300 + 40 + tally.total.questions)
    }

    /// Questions to watch rewards on are of the contents that are set aside for that, and of every task that has such.
    @Test func watchedQuestionsAreSetAside() throws {
        let folder = try Fixture.temporaryFolder() + "/corpus"
        let tally = try CorpusWriter(Sample.manual, Self.settings).write(to: folder)
        func prompts(_ path: String) throws -> Set<String> {
            let lines = try String(contentsOfFile: "\(folder)/\(path)", encoding: .utf8).split(separator: "\n")
            return Set(
                try lines.map { try #require(try JSONParser.parse(Array($0.utf8), source: path)["prompt"]?.string) })
        }
        let watched = try prompts("questions/validation.jsonl")
        let learned = try prompts("questions/training.jsonl")
        #expect(watched.count > 20 && watched.isDisjoint(with: learned) && learned.count <= tally.total.questions)
        for name in ["addition", "dates"] { #expect(try watched.isDisjoint(with: prompts("tests/\(name).jsonl"))) }
    }

    /// A test that is learned, a step that is not true, and a pair that is held out are found.
    @Test func checkFindsWhatIsWrong() throws {
        let folder = try Fixture.temporaryFolder() + "/corpus"
        _ = try CorpusWriter(Sample.manual, Self.settings).write(to: folder)
        let tests = try String(contentsOfFile: "\(folder)/tests/addition.jsonl", encoding: .utf8).split(separator: "\n")
        let leaked = try #require(try JSONParser.parse(Array(tests[0].utf8), source: "test")["prompt"]?.string)
        let line = JSONValue.object(JSONObject([("text", .string("Question: \(leaked)\n7+6=14\nAnswer: 14"))])).line
        try Data((line + "\n").utf8).write(to: URL(filePath: "\(folder)/text/training/sheets/z.jsonl"))
        let check = try CorpusCheck(folder: folder)
        #expect(check.overlapping == [leaked] && check.wrongSteps == ["7+6=14"])
        let pair = ArithmeticPair.found(in: leaked).first ?? ArithmeticPair(1, "+", 1)
        #expect(check.heldOutPairs.count == (ArithmeticPair.found(in: leaked).isEmpty || pair.content == nil ? 0 : 1))
    }

    @Test(arguments: [("chats", 300, 2...8), ("talks", 40, 8...40)])
    func conversationsHaveThoughts(_ name: String, _ count: Int, _ lengths: ClosedRange<Int>) throws {
        let folder = try Fixture.temporaryFolder() + "/corpus"
        _ = try CorpusWriter(Sample.manual, Self.settings).write(to: folder)
        let text = try String(contentsOfFile: "\(folder)/\(name)/training/\(name)-00000.jsonl", encoding: .utf8)
        let records = try text.split(separator: "\n").map { try JSONParser.parse(Array($0.utf8), source: name) }
        #expect(records.count == count)
        for record in records {
            let messages = try #require(record["messages"]?.array)
            #expect(messages.count.isMultiple(of: 2) && lengths.contains(messages.count))
            #expect(
                messages.enumerated().allSatisfy { $1["role"]?.string == ($0.isMultiple(of: 2) ? "user" : "assistant") }
            )
            #expect(messages.last?["reasoning_content"]?.string?.isEmpty == false)
            #expect(messages.dropLast().allSatisfy { $0["reasoning_content"] == nil })
        }
        #expect(records.contains { ($0["messages"]?.array?.count ?? 0) > 2 })
    }

    @Test func foldersThatCannotBeAreRefused() throws {
        let folder = try Fixture.temporaryFolder()
        #expect(throws: InputError.self) { try CorpusCheck(folder: folder) }
        try Data("{\"prompt\": 3".utf8).write(to: URL(filePath: "\(folder)/x.txt"))
        #expect(throws: InputError.self) { try CorpusWriter(Sample.manual, Self.settings).write(to: folder) }
        try FileManager.default.createDirectory(atPath: "\(folder)/tests", withIntermediateDirectories: true)
        try Data("{\"prompt\": 3".utf8).write(to: URL(filePath: "\(folder)/tests/x.jsonl"))
        #expect(throws: InputError.self) { try CorpusCheck(folder: folder) }
    }

    @Test func interruptionLeavesNothing() throws {
        struct Stop: Error {}
        let folder = try Fixture.temporaryFolder() + "/corpus"
        #expect(throws: Stop.self) {
            try CorpusWriter(Sample.manual, Self.settings).write(to: folder) { _ in throw Stop() }
        }
        let parent = URL(filePath: folder).deletingLastPathComponent().path()
        #expect(try FileManager.default.contentsOfDirectory(atPath: parent).isEmpty)
    }

    @Test func surveyCoversAllTasks() {
        let survey = TaskSurvey.all(Sample.mixture, count: 20, tokenCount: { $0.utf8.count })
        #expect(survey.map(\.task) == Sample.taskNames)
        #expect(abs(survey.reduce(0) { $0 + $1.share } - 1) < 1e-9)
        #expect(survey.allSatisfy { $0.tokens != nil && $0.mostTokens == $0.longestBytes && $0.thoughtBytes > 0 })
    }
}

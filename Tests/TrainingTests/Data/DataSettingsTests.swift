import Files
import Foundation
import TestSupport
import Testing
import Tokenizers

@testable import Training

@Suite struct DataSettingsTests {
    static func settings(_ yaml: String) throws -> DataSettings {
        let section = try RecipeSection(yaml: yaml, source: "recipe.yaml")
        let settings = try DataSettings(section)
        try section.finish()
        return settings
    }

    @Test func fieldsAreRead() throws {
        let settings = try Self.settings(
            """
            tokenizer: small
            sequence: 256
            crossDocuments: false
            seed: 9
            validation: 0.05
            tooLong: skip
            sources:
              - {path: a, weight: 3, field: body, separator: "---", fim: {rate: 0.1, mode: spm}}
              - path: b
            """)
        var expected = DataSettings(
            tokenizer: "small", sequence: 256,
            sources: [
                .init(path: "a", weight: 3, field: "body", separator: "---", fim: .init(rate: 0.1, mode: .spm)),
                .init(path: "b"),
            ])
        expected.crossDocuments = false
        expected.seed = 9
        expected.validation = 0.05
        expected.tooLong = .skip
        #expect(settings == expected)
    }

    @Test func defaultsAreThoseOfTheMemberwiseInitializer() throws {
        #expect(
            try Self.settings("{sequence: 8, sources: [{path: x}]}")
                == DataSettings(sequence: 8, sources: [.init(path: "x")]))
    }

    static let wrong: [String] = [
        "{sources: [{path: x}]}", "{sequence: 8}", "{sequence: 1, sources: [{path: x}]}",
        "{sequence: 8, sources: [{}]}",
        "{sequence: 8, sources: [{path: x, weight: 0}]}", "{sequence: 8, sources: [{path: x, fim: {rate: 2}}]}",
        "{sequence: 8, sources: [{path: x, fim: {mode: pms}}]}", "{sequence: 8, sources: [{path: x}], validation: 0.9}",
        "{sequence: 8, sources: [{path: x}], validationSources: [{path: y}], validation: 0.1}",
        "{sequence: 8, sources: [{path: x}], validationSources: [{path: y, fim: {rate: 0.1}}]}",
        "{sequence: 8, sources: [{path: x}], validationSources: [{}]}",
        "{sequence: 8, sources: [{path: x, wieght: 1}]}", "{sequence: 8, sources: [{path: x}], tooLong: drop}",
    ]

    @Test(arguments: wrong) func wrongFieldsAreRefused(yaml: String) {
        #expect(throws: InputError.self) { try Self.settings(yaml) }
    }

    @Test func validationHasSourcesOfItsOwn() throws {
        let settings = try Self.settings(
            "{sequence: 8, sources: [{path: x}], validationSources: [{path: y, weight: 2}, {path: z}]}")
        #expect(settings.validationSources == [.init(path: "y", weight: 2), .init(path: "z")])
        #expect(settings.validation == 0)
    }

    // MARK: Opening

    /// All documents of the sources that are only looked at, whatever they were packed as, and none of those that are learned.
    @Test func validationSourcesAreOnlyLookedAt() throws {
        let learned = try DataFixture.packed(["a.txt": "aaaa"], validation: 0)
        let held = try DataFixture.packed(["a.jsonl": ShardBatchesTests.chats(20)], validation: 0.5)
        #expect(!held.training.isEmpty && !held.validation.isEmpty)
        var settings = DataSettings(sequence: 512, sources: [.init(path: learned.path)])
        (settings.validation, settings.validationSources) = (0, [.init(path: held.path)])
        let data = try makeBatches(settings, cache: learned.path + "-cache")
        #expect(data.validation?.documentCount == 20 && data.training.documentCount == 1)
        settings.validationSources = [.init(path: "/nowhere")]
        #expect(throws: InputError.self) { try makeBatches(settings, cache: learned.path + "-cache") }
    }

    @Test func textIsPackedOnceBesideTheRun() throws {
        let lines = try DataFixture.lines.get()
        let source = try DataFixture.folder(
            Dictionary(uniqueKeysWithValues: lines.enumerated().map { ("\($0).txt", $1) }))
        let tokenizer = source + "-tokenizer"
        try DataFixture.tokenizer.get().create(tokenizer)
        var settings = DataSettings(tokenizer: tokenizer, sequence: 32, sources: [.init(path: source)])
        settings.validation = 0.1
        let cache = source + "-cache/deep"
        var reported: [Int] = []
        var first = try makeBatches(settings, cache: cache) { done, total in
            #expect(done <= total)
            reported.append(done)
        }
        #expect(!reported.isEmpty && first.vocabularySize == 600 && first.chatTemplate != nil)
        var again = try makeBatches(settings, cache: cache) { _, _ in Issue.record("packed a second time") }
        #expect(try first.training.next(5) == again.training.next(5))
        #expect(try first.validation?.next(5) == again.validation?.next(5))
        #expect(first.validation != nil)
        try Data("more text".utf8).write(to: URL(filePath: source + "/new.txt"))
        _ = try makeBatches(settings, cache: cache)
        #expect(try FileManager.default.contentsOfDirectory(atPath: cache).count == 2)
    }

    @Test func whatDoesNotFitIsRefused() throws {
        let packed = try DataFixture.packed(["a.txt": "text"])
        let chats = try DataFixture.packed(["a.jsonl": #"{"prompt": "a", "completion": "b"}"#])
        let other = try DataFixture.folder([:]) + "/other"
        var counts = PieceCounts(.deepSeekV3)
        counts.add(Array("abababab".utf8))
        try OpenTokenizer(BytePairTrainer(size: 300).vocabulary(from: counts), chatTemplate: nil).create(other)
        func open(_ change: (inout DataSettings) -> Void) throws {
            var settings = DataSettings(sequence: 8, sources: [.init(path: packed.path)])
            settings.validation = 0
            change(&settings)
            _ = try makeBatches(settings, cache: other + "-cache")
        }
        try open { _ in }
        #expect(throws: InputError.self) { try open { $0.validation = 0.01 } }
        #expect(throws: InputError.self) { try open { $0.tokenizer = other } }
        #expect(throws: InputError.self) { try open { $0.tokenizer = "/nowhere" } }
        #expect(throws: InputError.self) { try open { $0.sources[0].path = "/nowhere" } }
        #expect(throws: InputError.self) {
            try open { $0.sources = [.init(path: chats.path, fim: .init(rate: 0.5))] }
        }
        let text = try DataFixture.folder(["a.txt": "text"])
        #expect(throws: InputError.self) { try open { $0.sources = [.init(path: text)] } }
    }

    @Test func surveysCount() throws {
        let packed = try DataFixture.packed(["a.jsonl": ShardBatchesTests.chats(20)])
        let survey = TokenSurvey(packed.training)
        let documents = TokenPackingTests.documents(packed.training)
        #expect(survey.documents == 20 && survey.tokens == documents.reduce(0) { $0 + $1.count })
        #expect(survey.shortest == documents.map(\.count).min() && survey.longest == documents.map(\.count).max())
        #expect(survey.lengths.reduce(0) { $0 + $1.documents } == 20)
        #expect(survey.lengths.reduce(0) { $0 + $1.tokens } == survey.tokens)
        #expect(survey.learnedTokens < survey.tokens && survey.learnedTokens > 0)
    }
}

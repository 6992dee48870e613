import Files
import Foundation
import TestSupport
import Testing

@testable import Training

/// Folders that are no run of the recipe, or a broken one: a sentence each, and nothing is changed.
@Suite struct HostileRunTests {
    private static let settings = """
        steps: 4
        batch: {sequences: 2}
        rate: {top: 1e-3}
        checkpoints: {every: 2, keep: 2}
        evaluation: {every: 0}
        """

    private func fixture() throws -> RunFixture { try RunFixture(Self.settings) }

    @Test func anotherRecipeIsRefused() throws {
        let fixture = try fixture()
        defer { fixture.remove() }
        _ = try fixture.run("run").train(until: 2)
        let error = try #require(throws: InputError.self) { try fixture.run("run", [("rate.top", "2e-3")]) }
        #expect(error.description.contains("top: 2e-3") && error.description.contains("top: 1e-3"))
        #expect(try fixture.run("run").train() == .finished)
    }

    @Test func oneProcessAtATime() throws {
        let fixture = try fixture()
        defer { fixture.remove() }
        let first = try fixture.run("run")
        #expect(throws: InputError.self) { try fixture.run("run") }
        #expect(throws: InputError.self) { try RunFolder(fixture.folder + "/run").moveAside() }
        #expect(try first.train() == .finished)
    }

    @Test func anEarlierRunIsMovedAside() throws {
        let fixture = try fixture()
        defer { fixture.remove() }
        let folder = RunFolder(fixture.folder + "/run")
        #expect(try folder.moveAside() == nil)
        _ = try fixture.run("run").train(until: 2)
        #expect(try folder.moveAside() == folder.path + ".1")
        #expect(!folder.hasRun && RunFolder(folder.path + ".1").hasRun)
    }

    static let files = [
        "training/state.json", "training/memory.safetensors", "model.safetensors", "config.json",
    ]

    /// However short the rest of a file is, it is refused.
    @Test(arguments: files) func truncatedCheckpointsAreRefused(_ name: String) throws {
        let fixture = try fixture()
        defer { fixture.remove() }
        _ = try fixture.run("run").train(until: 2)
        let path = try #require(RunFolder(fixture.folder + "/run").checkpoints.last).path + "/" + name
        let whole = try Data(contentsOf: URL(filePath: path))
        for count in [0, 1, 7, whole.count / 3, whole.count - 3] {
            try whole.prefix(count).write(to: URL(filePath: path))
            #expect(throws: InputError.self, "\(name), \(count) bytes") { try fixture.run("run") }
        }
        try FileManager.default.removeItem(atPath: path)
        #expect(throws: InputError.self) { try fixture.run("run") }
        try whole.write(to: URL(filePath: path))
        #expect(try fixture.run("run").train() == .finished)
    }

    static let states = [
        "[]", "{}", #"{"version": 2, "step": 2, "tokens": 1, "position": "{}"}"#,
        #"{"version": 1, "step": -2, "tokens": 1, "position": "{}"}"#,
        #"{"version": 1, "step": 2, "tokens": 1, "position": "{}"}"#,
        #"{"version": 1, "step": 2, "tokens": 1, "position": "{\"pass\": 0, \"read\": 9999}"}"#,
        #"{"version": 1, "step": 2, "tokens": 1, "position": "{\"pass\": -1, \"read\": 0}"}"#,
    ]

    @Test(arguments: states) func otherStatesAreRefused(_ state: String) throws {
        let fixture = try fixture()
        defer { fixture.remove() }
        _ = try fixture.run("run").train(until: 2)
        let path = try #require(RunFolder(fixture.folder + "/run").checkpoints.last).path
        try Data(state.utf8).write(to: URL(filePath: path + "/training/state.json"))
        #expect(throws: InputError.self) { try fixture.run("run") }
    }

    @Test func aCheckpointOfAnotherModelIsRefused() throws {
        let fixture = try fixture()
        defer { fixture.remove() }
        _ = try fixture.run("one").train(until: 2)
        _ = try fixture.run("two", [("model.configuration.hidden_size", "48")]).train(until: 2)
        let paths = try ["one", "two"].map { name in
            try #require(RunFolder(fixture.folder + "/" + name).checkpoints.last).path + "/training/memory.safetensors"
        }
        try FileManager.default.removeItem(atPath: paths[0])
        try FileManager.default.copyItem(atPath: paths[1], toPath: paths[0])
        #expect(throws: InputError.self) { try fixture.run("one") }
    }

    static let recipes = [
        ("stepz", "3"), ("optimizer.lr", "1"), ("model.configuration.hiden_size", "3"), ("model.configuration", "7"),
        ("model.from", "here"), ("steps", "0"), ("steps", "many"), ("rate.rule", "sinus"), ("rate.top", ".nan"),
        ("batch.sequences", "0"), ("model.configuration.model_type", "gpt9"), ("model.configuration.hidden_size", "0"),
        ("model.configuration.vocab_size", "100"), ("data.text", "/no/such/file"), ("data.length", "100000"),
        ("model.tokenizer", "/no/such/folder"), ("steps.more", "3"), ("", "3"), ("seed", "[1"), ("seed", "-1"),
    ]

    @Test func wrongRecipesAreRefused() throws {
        let fixture = try fixture()
        defer { fixture.remove() }
        for change in Self.recipes {
            #expect(throws: InputError.self, "\(change)") {
                try fixture.run("run", [(path: change.0, value: change.1)])
            }
        }
        #expect(!RunFolder(fixture.folder + "/run").hasRun)
    }
}

import Files
import Foundation
import TestSupport
import Testing

@testable import Hub

@Suite struct ModelLocationTests {
    @Test(arguments: [(nil, ShippedModel.nano), ("nano", .nano), ("first-light", .firstLight)])
    func shippedModelsHaveNamesAndOneIsTheDefault(_ model: String?, _ expected: ShippedModel) throws {
        let location = try ModelLocation.resolve(model)
        #expect(location == ModelLocation(path: try expected.path(), name: expected.name))
    }

    @Test func everyKnownNameResolves() throws {
        for name in ModelLocation.knownNames {
            #expect(FileManager.default.fileExists(atPath: try ModelLocation.resolve(name).path))
        }
    }

    @Test(arguments: ["", "/file.gguf"])
    func existingPathStaysAsItWasGiven(_ file: String) throws {
        let folder = try Fixture.temporaryFolder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try Data([0]).write(to: URL(filePath: folder + "/file.gguf"))
        #expect(try ModelLocation.resolve(folder + file) == ModelLocation(path: folder + file, name: nil))
    }

    @Test(arguments: [
        "/nowhere/model.gguf", "nowhere/", "./first-light-2", "../first-light", "model.gguf", "weights.SAFETENSORS",
        "~/m",
    ])
    func pathWithNothingThereIsNamed(_ path: String) throws {
        let error = try #require(throws: InputError.self) { try ModelLocation.resolve(path) }
        #expect(error.kind == .unreadable)
        #expect(error.source == path)
    }

    @Test func missingFolderIsToldApartFromMissingFile() throws {
        let folder = try Fixture.temporaryFolder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        func found(_ path: String) throws -> String {
            try #require(throws: InputError.self) { try ModelLocation.resolve(path) }.found
        }
        #expect(try found(folder + "/m.gguf") == "found nothing there")
        #expect(try found(folder + "/none/m.gguf") == "found nothing there, nor the folder around it")
    }

    @Test(arguments: ["r1", "deepseek-v3", "first-light\n", "first-light/..", "FIRST-LIGHT", "Nano", "nano.gguf"])
    func onlyAnExactNameResolves(_ name: String) throws {
        let error = try #require(throws: InputError.self) { try ModelLocation.resolve(name) }
        #expect([.missing, .unreadable].contains(error.kind))
        #expect(error.description.contains("names nano, first-light"))
        #expect(error.description.allSatisfy { !$0.isNewline })
    }

    @Test(arguments: ["", "first-light\0", "nano\0", "\0"])
    func whatCanBeNeitherIsRefused(_ model: String) throws {
        let error = try #require(throws: InputError.self) { try ModelLocation.resolve(model) }
        #expect(error.kind == .invalidValue)
    }

    @Test(arguments: ["first_light", "First Light", "firstlight", "fist-light", "first-lihgt", "first-lights"])
    func slipOfTheKeyboardGetsASuggestion(_ name: String) throws {
        let error = try #require(throws: InputError.self) { try ModelLocation.resolve(name) }
        #expect(error.advice == "perhaps first-light was meant")
    }

    @Test(arguments: ["r1", "twilight", "-", "first"])
    func distantNameGetsNone(_ name: String) throws {
        let error = try #require(throws: InputError.self) { try ModelLocation.resolve(name) }
        #expect(error.advice == "check the name, or give the path of the model")
    }

    @Test func hugeNameIsAnsweredInShort() throws {
        let name = String(repeating: "first-light", count: 10_000)
        let error = try #require(throws: InputError.self) { try ModelLocation.resolve(name) }
        #expect(error.kind == .missing)
        #expect(error.description.count < 1_000)
    }
}

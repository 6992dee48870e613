import Files
import Foundation
import TestSupport
import Testing

@testable import Hub

@Suite struct ShippedModelTests {
    @Test(arguments: [
        "config.json", "generation_config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json",
    ])
    func folderIsComplete(_ file: String) throws {
        #expect(try MappedFile(path: ShippedModel.path() + "/" + file).byteCount > 0)
    }

    @Test func copyBesideTheProgramIsFoundBeforeTheSources() throws {
        let path = try ShippedModel.path()
        #expect(path.contains(ShippedModel.bundleName))
        #expect(ShippedModel.resourceFolders.last?.lastPathComponent == "Resources")
    }

    @Test func sourceTreeServesWhenTheCopyIsGone() throws {
        let sources = try #require(ShippedModel.resourceFolders.last)
        let path = try ShippedModel.path(below: [URL(filePath: "/nowhere"), sources])
        #expect(path.hasSuffix("Sources/Hub/Resources/first-light"))
    }

    @Test func firstFolderThatHasTheModelWins() throws {
        let folder = try Fixture.temporaryFolder() + "/a space and ü"
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let model = folder + "/" + ShippedModel.name
        try FileManager.default.createDirectory(atPath: model, withIntermediateDirectories: true)
        let places = [URL(filePath: "/nowhere"), URL(filePath: folder), URL(filePath: "/nowhere else")]
        #expect(throws: InputError.self) { try ShippedModel.path(below: places) }
        try Data("{}".utf8).write(to: URL(filePath: model + "/config.json"))
        #expect(try ShippedModel.path(below: places) == model)
    }

    @Test func missingResourcesAreASentence() throws {
        let error = try #require(throws: InputError.self) { try ShippedModel.path(below: []) }
        #expect(error.kind == .missing)
        #expect(error.description.contains(ShippedModel.bundleName))
        #expect(error.description.hasSuffix("or give the path of another model."))
    }
}

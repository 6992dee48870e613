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
        #expect(try MappedFile(path: ShippedModel.firstLight.path() + "/" + file).byteCount > 0)
    }

    @Test func nanoIsOneFileThatMayBeShipped() throws {
        let file = try MappedFile(path: ShippedModel.nano.path())
        #expect((1...16_000_000).contains(file.byteCount))
    }

    @Test func namesAreDifferentAndFound() {
        #expect(Set(ShippedModel.all.map(\.name)).count == ShippedModel.all.count)
        for model in ShippedModel.all { #expect(ShippedModel(named: model.name)?.name == model.name) }
        #expect(ShippedModel(named: "Nano") == nil)
        #expect(ShippedModel.all.contains { $0.name == ShippedModel.standard.name })
    }

    @Test func copyBesideTheProgramIsFoundBeforeTheSources() throws {
        let path = try ShippedModel.nano.path()
        #expect(path.contains(ShippedModel.bundleName))
        #expect(ShippedModel.resourceFolders.last?.lastPathComponent == "Resources")
    }

    @Test func sourceTreeServesWhenTheCopyIsGone() throws {
        let sources = try #require(ShippedModel.resourceFolders.last)
        let places = [URL(filePath: "/nowhere"), sources]
        #expect(try ShippedModel.firstLight.path(below: places).hasSuffix("Sources/Hub/Resources/first-light"))
        #expect(try ShippedModel.nano.path(below: places).hasSuffix("Sources/Hub/Resources/nano/nano.gguf"))
    }

    @Test func firstFolderThatHasTheModelWins() throws {
        let folder = try Fixture.temporaryFolder() + "/a space and ü"
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let light = ShippedModel.firstLight
        let model = folder + "/" + light.name
        try FileManager.default.createDirectory(atPath: model, withIntermediateDirectories: true)
        let places = [URL(filePath: "/nowhere"), URL(filePath: folder), URL(filePath: "/nowhere else")]
        #expect(throws: InputError.self) { try light.path(below: places) }
        try Data("{}".utf8).write(to: URL(filePath: model + "/config.json"))
        #expect(try light.path(below: places) == model)
    }

    @Test func missingResourcesAreASentence() throws {
        let error = try #require(throws: InputError.self) { try ShippedModel.nano.path(below: []) }
        #expect(error.kind == .missing)
        #expect(error.description.contains(ShippedModel.bundleName))
        #expect(error.description.hasSuffix("or give the path of another model."))
    }
}

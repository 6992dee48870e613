import Files
import Foundation
import HubStub
import TestSupport
import Testing

@testable import Hub

@Suite(.timeLimit(.minutes(5))) struct ModelStoreTests {
    private func setUp() async throws -> StubbedStore {
        try StubbedStore(try await HubStub([.released, .quantized]))
    }

    static let places: [([String: String], String)] = [
        (["HF_HUB_CACHE": "/a", "HF_HOME": "/b"], "/a"), (["HUGGINGFACE_HUB_CACHE": "/c", "HF_HOME": "/b"], "/c"),
        (["HF_HOME": "/b"], "/b/hub"), (["XDG_CACHE_HOME": "/d"], "/d/huggingface/hub"),
        (["HF_HUB_CACHE": "", "HF_HOME": "/b"], "/b/hub"),
        (["HF_HOME": "~/x"], NSString(string: "~/x/hub").expandingTildeInPath),
        ([:], NSString(string: "~/.cache/huggingface/hub").expandingTildeInPath),
    ]

    @Test(arguments: places)
    func placeIsThatOfTheHubsOwnPrograms(_ environment: [String: String], _ folder: String) {
        #expect(ModelStore(environment: environment).folder == folder)
    }

    @Test func modelsAreListed() async throws {
        let stubbed = try await setUp()
        #expect(stubbed.store.models().isEmpty)
        for name in ["org/model", "org/model-GGUF:Q8_0", "org/model-GGUF:BF16"] { try await stubbed.pull(name) }
        let models = stubbed.store.models()
        #expect(models.map(\.name) == ["org/model", "org/model-GGUF:BF16", "org/model-GGUF:Q8_0"])
        #expect(models.map(\.quantization) == ["BF16", "BF16", "Q8_0"])
        #expect(models.map(\.byteCount) == [StubRepository.released.bytes(first: 6), 9_000, 20_000])
        #expect(models.allSatisfy { abs($0.lastUsed.timeIntervalSinceNow) < 3600 && $0.revisions == ["main"] })
    }

    /// Without a choice the name stands for the only one that is here, whatever else the repository has.
    @Test func onlyModelOfARepositoryNeedsNoChoice() async throws {
        let stubbed = try await setUp()
        try await stubbed.pull("org/model-GGUF:Q8_0")
        #expect(try ModelLocation.resolve("org/model-GGUF", store: stubbed.store).path.hasSuffix("/m-Q8_0.gguf"))
        try await stubbed.pull("org/model-GGUF:BF16")
        let error = try #require(throws: InputError.self) {
            try ModelLocation.resolve("org/model-GGUF", store: stubbed.store)
        }
        #expect(error.kind == .invalidValue && error.advice.contains("BF16, Q8_0"))
    }

    @Test func useIsNoted() async throws {
        let stubbed = try await setUp()
        try await stubbed.pull("org/model-GGUF:Q8_0")
        let path = try ModelLocation.resolve("org/model-GGUF", store: stubbed.store).path
        var times = [timespec(tv_sec: 1000, tv_nsec: 0), timespec(tv_sec: 1000, tv_nsec: 0)]
        utimensat(AT_FDCWD, path, &times, 0)
        #expect(FileStatus(path)?.lastUsed == Date(timeIntervalSince1970: 1000))
        _ = try ModelLocation.resolve("org/model-GGUF", store: stubbed.store)
        #expect(try #require(FileStatus(path)).lastUsed.timeIntervalSinceNow > -3600)
    }

    @Test func unfinishedAndForeignFoldersAreNoModels() async throws {
        let stubbed = try await setUp()
        try await stubbed.pull()
        let folder = stubbed.store.folder
        for name in [
            "models--x", "datasets--a--b/snapshots", "models--a--b/snapshots/main", "models--a--c/snapshots/../x",
        ] {
            try FileManager.default.createDirectory(atPath: "\(folder)/\(name)", withIntermediateDirectories: true)
        }
        let broken = "\(folder)/models--a--d/snapshots/\(StubRepository.released.commit)"
        try FileManager.default.createDirectory(atPath: broken, withIntermediateDirectories: true)
        try FileManager.default.createSymbolicLink(atPath: broken + "/m.gguf", withDestinationPath: "../../blobs/none")
        #expect(stubbed.store.models().map(\.name) == ["org/model"])
    }

    // MARK: Removal

    private func remove(_ name: String, _ stubbed: StubbedStore) throws -> ModelRemoval {
        let removal = try stubbed.store.removal(of: try #require(ModelReference(name)))
        try stubbed.store.remove(removal)
        return removal
    }

    @Test func oneOfSeveralModelsGoesAlone() async throws {
        let stubbed = try await setUp()
        try await stubbed.pull("org/model-GGUF:Q8_0")
        try await stubbed.pull("org/model-GGUF:BF16")
        let removal = try remove("org/model-GGUF:BF16", stubbed)
        #expect(removal.freedBytes == 9_000 && removal.keptBytes == 0 && removal.files.count == 2)
        #expect(stubbed.store.models().map(\.name) == ["org/model-GGUF"])
        #expect(try stubbed.paths("org/model-GGUF").filter { $0.hasPrefix("blobs") }.count == 2)
        _ = try remove("org/model-GGUF:Q8_0", stubbed)
        #expect(stubbed.store.models().isEmpty)
        #expect(try stubbed.paths("org/model-GGUF").isEmpty)
    }

    @Test func whatAnotherRevisionUsesStays() async throws {
        let stubbed = try await setUp()
        try await stubbed.pull()
        var next = StubRepository.released
        next.commit = String(repeating: "d", count: 40)
        next.files[5] = .init("model-00002-of-00002.safetensors", .stub(500, seed: 9))
        stubbed.hub.put(next)
        try await stubbed.pull()
        let removal = try remove("org/model@" + StubRepository.released.commit, stubbed)
        #expect(removal.freedBytes == 7_777 && removal.keptBytes == StubRepository.released.bytes(first: 5))
        #expect(stubbed.store.models().map(\.commit) == [next.commit])
        #expect(try stubbed.isSound(next))
        #expect(try await stubbed.pull().plan?.presentBytes == next.bytes(first: 6))
    }

    @Test func wholeRepositoryGoesWithWhatIsUnfinished() async throws {
        let stubbed = try await setUp()
        try await stubbed.pull()
        let partial = stubbed.store.folder + "/models--org--model/blobs/x.isobath.incomplete"
        try Data.stub(10_000).write(to: URL(filePath: partial))
        let removal = try remove("org/model", stubbed)
        #expect(removal.freedBytes >= StubRepository.released.bytes(first: 6) + 10_000)
        #expect(
            try FileManager.default.contentsOfDirectory(atPath: stubbed.store.folder).sorted() == [
                ".locks", "CACHEDIR.TAG",
            ])
        #expect(throws: InputError.self) { try remove("org/model", stubbed) }
    }

    @Test(arguments: ["org/none", "org/model:none", "org/model@none", "org/model:Q8_0"])
    func whatIsNotThereIsNotRemoved(_ name: String) async throws {
        let stubbed = try await setUp()
        try await stubbed.pull()
        let error = try #require(throws: InputError.self) { try remove(name, stubbed) }
        #expect(error.kind == .missing)
        #expect(try stubbed.isSound(.released) && stubbed.store.models().count == 1)
    }

    /// A program that has opened a model goes on with it.
    @Test func readerKeepsWhatItHasOpen() async throws {
        let stubbed = try await setUp()
        try await stubbed.pull("org/model-GGUF:Q8_0")
        let file = try MappedFile(path: ModelLocation.resolve("org/model-GGUF", store: stubbed.store).path)
        _ = try remove("org/model-GGUF", stubbed)
        let expected = try #require(StubRepository.quantized.file("m-Q8_0.gguf")).content
        #expect(file.withBytes(in: 0..<file.byteCount) { Data($0) } == expected)
        #expect(throws: InputError.self) { try MappedFile(path: file.path) }
    }

    @Test func pullAndRemovalKeepEachOtherAway() async throws {
        let stubbed = try StubbedStore(
            try await HubStub([.released]) { $0.isStorage ? .slow(500, .milliseconds(10)) : nil })
        let pull = Task { try await stubbed.pull() }
        while stubbed.hub.sentBytes < 2_000 { try await Task.sleep(for: .milliseconds(2)) }
        let removal = try stubbed.store.removal(of: try #require(ModelReference("org/model")))
        let error = try #require(throws: InputError.self) { try stubbed.store.remove(removal) }
        #expect(error.found.contains("pull"))
        _ = try await pull.value
        #expect(try stubbed.isSound(.released))
        _ = try remove("org/model", stubbed)
    }

    /// Content outside of the repository's folder, as a cache shared by several repositories has it, is not ours to
    /// remove.
    @Test func contentElsewhereIsLeftAlone() async throws {
        let stubbed = try await setUp()
        try await stubbed.pull("org/model-GGUF:Q8_0")
        let hash = try #require(StubRepository.quantized.file("m-Q8_0.gguf")).hash
        let (blob, shared) = (
            "\(stubbed.store.folder)/models--org--model-GGUF/blobs/\(hash)", stubbed.folder + "/shared"
        )
        try FileManager.default.moveItem(atPath: blob, toPath: shared)
        try FileManager.default.createSymbolicLink(atPath: blob, withDestinationPath: shared)
        #expect(stubbed.store.models().map(\.byteCount) == [20_000])
        let removal = try remove("org/model-GGUF:Q8_0", stubbed)
        #expect(removal.keptBytes == 20_000 && removal.freedBytes < 100)
        #expect(FileManager.default.fileExists(atPath: shared))
    }
}

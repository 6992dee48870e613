import Files
import Foundation
import HubStub
import TestSupport
import Testing

@testable import Hub

@Suite(.timeLimit(.minutes(5))) struct PullTests {
    private func setUp(
        _ repositories: [StubRepository] = [.released, .quantized], pageSize: Int = 1000,
        _ fault: @escaping @Sendable (StubRequest) -> StubFault? = { _ in nil }
    ) async throws -> StubbedStore {
        try StubbedStore(try await HubStub(repositories, pageSize: pageSize, fault: fault))
    }

    // MARK: What comes, and where it lies

    @Test func releasedFolderComesAsAWhole() async throws {
        let stubbed = try await setUp()
        let outcome = try await stubbed.pull()
        let repository = StubRepository.released
        let plan = try #require(outcome.plan)
        #expect(plan.commit == repository.commit && plan.format == .safetensors && plan.presentBytes == 0)
        #expect(plan.files.count == 6 && plan.byteCount == repository.bytes(first: 6))
        #expect(outcome.progress.last?.completed == plan.byteCount)
        let model = try #require(outcome.model)
        #expect(model.name == "org/model" && model.quantization == "BF16" && model.licence == "mit")
        #expect(try FileManager.default.contentsOfDirectory(atPath: model.path).count == 6)
        #expect(try stubbed.isSound(repository))
        #expect(stubbed.hub.sentBytes == plan.byteCount)
    }

    /// The layout is that of `huggingface_hub`: content by hash, relative links, a reference without a line's end.
    @Test func layoutIsThatOfTheCache() async throws {
        let stubbed = try await setUp()
        try await stubbed.pull("org/model-GGUF:BF16")
        let commit = StubRepository.quantized.commit
        let folder = stubbed.store.folder + "/models--org--model-GGUF"
        let file = try #require(StubRepository.quantized.file("big/m-BF16-00001-of-00002.gguf"))
        let link = "\(folder)/snapshots/\(commit)/\(file.path)"
        #expect(try FileManager.default.destinationOfSymbolicLink(atPath: link) == "../../../blobs/" + file.hash)
        #expect(try String(contentsOfFile: folder + "/refs/main", encoding: .utf8) == commit)
        let names = try FileManager.default.contentsOfDirectory(atPath: folder + "/blobs").sorted()
        let expected = ["README.md", "big/m-BF16-00001-of-00002.gguf", "big/m-BF16-00002-of-00002.gguf"]
        #expect(try names == expected.map { try #require(StubRepository.quantized.file($0)).hash }.sorted())
        #expect(
            try String(contentsOfFile: stubbed.store.folder + "/CACHEDIR.TAG", encoding: .utf8).hasPrefix(
                "Signature: 8a477f"))
    }

    static let selections: [(String, String?)] = [
        ("org/model-GGUF", "m-Q4_K_M.gguf"), ("org/model-GGUF:q8_0", "m-Q8_0.gguf"),
        ("org/model-GGUF:m-Q8_0.gguf", "m-Q8_0.gguf"),
        ("org/model-GGUF:BF16", "big/m-BF16-00001-of-00002.gguf"), ("hf.co/org/model-GGUF:Q8_0", "m-Q8_0.gguf"),
        ("org/model", nil),
        ("org/model@cccccccccccccccccccccccccccccccccccccccc", nil), ("org/model:tokenizer.json", "tokenizer.json"),
    ]

    @Test(arguments: selections)
    func nameResolvesToWhatWasPulled(_ name: String, _ file: String?) async throws {
        let stubbed = try await setUp()
        let model = try #require(try await stubbed.pull(name).model)
        let location = try ModelLocation.resolve(name, store: stubbed.store)
        #expect(location.path == model.path)
        #expect(location.path.hasSuffix(file.map { "/" + $0 } ?? String(repeating: "c", count: 40)))
        if model.format != .file {
            #expect(try ModelLocation.resolve(model.name, store: stubbed.store).path == model.path)
        }
    }

    @Test func whatIsNotThereNamesTheCommand() async throws {
        let stubbed = try await setUp()
        let error = try #require(throws: InputError.self) {
            try ModelLocation.resolve("org/model:Q8_0", store: stubbed.store)
        }
        #expect(error.kind == .missing && error.advice.hasSuffix("isobath pull org/model:Q8_0"))
    }

    @Test(arguments: [1, 2, 3, 5, 8])
    func listsComeInPages(_ size: Int) async throws {
        let stubbed = try await setUp(pageSize: size)
        #expect(try await stubbed.pull().plan?.files.count == 6)
        let pages = stubbed.hub.requests.filter { $0.path.contains("/tree/") }
        #expect(pages.count == (8 + size - 1) / size)
    }

    @Test func secondPullBringsNothing() async throws {
        let stubbed = try await setUp()
        try await stubbed.pull()
        let sent = stubbed.hub.sentBytes
        let again = try await stubbed.pull()
        #expect(stubbed.hub.sentBytes == sent && again.model != nil)
        #expect(again.plan?.presentBytes == again.plan?.byteCount)
    }

    @Test func dryRunWritesNothing() async throws {
        let stubbed = try await setUp()
        var options = stubbed.options
        options.isDryRun = true
        let outcome = try await stubbed.pull("org/model", options)
        #expect(outcome.plan?.files.count == 6 && outcome.model == nil)
        #expect(!FileManager.default.fileExists(atPath: stubbed.store.folder))
    }

    @Test func newCommitSharesWhatIsTheSame() async throws {
        let stubbed = try await setUp()
        try await stubbed.pull()
        let sent = stubbed.hub.sentBytes
        var next = StubRepository.released
        next.commit = String(repeating: "d", count: 40)
        next.files[2] = .init("tokenizer.json", "{\"new\": 1}")
        stubbed.hub.put(next)
        let model = try #require(try await stubbed.pull().model)
        #expect(stubbed.hub.sentBytes == sent + 10 && model.commit == next.commit && model.name == "org/model")
        #expect(
            stubbed.store.models().map(\.name).sorted() == ["org/model", "org/model@" + StubRepository.released.commit])
        #expect(try stubbed.isSound(next) && stubbed.isSound(.released))
    }

    @Test func damagedFileIsFoundAndReplaced() async throws {
        let stubbed = try await setUp()
        let model = try #require(try await stubbed.pull().model)
        let path = model.path + "/model-00002-of-00002.safetensors"
        let content = try FileManager.default.destinationOfSymbolicLink(atPath: path)
        let blob = model.path + "/" + content
        try Data.stub(7_777, seed: 99).write(to: URL(filePath: blob))
        #expect(try !stubbed.isSound(.released))
        var options = stubbed.options
        options.verifies = true
        #expect(
            try await stubbed.pull("org/model", options).plan?.presentBytes == StubRepository.released.bytes(first: 6)
                - 7_777)
        #expect(try stubbed.isSound(.released))
    }

    // MARK: Breaks

    /// Storage that breaks off in the middle of each first answer for a place.
    @Test func brokenTransfersGoOnWhereTheyWere() async throws {
        let stubbed = try await setUp { request in
            request.isStorage && request.earlier < 6 ? .cut(1500) : nil
        }
        let outcome = try await stubbed.pull()
        #expect(try stubbed.isSound(.released) && outcome.model != nil)
        // Only what was on its way when the connection broke can come twice.
        #expect(stubbed.hub.sentBytes <= StubRepository.released.bytes(first: 6) + 6 * 2 * 1500)
        #expect(!outcome.reasons.isEmpty)
    }

    @Test(arguments: [429, 500, 502, 503, 504, 408])
    func busyHubIsAskedAgain(_ status: Int) async throws {
        let stubbed = try await setUp { $0.earlier == 0 ? .status(status, ["Retry-After": "7"]) : nil }
        try await stubbed.pull()
        #expect(try stubbed.isSound(.released))
        #expect(stubbed.pauses.withLock { $0.allSatisfy { $0 >= 7 } && $0.count >= 4 })
    }

    @Test func hubThatStaysBusyIsGivenUp() async throws {
        let stubbed = try await setUp { $0.isStorage ? .status(503) : nil }
        let error = await stubbed.failure()
        #expect(error?.kind == .unreadable && error?.found.contains("503") == true)
        #expect(stubbed.store.models().isEmpty)
    }

    @Test func silentAndSlowConnectionsAreReplaced() async throws {
        let stubbed = try await setUp { request in
            guard request.isStorage else { return nil }
            return request.earlier == 0
                ? .silence(.seconds(30)) : request.earlier == 1 ? .slow(100, .milliseconds(150)) : nil
        }
        var options = stubbed.options
        options.settings.stallTimeout = .milliseconds(400)
        options.settings.retry.attempts = 1000
        let outcome = try await stubbed.pull("org/model", options)
        #expect(try stubbed.isSound(.released))
        #expect(outcome.reasons.contains { $0.contains("sends") })
    }

    @Test func storageWithoutRangesIsRead() async throws {
        let stubbed = try await setUp {
            $0.isStorage ? ($0.range == nil && $0.earlier < 4 ? .cut(9_000) : .ignoreRange) : nil
        }
        try await stubbed.pull()
        #expect(try stubbed.isSound(.released))
    }

    /// Signed addresses expire: the hub is asked for a new one.
    @Test func expiredAddressIsAskedForAgain() async throws {
        let stubbed = try await setUp { $0.isStorage && $0.earlier == 5 ? .status(403) : nil }
        try await stubbed.pull()
        #expect(try stubbed.isSound(.released))
    }

    @Test func cancelledPullGoesOn() async throws {
        let stubbed = try await setUp { $0.isStorage ? .slow(500, .milliseconds(20)) : nil }
        let first = Task { try await stubbed.pull() }
        while stubbed.hub.sentBytes < 12_000 { try await Task.sleep(for: .milliseconds(5)) }
        first.cancel()
        _ = await first.result
        #expect(stubbed.store.models().isEmpty)
        #expect(stubbed.store.unfinished().values.reduce(0, +) > 0)
        let before = stubbed.hub.sentBytes
        // Whoever stops listening stops the transfer, but its locks go when it has noticed.
        try await stubbed.pull()
        #expect(try stubbed.isSound(.released))
        #expect(stubbed.hub.sentBytes - before < StubRepository.released.bytes(first: 6) - 4_000)
        #expect(stubbed.store.unfinished().isEmpty)
    }

    @Test func twoPullsOfOneModelShareTheWork() async throws {
        let stubbed = try await setUp { $0.isStorage ? .slow(1000, .milliseconds(2)) : nil }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<3 { group.addTask { try await stubbed.pull() } }
            try await group.waitForAll()
        }
        #expect(try stubbed.isSound(.released))
        let model = try #require(stubbed.store.models().first)
        #expect(stubbed.hub.sentBytes == model.byteCount)
    }

    @Test func fullDiskIsNoticedBefore() async throws {
        var repository = StubRepository("org/model", [.init("m.gguf", .stub(100))])
        repository.files[0].listedSize = 1 << 45
        let stubbed = try await setUp([repository])
        let error = await stubbed.failure()
        #expect(error?.kind == .excessive)
        #expect(stubbed.hub.sentBytes == 0)
    }
}

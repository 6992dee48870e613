import Files
import Foundation
import HubStub
import TestSupport
import Testing

/// A pull that is killed again and again, at moments that nobody chose.
@Suite(.serialized, .timeLimit(.minutes(10))) final class KilledPullTests {
    private let folder: String

    init() throws { folder = try Fixture.temporaryFolder() }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    private static let kills = 20
    /// As `HubSettings` has them.
    private static let (block, connections) = (4 << 20, 8)

    /// Whatever can be found by its name is right after every kill; in the end all is there, and what came twice is
    /// what was on its way when a kill came.
    @Test func nothingCorruptIsEverUsed() async throws {
        let repository = StubRepository(
            "org/model",
            [
                .init("config.json", "{}"), .init("tokenizer.json", .stub(300_000, seed: 1)),
                .init("README.md", "# Model\n"),
                .init("model-00001-of-00002.safetensors", .stub(150 << 20, seed: 2)),
                .init("model-00002-of-00002.safetensors", .stub(70 << 20, seed: 3)),
            ])
        let hub = try await HubStub([repository]) { $0.isStorage ? .slow(1 << 18, .milliseconds(25)) : nil }
        let environment = [
            "HF_HUB_CACHE": folder + "/hub", "HF_HOME": folder, "HF_ENDPOINT": hub.endpoint, "HF_TOKEN": "",
        ]
        var (kills, lastSent) = (0, 0)
        while kills < KilledPullTests.kills {
            let program = try Program(["pull", "org/model", "--json"], environment: environment)
            try await moment(kills, hub)
            program.kill()
            let result = try await program.finishAside()
            #expect(result.wasSignalled || result.status == 0, "\(result.errors)")
            kills += 1
            lastSent = hub.sentBytes
            try expectSound(repository)
            if !result.wasSignalled { try removeOneFile(repository) }
        }
        try await Program.runAside(["pull", "org/model"], environment: environment).expectSuccess()
        try expectSound(repository)
        let snapshot = "\(folder)/hub/models--org--model/snapshots/\(repository.commit)"
        for file in repository.files {
            #expect(try Data(contentsOf: URL(filePath: snapshot + "/" + file.path)) == file.content)
        }
        #expect(!left().contains { $0.hasSuffix(".isobath.incomplete") || $0.hasSuffix(".log") })
        let again = hub.sentBytes - repository.files.reduce(0) { $0 + $1.content.count } - removed
        print("killed \(kills) times: \(again) of \(hub.sentBytes) bytes came twice, \(lastSent) before the last start")
        #expect(again <= kills * KilledPullTests.connections * KilledPullTests.block)
    }

    /// Waits until some moment: of a start, or, three times in four, after the first bytes of this start have come.
    private func moment(_ kill: Int, _ hub: HubStub) async throws {
        let (before, deadline) = (hub.sentBytes, ContinuousClock.now + .seconds(20))
        while kill % 4 != 0, hub.sentBytes == before, ContinuousClock.now < deadline {
            try await Task.sleep(for: .milliseconds(2))
        }
        try await Task.sleep(for: .milliseconds(Int.random(in: 5...250)))
    }

    /// Bytes of files that were removed to go on with.
    private var removed = 0

    /// A pull that was faster than its kill leaves nothing to do: the next one gets the smaller file again.
    private func removeOneFile(_ repository: StubRepository) throws {
        let file = repository.files[4]
        try FileManager.default.removeItem(atPath: "\(folder)/hub/models--org--model/blobs/\(file.hash)")
        removed += file.content.count
    }

    private func left() -> [String] {
        (try? FileManager.default.contentsOfDirectory(atPath: folder + "/hub/models--org--model/blobs")) ?? []
    }

    /// Every blob under its final name and every link of a snapshot has the content that the hub has.
    private func expectSound(_ repository: StubRepository) throws {
        let content = Dictionary(repository.files.map { ($0.hash, $0) }) { first, _ in first }
        for name in left() where !name.contains(".") {
            let file = try #require(content[name])
            #expect(
                try Data(contentsOf: URL(filePath: "\(folder)/hub/models--org--model/blobs/\(name)")) == file.content)
        }
        let reference = "\(folder)/hub/models--org--model/refs/main"
        let noted = try? String(contentsOfFile: reference, encoding: .utf8)
        #expect(noted == nil || noted == repository.commit)
    }
}

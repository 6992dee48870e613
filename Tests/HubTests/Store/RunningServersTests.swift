import Files
import Foundation
import TestSupport
import Testing

@testable import Hub

@Suite final class RunningServersTests {
    private let folder: String
    private var servers: RunningServers { ModelStore(folder: folder).servers }
    private var records: String { folder + "/.locks/isobath/servers" }

    init() throws { folder = try Fixture.temporaryFolder() }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    private let model = ServedModel(name: "org/model:Q8_0", path: "/x/m.gguf", byteCount: 5)

    @Test func serverIsThereWhileItRuns() throws {
        #expect(servers.list().isEmpty)
        let first = try servers.register(address: "http://127.0.0.1:8080", models: [model])
        let second = try servers.register(address: "http://127.0.0.1:8081")
        #expect(servers.list().map(\.address).sorted() == ["http://127.0.0.1:8080", "http://127.0.0.1:8081"])
        #expect(servers.list().first?.process == ProcessInfo.processInfo.processIdentifier)
        first.end()
        first.end()
        #expect(servers.list().map(\.address) == ["http://127.0.0.1:8081"])
        withExtendedLifetime(second) {}
    }

    @Test func recordGoesWithItsKeeper() throws {
        do {
            let registration = try servers.register(address: "http://127.0.0.1:8080")
            #expect(servers.list().count == 1)
            withExtendedLifetime(registration) {}
        }
        #expect(servers.list().isEmpty)
    }

    @Test func modelsChange() throws {
        let registration = try servers.register(address: "http://127.0.0.1:8080")
        #expect(servers.list().first?.models == [])
        try registration.update(models: [model])
        #expect(servers.list().first?.models == [model])
        try registration.update(models: [])
        #expect(servers.list().first?.models == [])
        registration.end()
        try registration.update(models: [model])
        #expect(servers.list().isEmpty)
    }

    /// What a server that was killed has left: a record without a lock. Its process may live again as another program.
    @Test func staleRecordsAreCleaned() throws {
        let registration = try servers.register(address: "http://127.0.0.1:8080")
        let name = try #require(try FileManager.default.contentsOfDirectory(atPath: records).first)
        let data = try Data(contentsOf: URL(filePath: records + "/" + name))
        try data.write(to: URL(filePath: records + "/stale.json"))
        #expect(servers.list().count == 1)
        #expect(try FileManager.default.contentsOfDirectory(atPath: records) == [name])
        withExtendedLifetime(registration) {}
    }

    @Test(arguments: ["", "{}", "[", "null", #"{"process": "x"}"#, #"{"process": 1e99, "address": 5}"#])
    func hostileRecordsAreNoServers(_ text: String) throws {
        try FileManager.default.createDirectory(atPath: records, withIntermediateDirectories: true)
        let path = records + "/bad.json"
        try Data(text.utf8).write(to: URL(filePath: path))
        let lock = try FileLock.take(path, .exclusive)
        #expect(servers.list().isEmpty)
        withExtendedLifetime(lock) {}
    }

    @Test func linksAreNotFollowed() throws {
        try FileManager.default.createDirectory(atPath: records, withIntermediateDirectories: true)
        try Data("precious".utf8).write(to: URL(filePath: folder + "/other"))
        try FileManager.default.createSymbolicLink(atPath: records + "/x.json", withDestinationPath: folder + "/other")
        #expect(servers.list().isEmpty)
        #expect(try Data(contentsOf: URL(filePath: folder + "/other")) == Data("precious".utf8))
    }
}

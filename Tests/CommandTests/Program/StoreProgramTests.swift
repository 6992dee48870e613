import Files
import Foundation
import HubStub
import TestSupport
import Testing

/// `isobath pull`, `list`, `show`, `rm` and `ps` against a hub on this machine.
@Suite(.serialized, .timeLimit(.minutes(10))) final class StoreProgramTests {
    private let folder: String

    init() throws { folder = try Fixture.temporaryFolder() }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    private func environment(_ hub: HubStub) -> [String: String] {
        ["HF_HUB_CACHE": folder + "/hub", "HF_HOME": folder, "HF_ENDPOINT": hub.endpoint, "HF_TOKEN": ""]
    }

    private func run(_ arguments: [String], _ hub: HubStub) async throws -> Program.Result {
        try await Program.runAside(arguments, environment: environment(hub))
    }

    /// The model that comes with the program, as a repository.
    private func firstLight() throws -> StubRepository {
        let names = try FileManager.default.contentsOfDirectory(atPath: Given.firstLight).filter { $0 != "README.md" }
        let files = try names.map {
            StubRepository.File($0, try Data(contentsOf: URL(filePath: Given.firstLight + "/" + $0)))
        }
        return StubRepository("org/first-light", files + [.init("README.md", "---\nlicense: apache-2.0\n---\n")])
    }

    @Test func pulledModelAnswersByItsName() async throws {
        let hub = try await HubStub([try firstLight()])
        let pulled = try await run(["pull", "org/first-light", "--json"], hub)
        pulled.expectSuccess()
        let json = try pulled.json()
        #expect(json["name"]?.string == "org/first-light" && json["format"]?.string == "safetensors")
        #expect(json["bytes"]?.integer == json["downloaded_bytes"]?.integer)
        let question = ["What is 12 + 34?", "--greedy", "-n", "24"]
        let answer = try await run(["run", "org/first-light"] + question, hub)
        answer.expectSuccess()
        #expect(answer.text == (try await run(["run", "first-light"] + question, hub)).text)

        let listed = try await run(["list"], hub)
        #expect(listed.text.contains("org/first-light") && listed.text.contains("safetensors"))
        let row = try #require(try await run(["list", "--json"], hub).json()["models"]?.array?.first)
        #expect(row["path"]?.string == json["path"]?.string && row["bytes"]?.integer == json["bytes"]?.integer)

        let shown = try await run(["show", "org/first-light"], hub)
        #expect(
            shown.text.contains("apache-2.0") && shown.text.contains("model.safetensors")
                && shown.text.contains("family"))
        let report = try await run(["show", "org/first-light", "--json"], hub).json()
        #expect(report["licence"]?.string == "apache-2.0" && report["model"]?["layers"]?.integer != nil)

        let asked = try await run(["rm", "org/first-light"], hub)
        asked.expectFailureAfterRemarks("--yes")
        let removed = try await run(["rm", "org/first-light", "--yes"], hub)
        removed.expectSuccess()
        #expect(try await run(["list", "--json"], hub).json()["models"]?.array == [])
        let missing = try await run(["run", "org/first-light", "x"], hub)
        missing.expectFailure()
        #expect(missing.errors.contains("isobath pull org/first-light"))
    }

    @Test func dryRunsChangeNothing() async throws {
        let hub = try await HubStub([try firstLight()])
        let planned = try await run(["pull", "org/first-light", "--dry-run"], hub)
        planned.expectSuccess()
        #expect(planned.text.isEmpty && planned.errors.contains("model.safetensors"))
        #expect(!FileManager.default.fileExists(atPath: folder + "/hub"))
        try await run(["pull", "org/first-light"], hub).expectSuccess()
        let rehearsed = try await run(["rm", "org/first-light", "--dry-run", "--json"], hub)
        #expect(try rehearsed.json()["removed"]?.array?.first?["is_removed"]?.boolean == false)
        #expect(try await run(["list", "--json"], hub).json()["models"]?.array?.count == 1)
    }

    /// Ctrl-C ends with the status by which a shell knows it, and the next pull goes on.
    @Test func interruptedPullGoesOn() async throws {
        let content = Data.stub(40 << 20)
        let repository = StubRepository("org/big", [.init("m.gguf", content)])
        let slow = try await HubStub([repository]) { $0.isStorage ? .slow(1 << 16, .milliseconds(4)) : nil }
        let program = try Program(["pull", "org/big"], environment: environment(slow))
        while slow.sentBytes < 24 << 20 { try await Task.sleep(for: .milliseconds(5)) }
        program.interrupt()
        let result = try await program.finishAside()
        #expect(result.status == 130 && result.errors.contains("goes on"))
        let unfinished = try await run(["list", "--json"], slow).json()["unfinished"]?.array?.first
        #expect(unfinished?["repository"]?.string == "org/big")
        let hub = try await HubStub([repository])
        try await run(["pull", "org/big"], hub).expectSuccess()
        // At most one block of each connection comes again.
        #expect(hub.sentBytes <= content.count - (24 << 20) + 9 * (4 << 20))
        let path = try #require(try await run(["list", "--json"], hub).json()["models"]?.array?.first?["path"]?.string)
        #expect(try Data(contentsOf: URL(filePath: path)) == content)
    }

    @Test func serversAreListed() async throws {
        let hub = try await HubStub([])
        let none = try await run(["ps"], hub)
        none.expectSuccess()
        #expect(none.text.isEmpty && none.errors.contains("isobath serve"))
        #expect(try await run(["ps", "--json"], hub).json()["servers"]?.array == [])
        let server = try await ServedProgram([], environment: environment(hub))
        let row = try await run(["ps", "--json"], hub).json()["servers"]?.array?.first
        #expect(row?["address"]?.string == server.address)
        #expect(row?["models"]?.array?.first?["name"]?.string == "first-light")
        try await server.end()
        #expect(try await run(["ps", "--json"], hub).json()["servers"]?.array == [])
    }

    static let mistakes: [[String]] = [
        ["pull", "first-light"], ["pull", "org/none"], ["pull", "../x/y"],
        ["pull", "org/model", "--endpoint", "ftp://x"],
        ["pull", "org/model", "--endpoint", "http://127.0.0.1:1/", "--connections", "0"],
        ["pull", "org/model@a", "--revision", "b"],
        ["pull", "org/model", "--revision", "../b"], ["show", "org/none"], ["show", "x"], ["rm", "org/none", "--yes"],
        ["rm", "x"],
    ]

    @Test(arguments: mistakes)
    func badInputIsASentence(_ arguments: [String]) async throws {
        try await run(arguments, try await HubStub([])).expectFailure()
    }
}

extension Program {
    /// As `run`, on a thread of its own: a hub in this process goes on answering.
    static func runAside(_ arguments: [String], environment: [String: String]) async throws -> Result {
        try await Program(arguments, environment: environment).finishAside()
    }

    /// As `finish`, on a thread of its own.
    func finishAside() async throws -> Result {
        // A thread may hand over an object that nobody uses meanwhile.
        nonisolated(unsafe) let program = self
        return try await withCheckedThrowingContinuation { continuation in
            Thread.detachNewThread { continuation.resume(with: Swift.Result { try program.finish() }) }
        }
    }
}

extension Program.Result {
    /// A failure after remarks: the sentence is the last line.
    func expectFailureAfterRemarks(_ text: String, _ location: SourceLocation = #_sourceLocation) {
        let last = errors.split(separator: "\n").last ?? ""
        #expect(status == 1 && last.hasPrefix("Error: ") && last.contains(text), "\(errors)", sourceLocation: location)
    }
}
